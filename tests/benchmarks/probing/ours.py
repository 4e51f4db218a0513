"""A prober as a process that reads URLs and writes a line for each: fed, read, measured."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import re
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from probing.process import ONE, Run, cpu, memory

_ROOT = Path(__file__).resolve().parents[3]
_REASON = re.compile(rb'"reason": ?"([a-z-]+)"')
_MAIN = "from player.cli import main; main(prog_name='steady-player')"
_PROGRESS = re.compile(rb"([\d,]+) probed[^\r\n]* in flight")


def probe(patience: float, concurrency: int) -> list[str]:
    """`steady-player probe --json -`."""
    options = ["--timeout", f"{patience:g}", "--concurrency", f"{concurrency}", "--allow-network", "127.0.0.0/8"]
    return [sys.executable, "-c", _MAIN, "probe", "--json", *options, "-"]


def floor(patience: float, per_host: int, authority: Path | None) -> list[str]:
    """What nothing in Python costs less than; see `floor.py`."""
    script = Path(__file__).with_name("floor.py")
    return [sys.executable, str(script), f"{patience:g}", str(per_host), *([str(authority)] if authority else [])]


async def measure(
    command: Sequence[str], targets: Sequence[str], authority: Path, *, interrupt: int | None = None
) -> Run:
    """Probes the targets after one to warm up. `interrupt`: Ctrl-C after so many lines. Its standard error is a
    terminal, on which progress is to be seen."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PLAYER_")}
    pipe = asyncio.subprocess.PIPE
    with _terminal() as (shown, end):
        process = await asyncio.create_subprocess_exec(
            *ONE.pinned(command), stdin=pipe, stdout=pipe, stderr=end, limit=1 << 20,
            env={**kept, "PYTHONPATH": str(_ROOT), "SSL_CERT_FILE": str(authority)},
        )  # fmt: skip
        assert process.stdin and process.stdout
        warm = next(url for url in targets if "/ok/" in url or "/own/" in url)
        process.stdin.write(f"{warm}\n".encode())
        await process.stdout.readline()
        run, began, before = Run(0.0, 0.0), time.monotonic(), cpu(process.pid)
        feeding = asyncio.create_task(_feed(process.stdin, targets))
        for number in range(len(targets)):
            _tell(run, await process.stdout.readline())
            if number % 500 == 0:
                run.memory = max(run.memory, memory(process.pid))
            if number == len(targets) // 10:
                run.early = run.memory
            if number + 1 == interrupt:
                process.send_signal(signal.SIGINT)
                break
        run.cpu, run.wall = cpu(process.pid) - before, time.monotonic() - began
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)
        if interrupt is None:
            process.stdin.close()
        for line in (await process.stdout.read()).splitlines():
            _tell(run, line)
        run.status = await process.wait()
        run.reasons["playable"] += bool(interrupt)  # the one to warm up is in the summary too
    run.progress = len({found[1] for found in _PROGRESS.finditer(shown)})
    last = shown.decode(errors="replace").replace("\x1b[K", "\n").strip().splitlines()
    run.summary = last[-1].strip() if last else ""
    return run


def _tell(run: Run, line: bytes) -> None:
    found = _REASON.search(line)
    run.reasons[found[1].decode() if found else "no reason"] += 1


@contextlib.contextmanager
def _terminal() -> Iterator[tuple[bytearray, int]]:
    """All that is written to a terminal, and its other end; it is all there when the context is over."""
    ours, theirs = pty.openpty()
    os.set_blocking(ours, False)
    shown, loop = bytearray(), asyncio.get_running_loop()

    def read() -> None:
        with contextlib.suppress(OSError):
            shown.extend(os.read(ours, 65_536))

    loop.add_reader(ours, read)
    try:
        yield shown, theirs
        read()
    finally:
        loop.remove_reader(ours)
        os.close(ours)
        os.close(theirs)


async def _feed(pipe: asyncio.StreamWriter, targets: Sequence[str]) -> None:
    for start in range(0, len(targets), 500):
        pipe.write("".join(f"{url}\n" for url in targets[start : start + 500]).encode())
        await pipe.drain()
