"""HLS playlists (RFC 8216; draft-pantos-hls-rfc8216bis): bytes in, a `Master`, a `Playlist` or a `Flaw` out.

A `Flaw` instead of a playlist says why no player can use it; lesser ones are notes. Its words: signature (no
#EXTM3U at the very start), size, line-length, renditions, segments (too many), target (no
EXT-X-TARGETDURATION), undefined, variables, uri (a tag without the address that should follow or stand in it),
duration (an address without EXTINF), range (a byte range that starts nowhere), mixed (tags of both kinds).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from player.probe.hls_lines import Undefined, Variables, attributes, number
from player.probe.hls_media import Key, Playlist, key, scan
from player.probe.playlist import MOST_BYTES, MOST_LINE, MOST_NOTES, MOST_RENDITIONS, Flaw

_BOM = b"\xef\xbb\xbf"  # forbidden, yet every text decoder of a browser takes it off
_KINDS = {"AUDIO": "audio", "SUBTITLES": "subtitles", "VIDEO": "video", "CLOSED-CAPTIONS": "captions"}


@dataclass(frozen=True, slots=True)
class Rendition:
    """One way to play, or a part of one.

    `kind`: variant, iframes, or of an EXT-X-MEDIA audio, subtitles, video, captions. `uri` as written; None
    where it travels inside another. `groups`: what a variant refers to, by kind; `group`: what an
    EXT-X-MEDIA belongs to.
    """

    kind: str
    uri: str | None
    line: int
    codecs: str | None = None
    bandwidth: int | None = None
    groups: Mapping[str, str] = field(default_factory=dict)
    group: str | None = None
    name: str | None = None
    language: str | None = None
    pathway: str | None = None


@dataclass(frozen=True, slots=True)
class Master:
    """A multivariant playlist. `steering`: SERVER-URI of EXT-X-CONTENT-STEERING, with its line."""

    renditions: tuple[Rendition, ...]
    keys: tuple[Key, ...] = ()
    steering: tuple[str, int] | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Flaw, ...] = ()

    def lost_groups(self) -> list[tuple[Rendition, str, str]]:
        """Variants that refer to a group which is not there: variant, kind, group."""
        there = {(one.kind, one.group) for one in self.renditions if one.group is not None}
        return [
            (one, kind, group)
            for one in self.renditions
            for kind, group in one.groups.items()
            if (kind, group) not in there
        ]


def parse(data: bytes, *, url: str = "", variables: Mapping[str, str] | None = None) -> Master | Playlist | Flaw:
    """Reads a playlist. `url`: its own; `variables`: what the multivariant playlist defines. Never raises."""
    if len(data) > MOST_BYTES:
        return Flaw("size", 0, f"{len(data)} bytes")
    text = data.removeprefix(_BOM).decode("utf-8", "surrogateescape")
    if not text.startswith("#EXTM3U") or text[7:8] not in ("", "\r", "\n", " ", "\t"):
        return Flaw.at("signature", 1, text.partition("\n")[0])
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    if (flaw := _long(text, lines)) is not None:
        return flaw
    known = Variables(variables or {}, url)
    if ("{" in text and "{$" in text) or "#EXT-X-DEFINE" in text[:MOST_LINE]:
        flaw = _substitute(lines, known)
        if flaw:
            return flaw
    return scan(lines) or _master(lines, known)


def _long(text: str, lines: list[str]) -> Flaw | None:
    """The first line that is too long. Such a line would fill one of these stretches; where each of them has a
    line's end in it, that is known without looking at every line."""
    stretch = MOST_LINE // 2
    if all(text.find("\n", at, at + stretch) >= 0 for at in range(0, len(text) - stretch + 1, stretch)):
        return None
    place = next((place for place, line in enumerate(lines, 1) if len(line) > MOST_LINE), 0)
    return Flaw.at("line-length", place, lines[place - 1][:40]) if place else None


def _substitute(lines: list[str], known: Variables) -> Flaw | None:
    """Puts the variables' values into the lines, each of which sees what is defined above it."""
    for place, line in enumerate(lines):
        if line.startswith("#EXT-X-DEFINE:"):
            flaw = known.define(line[14:], place + 1)
            if flaw:
                return flaw
        elif "{$" in line and (line[:4] == "#EXT" or line[:1] != "#"):
            try:
                lines[place] = known.fill(line)
            except Undefined:
                return Flaw.at("undefined", place + 1, line)
    return None


def _master(lines: list[str], known: Variables) -> Master | Flaw:
    found: list[Rendition] = []
    keys: list[Key] = []
    notes: list[Flaw] = []
    steering: tuple[str, int] | None = None
    pending: tuple[str, int] | None = None
    for place, line in enumerate(lines, 1):
        if line[:1] != "#":
            if line.strip() and pending:
                found.append(_variant(attributes(pending[0]), line.strip(), place))
                pending = None
            continue
        tag, _, rest = line.partition(":")
        if tag == "#EXT-X-STREAM-INF":
            if pending:
                notes.append(Flaw.at("uri", pending[1], pending[0]))
            pending = rest, place
        elif tag in ("#EXT-X-MEDIA", "#EXT-X-I-FRAME-STREAM-INF"):
            one = _media(attributes(rest), place) if tag == "#EXT-X-MEDIA" else _iframes(attributes(rest), place)
            found.append(one)
            if one.uri is None and one.kind in ("subtitles", "iframes"):
                notes.append(Flaw.at("uri", place, line))
        elif tag == "#EXT-X-SESSION-KEY":
            keys.append(key(attributes(rest), place))
        elif tag == "#EXT-X-CONTENT-STEERING":
            server = attributes(rest).get("SERVER-URI")
            steering = (server, place) if server else None
        elif tag in ("#EXTINF", "#EXT-X-TARGETDURATION"):
            notes.append(Flaw.at("mixed", place, line))
        if len(found) > MOST_RENDITIONS or len(keys) > MOST_RENDITIONS:
            return Flaw.at("renditions", place, line)
    if pending:
        notes.append(Flaw.at("uri", pending[1], pending[0]))
    return Master(tuple(found), tuple(keys), steering, known.defined, tuple(notes[:MOST_NOTES]))


def _variant(given: Mapping[str, str], uri: str, line: int) -> Rendition:
    bandwidth = number(given.get("BANDWIDTH"))
    return Rendition(
        "variant",
        uri,
        line,
        codecs=given.get("CODECS") or None,
        bandwidth=None if bandwidth is None else int(bandwidth),
        groups={
            kind: given[name] for name, kind in _KINDS.items() if name in given and given[name] != "NONE"
        },
        name=given.get("NAME"),
        pathway=given.get("PATHWAY-ID"),
    )  # fmt: skip


def _media(given: Mapping[str, str], line: int) -> Rendition:
    return Rendition(
        _KINDS.get(given.get("TYPE", ""), "other"),
        given.get("URI") or None,
        line,
        group=given.get("GROUP-ID"),
        name=given.get("NAME"),
        language=given.get("LANGUAGE"),
    )


def _iframes(given: Mapping[str, str], line: int) -> Rendition:
    return Rendition("iframes", given.get("URI") or None, line, codecs=given.get("CODECS") or None)
