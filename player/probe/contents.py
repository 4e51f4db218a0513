"""What headers and bytes argue for, once a server has handed something out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from player.probe import codecs
from player.probe.findings import Finding
from player.probe.refusal import walled, withheld
from player.probe.sniff import IMAGES, MEDIA, PLAYLISTS
from player.probe.target import Role
from player.probe.url import mixed

if TYPE_CHECKING:
    from player.probe.look import Look
    from player.probe.observation import Observation
    from player.probe.target import Target

# How far a file may fall short of its own promise: writers of these headers are not exact.
_SLACK = {"mp3": 0.02, "mp2": 0.02, "aac": 0.02, "wav": 0.001, "webm": 0.001, "matroska": 0.001}
_CATALOGUE_SLACK = 0.02
_DURATION_SLACK = (2.0, 0.02)  # seconds, and the share; the larger of the two
# Content-Types that name a container, and the containers that are well served under them. Types of no
# container in particular (application/octet-stream, none at all) are as good as any: browsers sniff.
_MP4 = frozenset({"mp4", "fmp4"})
_TYPES: Mapping[str, frozenset[str]] = {
    "audio/mpeg": frozenset({"mp3", "mp2", "aac", "hls"}),
    "audio/mp3": frozenset({"mp3", "mp2"}),
    "audio/aac": _MP4 | {"aac"},
    "audio/aacp": _MP4 | {"aac"},
    "audio/mp4": _MP4 | {"aac"},
    "audio/x-m4a": _MP4 | {"aac"},
    "video/mp4": _MP4,
    "video/webm": frozenset({"webm", "matroska"}),
    "audio/webm": frozenset({"webm", "matroska"}),
    "video/ogg": frozenset({"ogg"}),
    "audio/ogg": frozenset({"ogg"}),
    "audio/wav": frozenset({"wav"}),
    "audio/flac": frozenset({"flac"}),
}
_PLAYED = MEDIA | PLAYLISTS
_GENERIC = frozenset(
    {
        "application/octet-stream", "binary/octet-stream", "application/binary", "application/x-download",
        "application/download", "application/force-download", "application/x-octet-stream", "application/unknown",
        "content/unknown", "unknown/unknown", "*/*",
    }
)  # fmt: skip
_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+")  # anything else is none at all
_ENDLESS = frozenset({"mp3", "aac", "ogg", "webm", "fmp4", "wav", "flac"})
_APPLICATIONS = ("application/mp4", "application/ogg", "application/x-matroska", "application/x-ogg")
_PLAYLIST_TYPES = ("mpegurl", "dash+xml", "application/xml", "text/xml")
_NOTICE = re.compile(
    r"(?:^|[._-])(?:404|error|not[._-]?found|un-?available|not[._-]?available|no[._-]?longer|placeholder)(?=[._-]|$)",
    re.IGNORECASE,
)
_CRAWL = 500  # bytes a second; no medium is that small


def fatal(target: Target, seen: Observation) -> Finding | None:
    """What makes the bytes useless, if anything does."""
    facts: dict[str, object] = {"head": seen.head} if seen.head else {}
    look = seen.look
    if seen.redirects and seen.final_url and mixed(seen.url, seen.final_url):
        return Finding("mixed-content", {"final_url": seen.final_url})  # blocked on any page over https
    if seen.ended in ("broken", "stalled"):
        return Finding("reset" if seen.ended == "broken" else "timeout", {"received": seen.received})
    if seen.misranged:
        return Finding("wrong-range", {"content_range": seen.headers.get("content-range"), "why": seen.misranged})
    if look is None:
        return None if seen.received else Finding("empty")
    if look.container == "empty":
        return Finding("empty")
    if look.container in ("html", "json", "text", "xml") and withheld(seen.text):
        return Finding("geo-blocked", {**facts, "says": seen.text[:200], "final_url": seen.final_url})
    if look.container == "html" and walled(seen.text):
        return Finding("forbidden", {**facts, "says": seen.text[:200]})
    if look.container == "html":
        return Finding("redirected" if _moved(seen) else "html", {**facts, "final_url": seen.final_url})
    if seen.misencoded:
        # Bytes of a medium under a coding that they do not have: browsers undo it in vain. Else it is one that
        # only this prober cannot undo.
        known = look.container in MEDIA | PLAYLISTS | IMAGES
        return Finding("corrupt" if known else "probe-failed", {"content_encoding": seen.headers["content-encoding"]})
    if seen.ended == "slow" and seen.received < _CRAWL * seen.ms / 1000:
        return Finding("timeout", {"received": seen.received, "ms": seen.ms})
    return _by_role(target, seen, look, facts)


def _by_role(target: Target, seen: Observation, look: Look, facts: dict[str, object]) -> Finding | None:
    wanted = target.wanted
    if wanted is Role.CAPTIONS:
        return None  # judged by their own module
    fitting = IMAGES if wanted is Role.IMAGE else _PLAYED
    if look.container == "id3":
        if look.promised is not None:
            return Finding("truncated", {"box": look.box, "promised": look.promised, "size": seen.size})
        return None if look.missing is None else Finding("corrupt", {**facts, "missing": look.missing})
    if look.container not in fitting:
        if seen.ended == "slow":
            return Finding("timeout", {"received": seen.received})
        known = look.container in codecs.FORMATS and wanted is Role.MEDIA
        return Finding("unsupported" if known else "wrong-type", {**facts, "container": look.container})
    if seen.redirects and _is_notice(seen):
        return Finding("redirected", {"final_url": seen.final_url})
    return _structure(target, seen, look)


def _is_notice(seen: Observation) -> bool:
    """Whether redirects led to a film that says that there is no film, by its name."""
    if not seen.final_url:
        return False
    before, after = (urlsplit(url).path.rpartition("/")[2] for url in (seen.url, seen.final_url))
    return bool(_NOTICE.search(after)) and not _NOTICE.search(before)


def _structure(target: Target, seen: Observation, look: Look) -> Finding | None:
    if _truncated(target, seen, look):
        there = seen.size if seen.end is None else seen.end
        return Finding("truncated", {"box": look.box, "promised": look.promised, "size": there}, look.box)
    if look.broken:
        return Finding("corrupt", {"why": look.broken}, look.box)
    if look.missing and seen.ended != "slow":
        return Finding("no-index" if look.missing == "moov" else "truncated", {"missing": look.missing})
    sought = seen.ranged and seen.ended != "slow" and not seen.error
    if look.need and look.start is None and look.container in _MP4 and sought:
        return Finding("budget", {"unread": look.need[0]})  # the index was not found within what a probe may ask for
    # A film of which only the sound plays is no film.
    for tracks in (look.pictures, look.codecs):
        if tracks and codecs.hopeless(tracks):
            return Finding("unsupported", {"codecs": list(look.codecs)})
    if look.encrypted:
        return Finding("encrypted", {"codecs": list(look.codecs)})
    return None


def _truncated(target: Target, seen: Observation, look: Look) -> bool:
    size = seen.size
    if size is None:
        short = look.need is not None or (look.promised is not None and look.promised > (seen.end or 0))
        return seen.end is not None and short
    there = size if seen.end is None else min(size, seen.end)
    if there < size:
        return True  # the server claims bytes that it does not have
    if look.missing:
        return False
    if look.promised is not None:
        return there < look.promised * (1 - _SLACK.get(look.container, 0.0))
    return target.size is not None and size < target.size * (1 - _CATALOGUE_SLACK)


def blemishes(target: Target, seen: Observation) -> Iterator[Finding]:
    """What is not as good as it could be, though it plays."""
    look, headers, wanted = seen.look, seen.headers, target.wanted
    if not _well_typed(headers.get("content-type", ""), look.container if look else "", wanted):
        yield Finding("mislabelled", {"content_type": headers.get("content-type"), "head": seen.head})
    if wanted is not Role.MEDIA or look is None:
        return
    if not headers.get("content-type"):
        yield Finding("untyped", {"head": seen.head})
    if seen.ended == "slow":
        yield Finding("slow", {"received": seen.received, "ms": seen.ms})
    if seen.ranged is False and look.container not in PLAYLISTS and not live(headers, target, look, seen.size):
        yield Finding("no-range", {"status": seen.status_line, "accept_ranges": headers.get("accept-ranges")})
    policy = headers.get("cross-origin-resource-policy")
    if policy and policy.strip().lower() in ("same-origin", "same-site"):
        yield Finding("same-origin", {"policy": headers["cross-origin-resource-policy"]})
    if look.late:
        yield Finding("index-last", {"start": look.start}, look.box)
    poor = codecs.poor(look.codecs)
    if poor or look.container == "matroska":
        yield Finding("limited-codec", {"codecs": [*poor], "container": look.container})
    if look.duration is not None and target.duration and not lasts(look.duration, target.duration):
        yield Finding("wrong-duration", {"duration": look.duration, "catalogue": target.duration})


def lasts(duration: float, wanted: float) -> bool:
    seconds, share = _DURATION_SLACK
    return abs(duration - wanted) <= max(seconds, wanted * share)


def live(headers: Mapping[str, str], target: Target, look: Look, size: int | None) -> bool:
    """Whether this is a live stream, which has no parts: by its own account (the headers of Icecast and SHOUTcast),
    or because neither server, file nor catalogue knows an end of it."""
    if any(name.startswith(("icy-", "ice-")) for name in headers):
        return True
    ends = (target.size, target.duration, size, look.promised, look.duration)
    return look.container in _ENDLESS and all(end is None for end in ends)


def _moved(seen: Observation) -> bool:
    """Whether redirects led to another path; from http to https or to another host alone does not count."""
    if not seen.redirects or not seen.final_url:
        return False
    before, after = urlsplit(seen.url).path, urlsplit(seen.final_url).path
    return before.rstrip("/") != after.rstrip("/")


@lru_cache(maxsize=1024)
def _well_typed(content_type: str, container: str, role: Role) -> bool:
    """Whether the Content-Type says what the bytes are, or at least nothing else."""
    said = content_type.partition(";")[0].strip().lower()
    if not _TYPE.fullmatch(said) or said in _GENERIC or role is Role.CAPTIONS:
        return container != "svg"  # the one picture that is never sniffed
    if role is Role.IMAGE:
        return said == "image/svg+xml" if container == "svg" else said.startswith("image/")
    if container in PLAYLISTS:
        return any(word in said for word in _PLAYLIST_TYPES) or said in _TYPES
    if said in _TYPES:
        return container in _TYPES[said] or container not in MEDIA
    return said.startswith(("audio/", "video/")) or said in _APPLICATIONS
