"""The lines of a playlist: attribute lists, byte ranges, variables (RFC 8216, section 4; rfc8216bis, section 4.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

from player.probe.playlist import Flaw, Slice

_ATTRIBUTE = re.compile(r'([A-Za-z0-9-]{1,64})[ \t]*=[ \t]*("[^"]*"|[^",]*)')
_REFERENCE = re.compile(r"\{\$([A-Za-z0-9_-]{1,128})\}")
_RANGE = re.compile(r"\s*([0-9]{1,18})(?:@([0-9]{1,18}))?\s*")
_MOST_VALUE = 16_384  # characters that a variable may make of a line
_MOST_VARIABLES = 1000


def attributes(text: str) -> dict[str, str]:
    """NAME=value pairs, quotation marks taken off (section 4.2); the first of equal names counts."""
    found: dict[str, str] = {}
    for name, value in _ATTRIBUTE.findall(text):
        found.setdefault(name, value[1:-1] if value[:1] == '"' else value.strip())
    return found


def slice_of(text: str, after: int | None = None) -> Slice | None:
    """`length[@first]`; without the latter it goes on at `after`. None where it says nothing usable."""
    found = _RANGE.fullmatch(text)
    if not found or (found[2] is None and after is None):
        return None
    return Slice(int(found[2]) if found[2] else after or 0, int(found[1]))


def number(text: str | None) -> float | None:
    """A decimal number that is finite and not negative."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0 <= value < 1e12 else None


def instant(text: str) -> datetime | None:
    """EXT-X-PROGRAM-DATE-TIME (section 4.3.2.6); None without a time zone, for then it is no instant."""
    try:
        when = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return when if when.tzinfo else None


class Undefined(Exception):
    """A variable that nothing defines, or that would make too much of a line."""


@dataclass(slots=True)
class Variables:
    """EXT-X-DEFINE (rfc8216bis, section 4.4.2.3). `imported`: what the multivariant playlist has defined;
    `url`: the playlist's own, for QUERYPARAM."""

    imported: Mapping[str, str] = field(default_factory=dict)
    url: str = ""
    defined: dict[str, str] = field(default_factory=dict)

    def define(self, text: str, line: int) -> Flaw | None:
        given = attributes(text)
        if len(self.defined) >= _MOST_VARIABLES:
            return Flaw.at("variables", line, text)
        if "NAME" in given and "VALUE" in given:
            self.defined[given["NAME"]] = given["VALUE"]
            return None
        name = given.get("IMPORT")
        if name is not None and name in self.imported:
            self.defined[name] = self.imported[name]
            return None
        name = given.get("QUERYPARAM")
        value = _query(self.url).get(name) if name is not None else None
        if name is None or value is None:
            return Flaw.at("undefined", line, text)
        self.defined[name] = value
        return None

    def fill(self, text: str) -> str:
        """The line with the variables' values; a value is not looked through again. Raises `Undefined`."""
        references = _REFERENCE.findall(text)
        if any(name not in self.defined for name in references):
            raise Undefined
        if len(text) + sum(len(self.defined[name]) for name in references) > _MOST_VALUE:
            raise Undefined
        return _REFERENCE.sub(lambda found: self.defined[found[1]], text)


def _query(url: str) -> dict[str, str]:
    try:
        return dict(reversed(parse_qsl(urlsplit(url).query, keep_blank_values=True, max_num_fields=1000)))
    except ValueError:
        return {}
