"""`steady-player probe --json -` as a process: fed, read, measured."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from probing.process import ONE, Run, cpu, memory

_ROOT = Path(__file__).resolve().parents[3]
_REASON = re.compile(rb'"reason": ?"([a-z-]+)"')
_COMMAND = [sys.executable, "-c", "from player.cli import main; main(prog_name='steady-player')", "probe", "--json"]


async def measure(
    targets: Sequence[str], patience: float, concurrency: int, authority: Path, *, interrupt: int | None = None
) -> Run:
    """Probes the targets after one to warm up. `interrupt`: Ctrl-C after so many lines."""
    options = ["--timeout", f"{patience:g}", "--concurrency", f"{concurrency}", "--allow-network", "127.0.0.0/8", "-"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PLAYER_")}
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *ONE.pinned([*_COMMAND, *options]), stdin=pipe, stdout=pipe, stderr=pipe, limit=1 << 20,
        env={**kept, "PYTHONPATH": str(_ROOT), "SSL_CERT_FILE": str(authority)},
    )  # fmt: skip
    assert process.stdin and process.stdout and process.stderr
    warm = next(url for url in targets if "/ok/" in url)
    process.stdin.write(f"{warm}\n".encode())
    await process.stdout.readline()
    run, began, before = Run(0.0, 0.0), time.monotonic(), cpu(process.pid)
    feeding = asyncio.create_task(_feed(process.stdin, targets))
    for number in range(len(targets)):
        line = await process.stdout.readline()
        found = _REASON.search(line)
        run.reasons[found[1].decode() if found else "no reason"] += 1
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
    rest, told = await asyncio.gather(process.stdout.read(), process.stderr.read())
    await process.wait()
    for line in rest.splitlines():
        found = _REASON.search(line)
        run.reasons[found[1].decode() if found else "no reason"] += 1
    run.reasons["playable"] += bool(interrupt)  # the one to warm up is in the summary too
    run.status, run.summary = process.returncode, told.decode().strip().splitlines()[-1]
    return run


async def _feed(pipe: asyncio.StreamWriter, targets: Sequence[str]) -> None:
    for start in range(0, len(targets), 500):
        pipe.write("".join(f"{url}\n" for url in targets[start : start + 500]).encode())
        await pipe.drain()
