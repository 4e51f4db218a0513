"""Addresses as a probe may ask for them: http and https, without credentials, spelt as a browser would."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

from yarl import URL

from player.probe.address import literal

_LONGEST = 16_384
_SAFE = "%/:?@!$&'()*+,;=~[]|^`{}"  # left as they are: a signature may cover every byte

# What goes out as it stands: nothing to encode, no fragment, and (see `plain`) no dot segments.
_PLAIN = re.compile(
    r"((https?)://([a-z0-9.-]+(?::[0-9]+)?))(/[\w~!$&'()*+,;=:@/.-]*(?:\?[\w~!$&'()*+,;=:@/.?%-]*)?)", re.ASCII
)
_PATH = re.compile(r"/[\w~!$&'()*+,;=:@/.-]*(?:\?[\w~!$&'()*+,;=:@/.?%-]*)?", re.ASCII)  # the same of its path
_KNOWN = 10_000  # hosts whose spelling has been looked at


class BadUrl(ValueError):
    """Not an address that can be probed. Its text is a word: scheme, host, port, credentials, control, text, length."""


@dataclass(slots=True, eq=False)
class Plain:
    """An address that needs no parsing: most of them, at a fiftieth of the cost. `site`: scheme and authority; the
    other names are those of `yarl.URL`."""

    text: str
    site: str
    scheme: str
    raw_authority: str
    raw_host: str
    raw_path_qs: str

    def __str__(self) -> str:
        return self.text


class Plainly:
    """Tells plain addresses; it remembers the hosts that a look has found to be spelt as a browser would."""

    def __init__(self) -> None:
        self._hosts: dict[str, tuple[str, str, str]] = {}  # scheme, authority and host by the site

    def __call__(self, text: str) -> Plain | URL:
        """The address. Raises `BadUrl`."""
        end = text.find("/", 8)
        known = self._hosts.get(text[:end])
        if known is not None and _PATH.fullmatch(text, end) and "/." not in text and len(text) <= _LONGEST:
            return Plain(text, text[:end], *known, text[end:])
        url = parse(text)
        found = _PLAIN.fullmatch(text)
        if found is not None and url.raw_authority == found[3]:
            if len(self._hosts) >= _KNOWN:
                self._hosts.clear()
            self._hosts[found[1]] = found[2], found[3], url.raw_host or ""
        return url


def parse(text: str, base: URL | None = None) -> URL:
    """The address, relative to `base` where one is given (a redirect's Location).

    Characters that may not stand in a URL are percent-encoded, everything else goes out byte for byte. Old
    spellings of IPv4 literals become dotted ones, as in browsers. The fragment is dropped. Raises `BadUrl`.
    """
    text = text.strip(" \t\r\n\f")
    if len(text) > _LONGEST:
        raise BadUrl("length")
    if any(character < " " or character == "\x7f" for character in text):
        raise BadUrl("control")
    try:
        parts = urlsplit(urljoin(str(base), text) if base else text)
        port = parts.port
        host = parts.hostname
    except ValueError as error:
        raise BadUrl("host") from error
    if parts.scheme not in ("http", "https"):
        raise BadUrl("scheme")
    if "@" in parts.netloc:
        raise BadUrl("credentials")
    if port == 0:
        raise BadUrl("port")
    path = _encoded(_dotless(parts.path or "/"))
    query = "?" + _encoded(parts.query) if parts.query else ""
    return URL(f"{parts.scheme}://{_authority(host, port)}{path}{query}", encoded=True)


def _dotless(path: str) -> str:
    """The path without `.` and `..` (RFC 3986, section 5.2.4), also where the dots are encoded."""
    kept: list[str] = []
    segments = path.split("/")
    for place, segment in enumerate(segments):
        dots = segment.lower().replace("%2e", ".")
        if dots == ".." and len(kept) > 1:
            kept.pop()
        if dots not in (".", ".."):
            kept.append(segment)
        elif place == len(segments) - 1:
            kept.append("")
    return "/".join(kept)


def _encoded(text: str) -> str:
    """Bytes that are no UTF-8, as a Location may hold, have come as surrogates and go out as they were."""
    try:
        return quote(text, safe=_SAFE, errors="surrogateescape")
    except UnicodeEncodeError as error:
        raise BadUrl("text") from error


def _authority(host: str | None, port: int | None) -> str:
    if not host or any(character in host for character in ' "%<>\\^`{|}') or ".." in host:
        raise BadUrl("host")
    suffix = f":{port}" if port else ""
    try:
        if ":" in host:
            return f"[{ipaddress.IPv6Address(host)}]{suffix}"
        ascii_host = URL.build(scheme="http", host=host).raw_host or ""
    except ValueError as error:  # UnicodeError too
        raise BadUrl("host") from error
    dotted = literal(ascii_host)
    if dotted is None and ascii_host.rstrip(".").rpartition(".")[2].isdigit():
        raise BadUrl("host")  # ends in a number, and is no IPv4 address
    return (dotted or ascii_host) + suffix


def mixed(page: str | None, source: str) -> bool:
    """Whether browsers block the source on that page: http on https (Mixed Content). They let pass what never leaves
    the machine, but a publisher's loopback is not his readers'."""
    return page is not None and page[:6].lower() == "https:" and source[:5].lower() == "http:"
