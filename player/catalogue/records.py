"""The catalogue as a file: JSON Lines, a JSON array of items, an object with "items", or one item.

JSON Lines are read as they are asked for, in constant memory, however long the file; the other forms whole. Reading
names the line at which each bad record begins, in the file as it stands, and the field that is wrong. Writing gives
what reading takes.
"""

from __future__ import annotations

import codecs
import json
import re
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

from player.catalogue.fields import shown
from player.catalogue.media import InvalidMedia, Media, from_json, to_json
from player.catalogue.walk import Decoder, Malformed, Walk

MAX_PROBLEMS = 20  # that are kept for telling; the rest is counted
IDS_CACHE = 32  # MB

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ITEMS = re.compile(r'\s*\{\s*"items"\s*:\s*\[?\s*')  # the first line of an object that has them


@dataclass(frozen=True, slots=True)
class Problem:
    """`line`: 1 is the first. `field`: its path in the record, empty for the record itself."""

    line: int
    field: str
    problem: str

    def __str__(self) -> str:
        return f"{self.line}: {self.field}: {self.problem}" if self.field else f"{self.line}: {self.problem}"


class BadRecords(ValueError):
    """A file that cannot be taken. `problems`: the first ones, in the order of their lines; `count`: of all."""

    def __init__(self, problems: list[Problem], count: int) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems
        self.count = count


class Records:
    """The items of a file, once. `done`: how far it is, in bytes.

    At the first record that cannot be taken `BadRecords` is raised; `all_that_is_bad` looks at what comes after it.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.done = 0
        self._file = file
        self._decoder = Decoder()
        self._ids = _Ids()
        self._problems: list[Problem] = []
        self._count = 0
        self._looked_at = self._look()

    def __iter__(self) -> Iterator[Media]:
        """Goes on where the last one stopped. Raises `BadRecords`, `OSError`."""
        for item in self._looked_at:
            if item is None:
                raise BadRecords(self._problems, self._count)
            yield item

    def all_that_is_bad(self) -> BadRecords:
        """Reads to the end."""
        for _ in self._looked_at:
            pass
        return BadRecords(self._problems, self._count)

    def line_of(self, media_id: str) -> int:
        """Where an item that was given out stands."""
        return self._ids.line(media_id)

    def _look(self) -> Iterator[Media | None]:
        """Each item; None for a record that is none."""
        try:
            for line, value in self._values():
                item = None
                try:
                    item = self._item(line, value)
                except InvalidMedia as error:
                    self._bad(line, error.field, error.problem)
                yield item
        except Malformed as error:  # after it nobody knows where the next record begins
            self._bad(error.line, "", error.problem)
            yield None

    def _bad(self, line: int, field: str, problem: str) -> None:
        self._count += 1
        if len(self._problems) < MAX_PROBLEMS:
            self._problems.append(Problem(line, field, problem))

    def _item(self, line: int, value: object) -> Media:
        if isinstance(value, Malformed):
            raise InvalidMedia("", value.problem)
        if self._decoder.doubled:
            raise InvalidMedia("", f"the key {shown(self._decoder.doubled[0])} is there twice")
        media_id = value.get("id") if isinstance(value, dict) else None
        if isinstance(media_id, str) and media_id.isascii() and (before := self._ids.add(media_id, line)):
            raise InvalidMedia("id", f"{shown(media_id)} is on line {before} already")
        return from_json(value)

    def _values(self) -> Iterator[tuple[int, object]]:
        """Each record with its line, or with the `Malformed` that is in its place. Raises `Malformed`."""
        head = self._head()
        if self._is_lines([line for line in head if not _blank(line)]):
            yield from self._lines(chain(head, self._file))
            return
        head.append(self._file.read())
        size, text = sum(map(len, head)), _decode(b"".join(head))
        head.clear()
        walk = Walk(text, self._decoder)
        for line, value in walk.records():
            self.done = size * walk.at // len(text)
            yield line, value

    def _head(self) -> list[bytes]:
        """The lines to the second one that is not blank: enough to know what kind of file it is."""
        head: list[bytes] = []
        told = 0
        for line in self._file:
            head.append(line if head else line.removeprefix(codecs.BOM_UTF8))
            told += not _blank(head[-1])
            if told == 2 or line.startswith(_UTF16):
                break
        return head

    def _is_lines(self, head: list[bytes]) -> bool:
        """Whether there is more than a line, and the first or, if that one is broken, the second is an object."""
        if len(head) < 2 or not head[0].lstrip().startswith(b"{"):
            return False
        for line in head:
            try:
                return isinstance(self._decoder.line(line.decode(), 0), dict)
            except (Malformed, UnicodeDecodeError):
                if _ITEMS.fullmatch(line.decode(errors="replace")):
                    return False
        return False

    def _lines(self, lines: Iterable[bytes]) -> Iterator[tuple[int, object]]:
        """Line by line, so that a broken one is told by its own number, and the next ones are looked at too."""
        for number, line in enumerate(lines, 1):
            self.done += len(line)
            if _blank(line):
                continue
            try:
                yield number, self._decoder.line(line.decode(), number)
            except UnicodeDecodeError as error:
                yield number, Malformed(number, _not_utf8(error))
            except Malformed as error:
                yield number, error


class _Ids:
    """Which ids there were, and on which lines: in a temporary file, once they are more than fit into `IDS_CACHE`."""

    def __init__(self) -> None:
        # Without a name it is private, and on disk only when it has to be: https://sqlite.org/inmemorydb.html#temp_db
        self._database = sqlite3.connect("", isolation_level=None)
        for pragma in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = {-IDS_CACHE * 1000}"):
            self._database.execute(f"PRAGMA {pragma}")
        self._database.execute("CREATE TABLE ids (id TEXT PRIMARY KEY, line INTEGER NOT NULL) WITHOUT ROWID")
        self._database.execute("BEGIN")

    def add(self, media_id: str, line: int) -> int:
        """The line on which it stood before; 0 where it is new."""
        if self._database.execute("INSERT OR IGNORE INTO ids VALUES (?, ?)", (media_id, line)).rowcount:
            return 0
        return self.line(media_id)

    def line(self, media_id: str) -> int:
        found: int = self._database.execute("SELECT line FROM ids WHERE id = ?", (media_id,)).fetchone()[0]
        return found


def write(items: Iterable[Media], *, lines: bool = False) -> Iterator[str]:
    """The text of a JSON array with an item a line, or with `lines` of JSON Lines, in pieces."""
    if lines:
        yield from (f"{one_line(item)}\n" for item in items)
        return
    before = "[\n"
    for item in items:
        yield before + one_line(item)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def one_line(item: Media) -> str:
    return json.dumps(to_json(item), ensure_ascii=False)


def _blank(line: bytes) -> bool:
    return not line.strip(b" \t\r\n")


def _decode(data: bytes) -> str:
    """Raises `Malformed`."""
    if data.startswith(_UTF16):
        raise Malformed(1, "the file is UTF-16; save it as UTF-8")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise Malformed(data.count(b"\n", 0, error.start) + 1, _not_utf8(error)) from None


def _not_utf8(error: UnicodeDecodeError) -> str:
    return f"not UTF-8: byte 0x{error.object[error.start]:02x}; save the file as UTF-8"
