"""What is finished stays finished: parts of an item on disk, and the record of them, `ingest.json`.

A part is written beside its place, and moved there in one step when it is whole; then it is recorded. Who is stopped,
by a signal or by a full disk, goes on with the parts that are missing. The record also says of which file and with
which options they were made: for another file, or other options, everything is made anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

RECORD = "ingest.json"
VERSION = 1
_EDGE = 1 << 20  # bytes of the file's beginning and of its end that tell it from others


class Busy(Exception):
    """Another process is making this item."""


class Parts:
    """The folder of one item. `made_of` is `fingerprint` of the file, and the options that parts depend on."""

    def __init__(self, folder: Path, made_of: Mapping[str, Any]) -> None:
        self.folder = folder
        self._made_of = json.loads(json.dumps(made_of))
        self._done: dict[str, Any] = {}

    @contextlib.contextmanager
    def open(self) -> Iterator[None]:
        """Reads the record, and keeps other processes out meanwhile. Raises `OSError`, `Busy`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with _alone(self.folder / ".lock"):
            for left in self.folder.glob(".part-*"):
                _remove(left)
            found = _read(self.folder / RECORD)
            same = found.get("version") == VERSION and found.get("of") == self._made_of
            self._done = dict(found.get("parts", {})) if same else {}
            if not same:
                for name in found.get("parts", {}):
                    _remove(self._inside(name))
            yield

    def has(self, name: str) -> bool:
        return name in self._done and self._inside(name).exists()

    def facts(self, name: str) -> Any:
        """What was said of a finished part."""
        return self._done[name]

    def forget(self, name: str) -> None:
        """Has it made again: what it was made of has changed."""
        self._done.pop(name, None)

    def make(self, name: str, write: Callable[[Path], Any]) -> bool:
        """Has the part written, unless it is there: `write` is given a path, and says what is to be known of it.

        A name that ends with a slash is a folder's. Returns whether there was anything to do.
        """
        if self.has(name):
            return False
        draft = self.folder / f".part-{secrets.token_hex(4)}{Path(name).suffix}"
        try:
            if name.endswith("/"):
                draft.mkdir()
            facts = write(draft)
            place = self._inside(name)
            _remove(place)
            place.parent.mkdir(parents=True, exist_ok=True)
            draft.replace(place)
        finally:
            _remove(draft)
        self._done[name] = facts
        self._record()
        return True

    def _inside(self, name: str) -> Path:
        place = (self.folder / name).resolve()
        if not place.is_relative_to(self.folder.resolve()):
            raise ValueError(f"{name!r} lies outside the item's folder")
        return place

    def _record(self) -> None:
        said = {"version": VERSION, "of": self._made_of, "parts": self._done}
        draft = self.folder / f".part-{secrets.token_hex(4)}.json"
        draft.write_text(json.dumps(said, indent=1) + "\n", "utf-8")
        draft.replace(self.folder / RECORD)


def fingerprint(path: Path) -> dict[str, Any]:
    """What tells one file from another without reading all of it: size, and a digest of both ends."""
    size = path.stat().st_size
    digest = hashlib.sha256()
    with path.open("rb") as file:
        digest.update(file.read(_EDGE))
        file.seek(max(0, size - _EDGE))
        digest.update(file.read(_EDGE))
    return {"size": size, "sha256": digest.hexdigest()}


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and isinstance(found.get("parts", {}), dict) else {}


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Holds a lock that the operating system gives back when the process ends, however it does."""
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            import fcntl
        except ImportError:  # Windows, where two at once have to be avoided by hand
            pass
        else:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise Busy(f"another process is at work in {path.parent}") from error
        yield
    finally:
        os.close(file)
