"""Heads of answers that no parser takes, put into words that one does.

Browsers read what servers have been sending for thirty years; a prober that is stricter calls living sources
dead. So a head that was refused is told again as RFC 9112 has it, and refused for good only then.
"""

from __future__ import annotations

import re

_END = re.compile(rb"\r?\n\r?\n")
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_STATUS = re.compile(rb"(?:HTTP/(\d)(?:\.(\d))?|ICY)[ \t]+(\d{3})(?:[ \t]+(.*))?", re.DOTALL)
_MOST = 100  # fields that are kept


def mended(data: bytes) -> bytes | None:
    """The same answer under a head by the book; None where it is no HTTP, or its head is not all there.

    Empty lines before the status line go, and fields without a colon or a name, or beyond the hundredth (but not
    those that frame the body); blanks before a colon, folds, repeated lengths, bare line feeds are put right.
    `ICY` becomes HTTP/1.0.
    """
    data = data.lstrip(b"\r\n")
    end = _END.search(data)
    if end is None:
        return None
    first, *lines = re.split(rb"\r?\n", data[: end.start()])
    status = _STATUS.fullmatch(first.strip())
    if status is None:
        return None
    major, minor, code, phrase = status.groups()
    version = b"1.0" if major in (None, b"0") or (major, minor) == (b"1", b"0") else b"1.1"
    told = [b"HTTP/%b %b %b" % (version, code, _clean(phrase or b"")), *_fields(lines)]
    return b"\r\n".join(told) + b"\r\n\r\n" + data[end.end() :]


def _fields(lines: list[bytes]) -> list[bytes]:
    pairs: list[tuple[bytes, bytes]] = []
    for line in lines:
        if line[:1] in (b" ", b"\t") and pairs:  # a fold goes on with the field before
            pairs[-1] = pairs[-1][0], (pairs[-1][1] + b" " + line.strip()).strip()
            continue
        name, colon, value = line.partition(b":")
        if colon and _NAME.fullmatch(name.strip()):
            pairs.append((name.strip(), value.strip()))
    chunked = any(name.lower() == b"transfer-encoding" for name, _ in pairs)
    kept: list[bytes] = []
    lengths = 0
    for name, value in pairs:
        framing = name.lower() in (b"content-length", b"transfer-encoding")
        if name.lower() == b"content-length":
            lengths += 1
            value = value.partition(b",")[0].strip()
            # Of several the first; none beside chunks (RFC 9112, section 6.3).
            if lengths > 1 or chunked or not value.isdigit():
                continue
        if framing or len(kept) < _MOST:
            kept.append(name + b": " + _clean(value))
    return kept


def _clean(text: bytes) -> bytes:
    return bytes(byte for byte in text if (byte >= 0x20 and byte != 0x7F) or byte == 0x09)
