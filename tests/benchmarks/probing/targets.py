"""What is probed: files, the origins that serve them, and their URLs in a fixed disorder."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from probing.process import OTHERS
from tests.authority import Authority
from tests.clips import make_clip

ADDRESSES = [f"127.0.{1 + number // 10}.{1 + number % 10}" for number in range(50)]
_EACH = 20  # one of so many is missing, and one a tarpit


class Origins:
    """Both origins, and the authority that the second one's certificate is by. A context manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = folder / "authority.pem"
        self._ports: dict[str, int] = {}
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Origins:
        for name in ("clip.mp3", "clip.mp4"):
            make_clip(self.folder / name, 6)
        authority = Authority()
        self.authority.write_bytes(authority.certificate)
        files = authority.issue(self.folder, *ADDRESSES)
        for scheme, more in (("http", ()), ("https", files)):
            command = [sys.executable, Path(__file__).with_name("origin.py"), self.folder, *more]
            process = subprocess.Popen(OTHERS.pinned(command), stdout=subprocess.PIPE)
            self._processes.append(process)
            assert process.stdout
            self._ports[scheme] = int(process.stdout.readline())
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.kill()
            process.wait()

    def base(self, scheme: str) -> list[str]:
        return [f"{scheme}://{address}:{self._ports[scheme]}" for address in ADDRESSES]


def urls(bases: list[str], count: int, *, tarpits: bool = True, own: bool = False) -> list[str]:
    """`own`: every file has bytes of its own; otherwise there are two files under many addresses."""
    kinds = ["missing", "tarpit" if tarpits else "missing", *["own" if own else "ok"] * (_EACH - 2)]
    found = [
        f"{bases[n % len(bases)]}/{kinds[n // len(bases) % _EACH]}/clip-{n}.mp{3 + n % 2}?v={n:06}"
        for n in range(count)
    ]
    random.Random(7).shuffle(found)
    return found


def expected(count: int) -> Counter[str]:
    kinds = Counter(_kind(url) for url in urls(["http://x"] * len(ADDRESSES), count))
    return Counter({"playable": kinds["ok"], "not-found": kinds["missing"], "timeout": kinds["tarpit"]})


def _kind(url: str) -> str:
    return url.split("/")[3]


def kinds(found: Iterable[str]) -> Counter[str]:
    return Counter(map(_kind, found))
