"""`steady-player demo` as a person starts it: a process of its own, on free ports."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
# The command's script may not be installed; and the folder may hold another version that is.
COMMAND = [sys.executable, "-c", "from player.cli import main; main()", "demo"]


@dataclass(frozen=True, slots=True)
class Demo:
    """The origins as printed, without a final slash; and the process."""

    player: str
    article: str
    media: str
    process: subprocess.Popen[str]


@contextlib.contextmanager
def run_demo(folder: Path, *arguments: str) -> Iterator[Demo]:
    """Starts it, waits until it has printed its addresses, and ends it. `folder`: for its log and temporary files."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "stderr.txt").open("w+") as errors:
        process = subprocess.Popen(
            [*COMMAND, "--port", "0", *arguments],
            cwd=ROOT, env=environ(folder), stdout=subprocess.PIPE, stderr=errors, text=True,
        )  # fmt: skip
        try:
            yield _announced(process, errors)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    process.kill()
                    raise
            assert process.stdout
            process.stdout.close()


def environ(folder: Path) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PLAYER_")}
    return {**plain, "TMPDIR": str(folder), "PYTHONPATH": str(ROOT)}


def _announced(process: subprocess.Popen[str], errors: IO[str]) -> Demo:
    assert process.stdout
    text = ""
    for line in process.stdout:
        text += line
        if "ends it" in line:
            break
    else:
        errors.seek(0)
        raise AssertionError(f"the demo ended with {process.wait()} and these words:\n{text}{errors.read()}")
    found = dict(re.findall(r"^ +(Article|QA pages|Media) +(http://[^/\s]+)", text, re.MULTILINE))
    return Demo(found["QA pages"], found["Article"], found["Media"], process)
