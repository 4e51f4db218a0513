"""Walks over the text of a JSON file that holds records, value by value, and knows the line of each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from player.catalogue.fields import shown

_SPACE = re.compile(r"[ \t\r\n]*")  # RFC 8259, section 2


class Malformed(Exception):
    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line
        self.problem = problem


class Decoder:
    """JSON, and which keys of the latest value were there twice."""

    def __init__(self) -> None:
        self.doubled: list[str] = []
        self._json = json.JSONDecoder(object_pairs_hook=self._object)

    def line(self, text: str, number: int) -> object:
        """The value that a line holds. Raises `Malformed`."""
        self.doubled.clear()
        try:
            if text[:1] == "{":  # nearly always; it saves two looks for space
                value, end = self._json.raw_decode(text)
                if text[end:] in ("\n", "\r\n", ""):
                    return value
            self.doubled.clear()
            return self._json.decode(text)
        except (ValueError, RecursionError) as error:
            raise _malformed(error, number) from None

    def at(self, text: str, place: int) -> tuple[object, int]:
        """The value that begins there, and where it ends. Raises `ValueError`, `RecursionError`."""
        self.doubled.clear()
        return self._json.raw_decode(text, place)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            keys = [key for key, _value in pairs]
            self.doubled += [key for key in found if keys.count(key) > 1]
        return found


class Walk:
    """Over an array, an object with "items", or one record. `at`: how far it is, in characters."""

    def __init__(self, text: str, decoder: Decoder) -> None:
        self._text = text
        self._decoder = decoder
        self._counted = (0, 1)  # a place, and its line
        self.at = 0

    def records(self) -> Iterator[tuple[int, object]]:
        """Each record with the line at which it begins. Raises `Malformed`."""
        self._skip()
        start = self.at
        if self._peek() == "[":
            yield from self._array()
        elif self._peek() != "{":
            raise Malformed(self._line(), f"expected a JSON array, object or JSON Lines, not {self._shown()}")
        elif self._enter_items():
            yield from self._array()
            self._leave_object()
        else:
            self.at = start
            yield self._line(), self._value()
        self._skip()
        if self._peek():
            raise Malformed(self._line(), f"expected the end of the file, not {self._shown()}")

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
                raise Malformed(self._line(), "the key 'items' is there twice")
            self._value()
            self._skip()

    def _key(self) -> str:
        """A key and its colon; the value comes next."""
        self._skip()
        if self._peek() != '"':
            raise Malformed(self._line(), f"expected a key in double quotes, not {self._shown()}")
        key = self._value()
        self._skip()
        self._take(":", "after a key")
        self._skip()
        return str(key)

    def _value(self) -> object:
        try:
            value, self.at = self._decoder.at(self._text, self.at)
        except (ValueError, RecursionError) as error:
            raise _malformed(error, None if isinstance(error, json.JSONDecodeError) else self._line()) from None
        return value

    def _take(self, wanted: str, where: str) -> str:
        found = self._peek()
        if not found or found not in wanted:
            raise Malformed(self._line(), f"expected {' or '.join(wanted)} {where}, not {self._shown()}")
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


def _malformed(error: Exception, line: int | None) -> Malformed:
    """`line`: None where the decoder read the whole file and so knows it better."""
    if isinstance(error, json.JSONDecodeError):
        problem = f"not JSON: {error.msg} (column {error.colno})"
        return Malformed(error.lineno if line is None else line, problem)
    if isinstance(error, RecursionError):
        return Malformed(line or 1, "nested too deeply")
    return Malformed(line or 1, "holds a number of too many digits")
