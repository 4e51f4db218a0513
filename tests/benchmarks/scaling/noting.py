"""The probes' origin, which notes what it is asked: `python noting.py FOLDER NOTES`; see `probing.origin`.

NOTES gets `SECONDS PATH` a line, by the machine's clock, before the answer goes out. Prints its port.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import BinaryIO

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import uvloop
from probing import origin


class Noting(origin.Origin):
    notes: BinaryIO

    def _answer(self, head: bytes) -> None:
        self.notes.write(b"%.3f %b\n" % (time.time(), head.split(b" ", 2)[1]))
        super()._answer(head)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    Noting.files = {path.suffix.encode(): path.read_bytes() for path in folder.glob("clip.mp[34]")}
    with Path(sys.argv[2]).open("ab", buffering=0) as Noting.notes:
        uvloop.run(origin.main(protocol=Noting))
