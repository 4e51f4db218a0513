"""The catalogue as a file: a JSON array of items, an object with "items", JSON Lines, or one item.

Reading names the line at which each bad record begins, in the file as it stands, and the field that is
wrong. Writing gives what reading takes.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from player.catalogue.fields import shown
from player.catalogue.media import InvalidMedia, Media, from_json, to_json

MAX_PROBLEMS = 20  # that are kept for telling; the rest is counted
_SPACE = re.compile(r"[ \t\r\n]*")  # RFC 8259, section 2


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


@dataclass(frozen=True, slots=True)
class Records:
    """`lines`: where each id's record begins."""

    items: list[Media]
    lines: dict[str, int]


def read(data: bytes, progress: Callable[[int], None] = lambda _done: None) -> Records:
    """Every item of a file, or `BadRecords`. `progress` is told how many characters are done."""
    reader = _Reader(_decode(data))
    found = Records([], {})
    problems: list[Problem] = []
    count = 0
    try:
        for line, value in reader.records():
            try:
                found.items.append(reader.item(line, value, found.lines))
            except InvalidMedia as error:
                count += 1
                if count <= MAX_PROBLEMS:
                    problems.append(Problem(line, error.field, error.problem))
            progress(reader.at)
    except _Malformed as error:  # after it nobody knows where the next record begins
        problems.append(Problem(error.line, "", error.problem))
        count += 1
    if count:
        raise BadRecords(problems, count)
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


class _Malformed(Exception):
    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line
        self.problem = problem


def _decode(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise BadRecords([Problem(1, "", "the file is UTF-16; save it as UTF-8")], 1)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = f"not UTF-8: byte 0x{error.object[error.start]:02x}; save the file as UTF-8"
        raise BadRecords([Problem(line, "", problem)], 1) from None


class _Reader:
    """Walks over the text value by value. `at`: how far it is, in characters."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._doubled: list[str] = []
        self._decoder = json.JSONDecoder(object_pairs_hook=self._object)
        self._counted = (0, 1)  # a place, and its line
        self.at = 0

    def records(self) -> Iterator[tuple[int, object]]:
        """Each record with the line at which it begins. Raises `_Malformed`."""
        self._skip()
        start = self.at
        if self._peek() == "[":
            yield from self._array()
        elif self._peek() != "{":
            raise _Malformed(self._line(), f"expected a JSON array, object or JSON Lines, not {self._shown()}")
        elif self._is_lines():
            yield from self._lines()
            return
        elif self._enter_items():
            yield from self._array()
            self._leave_object()
        else:
            self.at = start
            yield self._line(), self._value()
        self._skip()
        if self._peek():
            raise _Malformed(self._line(), f"expected the end of the file, not {self._shown()}")

    def item(self, line: int, value: object, lines: dict[str, int]) -> Media:
        """The item of the record that was read last; `lines` has the ids so far, and gets this one."""
        if isinstance(value, _Malformed):
            raise InvalidMedia("", value.problem)
        if self._doubled:
            raise InvalidMedia("", f"the key {shown(self._doubled[0])} is there twice")
        media_id = value.get("id") if isinstance(value, dict) else None
        if isinstance(media_id, str):
            if media_id in lines:
                raise InvalidMedia("id", f"{shown(media_id)} is on line {lines[media_id]} already")
            lines[media_id] = line
        return from_json(value)

    def _is_lines(self) -> bool:
        """Whether there is more than a line, and the first or, if that one is broken, the second is an object."""
        first = self._text.find("\n", self.at)
        if first < 0 or not self._text[first:].strip():
            return False
        second = self._text.find("\n", first + 1)
        end = second if second >= 0 else len(self._text)
        for line in (self._text[self.at : first], self._text[first + 1 : end]):
            try:
                return isinstance(self._decoder.decode(line), dict)
            except (ValueError, RecursionError):
                continue
        return False

    def _lines(self) -> Iterator[tuple[int, object]]:
        """Line by line, so that a broken one is told by its own number, and the next ones are looked at too."""
        number = self._line()
        for line in self._text[self.at :].split("\n"):
            self._doubled.clear()
            if line.strip(" \t\r"):
                try:
                    yield number, self._decoder.decode(line)
                except (ValueError, RecursionError) as error:
                    yield number, _malformed(error, number)
            self.at += len(line) + 1
            number += 1

    def _array(self) -> Iterator[tuple[int, object]]:
        self._take("[", "before the records")
        self._skip()
        if self._peek() == "]":
            self.at += 1
            return
        while True:
            self._skip()
            yield self._line(), self._value()
            self._skip()
            if self._take(",]", "after a record") == "]":
                return

    def _enter_items(self) -> bool:
        """Whether this object has "items"; then their array comes next."""
        self._take("{", "before the keys")
        self._skip()
        if self._peek() == "}":
            return False
        while True:
            if self._key() == "items":
                return True
            self._value()
            self._skip()
            if self._take(",}", "after a value") == "}":
                return False

    def _leave_object(self) -> None:
        """Past whatever else the object holds, such as its version."""
        self._skip()
        while self._take(",}", "after a value") == ",":
            self._skip()
            if self._key() == "items":
                raise _Malformed(self._line(), "the key 'items' is there twice")
            self._value()
            self._skip()

    def _key(self) -> str:
        """A key and its colon; the value comes next."""
        self._skip()
        if self._peek() != '"':
            raise _Malformed(self._line(), f"expected a key in double quotes, not {self._shown()}")
        key = self._value()
        self._skip()
        self._take(":", "after a key")
        self._skip()
        return str(key)

    def _value(self) -> object:
        self._doubled.clear()
        try:
            value, self.at = self._decoder.raw_decode(self._text, self.at)
        except (ValueError, RecursionError) as error:
            raise _malformed(error, None if isinstance(error, json.JSONDecodeError) else self._line()) from None
        return value

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            keys = [key for key, _value in pairs]
            self._doubled += [key for key in found if keys.count(key) > 1]
        return found

    def _take(self, wanted: str, where: str) -> str:
        found = self._peek()
        if not found or found not in wanted:
            raise _Malformed(self._line(), f"expected {' or '.join(wanted)} {where}, not {self._shown()}")
        self.at += 1
        return found

    def _peek(self) -> str:
        return self._text[self.at : self.at + 1]

    def _shown(self) -> str:
        return shown(self._text[self.at : self.at + 20]) if self._peek() else "the end of the file"

    def _skip(self) -> None:
        if space := _SPACE.match(self._text, self.at):
            self.at = space.end()

    def _line(self) -> int:
        at, line = self._counted if self._counted[0] <= self.at else (0, 1)
        self._counted = (self.at, line + self._text.count("\n", at, self.at))
        return self._counted[1]


def _malformed(error: Exception, line: int | None) -> _Malformed:
    """`line`: None where the decoder read the whole file and so knows it better."""
    if isinstance(error, json.JSONDecodeError):
        problem = f"not JSON: {error.msg} (column {error.colno})"
        return _Malformed(error.lineno if line is None else line, problem)
    if isinstance(error, RecursionError):
        return _Malformed(line or 1, "nested too deeply")
    return _Malformed(line or 1, "holds a number of too many digits")
