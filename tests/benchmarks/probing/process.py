"""Processes on cores of their own, their CPU and their memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_CORES = sorted(os.sched_getaffinity(0))


@dataclass(frozen=True, slots=True)
class Cores:
    """Some of the machine's cores."""

    numbers: Sequence[int]

    def pinned(self, command: Sequence[str | Path]) -> list[str]:
        return ["taskset", "--cpu-list", ",".join(map(str, self.numbers)), *map(str, command)]


ONE, OTHERS = Cores(_CORES[:1]), Cores(_CORES[1:])


@dataclass(slots=True)
class Run:
    """`cpu` and `wall` in seconds, memory in MB: at the most, and after a tenth. `progress`: different ones shown."""

    cpu: float
    wall: float
    reasons: Counter[str] = field(default_factory=Counter)
    memory: float = 0.0
    early: float = 0.0
    status: int | None = None
    summary: str = ""
    progress: int = 0


def cpu(pid: int) -> float:
    """Seconds of CPU that all threads of the process have had: its clock, clock_getcpuclockid(3)."""
    return time.clock_gettime((~pid << 3) | 2)


def memory(pid: int) -> float:
    """Resident megabytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6


@contextmanager
def hogs() -> Iterator[None]:
    """One process a core that does nothing but work."""
    busy = [
        subprocess.Popen(["taskset", "--cpu-list", str(core), sys.executable, "-c", "while True: pass"])
        for core in _CORES
    ]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()
