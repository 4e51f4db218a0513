"""The rules for single fields: each reader takes the field's path and a decoded JSON value.

It returns the value to keep, or raises `InvalidMedia` with the path and what is wrong.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

MAX_ADDRESS = 2048  # bytes; also keeps (media_id, src) within what PostgreSQL can index
MAX_LINE = 500  # characters
MAX_PROSE = 20_000  # characters
MAX_SECONDS = 1e7  # four months

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,126}[a-z0-9])?")
_TOKEN = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
# RFC 9110, section 8.3.1
_MIME = re.compile(rf'{_TOKEN}/{_TOKEN}(?:[ \t]*;[ \t]*{_TOKEN}=(?:{_TOKEN}|"[^"\\\x00-\x1f\x7f]*"))*')
_LANGUAGE = re.compile(r"(?:[A-Za-z]{2,8}|[xX](?=-))(?:-[A-Za-z0-9]{1,8})*")  # the outline of RFC 5646, section 2.1
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NOT_IN_ADDRESS = re.compile("[\x00-\x20\x7f-\x9f\\\\\u2028\u2029\ud800-\udfff]")
# Nearly all addresses are as plain as this, and need not be taken apart to be known as good.
_PLAIN_ADDRESS = re.compile(
    r"https?://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}))?/[!-\[\]-~]*"
)
_HOST = re.compile(r"https?://([^/?#]+)")


class InvalidMedia(ValueError):
    """An item breaks a rule. `field`: its path, as in `sources[1].src`, empty for the item itself."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}" if field else problem)
        self.field = field
        self.problem = problem


def shown(value: object) -> str:
    """The value for an error message: on one line, short, and printable whatever it holds."""
    if value is None:
        return "null"
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "an array"
    try:
        text = ascii(value) if isinstance(value, str) and _UNSTORABLE.search(value) else repr(value)
    except ValueError:  # an integer of more digits than Python will write
        return "a huge number"
    return text if len(text) <= 120 else text[:117] + "..."


def _string(field: str, value: object) -> str:
    if not isinstance(value, str):
        raise InvalidMedia(field, f"expected a string, not {shown(value)}")
    return value


def slug(field: str, value: object) -> str:
    text = _string(field, value)
    if not _SLUG.fullmatch(text):
        raise InvalidMedia(
            field, f"{shown(text)} is no id: up to 128 of a-z 0-9 . _ - with a letter or digit at both ends"
        )
    return text


def line(field: str, value: object) -> str:
    """Text on one line."""
    text = _string(field, value)
    if not text.strip():
        raise InvalidMedia(field, "is empty")
    if len(text) > MAX_LINE:
        raise InvalidMedia(field, f"has {len(text)} characters; the most is {MAX_LINE}")
    if _CONTROL.search(text):
        raise InvalidMedia(field, f"holds a line break or another control character: {shown(text)}")
    return text


def prose(field: str, value: object) -> str:
    """Text that may have several lines."""
    text = _string(field, value)
    if len(text) > MAX_PROSE:
        raise InvalidMedia(field, f"has {len(text)} characters; the most is {MAX_PROSE}")
    if _UNSTORABLE.search(text):
        raise InvalidMedia(field, "holds a character that cannot be stored (NUL or half of a surrogate pair)")
    return text


def address(field: str, value: object) -> str:
    """An absolute http or https address. One with a password is refused: every reader would see it."""
    text = _string(field, value)
    if len(text) <= MAX_ADDRESS and _PLAIN_ADDRESS.fullmatch(text):
        return text
    if len(text.encode(errors="replace")) > MAX_ADDRESS:
        raise InvalidMedia(field, f"the address is longer than {MAX_ADDRESS} bytes")
    if _NOT_IN_ADDRESS.search(text):
        raise InvalidMedia(field, f"{shown(text)} holds a space or another character that no address may")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise InvalidMedia(field, f"{shown(text)} is not an address: {error}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise InvalidMedia(field, f"expected an http or https address, not {shown(text)}")
    if "@" in parts.netloc:
        raise InvalidMedia(field, "the address holds a user name or password, which every reader would see")
    return text


def host_of(src: str) -> str:
    """Host and port of an address that has passed, as the columns of the database have it."""
    plain = _HOST.match(src)
    return (plain[1] if plain else urlsplit(src).netloc).lower()[-262:]


def mime(field: str, value: object) -> str:
    text = _string(field, value)
    if len(text) > MAX_LINE or not _MIME.fullmatch(text):
        raise InvalidMedia(field, f"expected a media type such as audio/mpeg, not {shown(text)}")
    return text


def language(field: str, value: object) -> str:
    text = _string(field, value)
    if len(text) > 64 or not _LANGUAGE.fullmatch(text):
        raise InvalidMedia(field, f"expected a language tag such as en or pt-BR (BCP 47), not {shown(text)}")
    return text


def instant(field: str, value: object) -> datetime:
    """An ISO 8601 time with an offset; becomes UTC."""
    text = _string(field, value)
    expected = f"expected a time with an offset such as 2026-05-31T18:00:00Z, not {shown(text)}"
    try:
        time = datetime.fromisoformat(text)
        if time.tzinfo is None:
            raise InvalidMedia(field, expected)
        return time.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        if isinstance(error, InvalidMedia):
            raise
        raise InvalidMedia(field, expected) from None


def seconds(field: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InvalidMedia(field, f"expected a number of seconds, not {shown(value)}")
    if not 0 < value <= MAX_SECONDS or not math.isfinite(value):
        raise InvalidMedia(field, f"expected seconds above 0 and up to {MAX_SECONDS:.0f}, not {shown(value)}")
    return float(value)


def flag(field: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise InvalidMedia(field, f"expected true or false, not {shown(value)}")
    return value


def array(field: str, value: object) -> list[object]:
    if not isinstance(value, list):
        raise InvalidMedia(field, f"expected an array, not {shown(value)}")
    return value


def whole(most: int) -> Callable[[str, object], int]:
    """A whole number from 1 to `most`."""

    def read(field: str, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            raise InvalidMedia(field, f"expected a whole number from 1 to {most}, not {shown(value)}")
        return value

    return read


def one_of(*words: str) -> Callable[[str, object], str]:
    def read(field: str, value: object) -> str:
        if not isinstance(value, str) or value not in words:
            raise InvalidMedia(field, f"expected one of {', '.join(words)}, not {shown(value)}")
        return str(value)

    return read
