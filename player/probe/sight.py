"""What the first answer shows of a source, before anything else is asked: pure, and for most sources all there is."""

from __future__ import annotations

from player.probe import ranges
from player.probe.ask import decoded
from player.probe.fetched import Fetched
from player.probe.known import Known
from player.probe.look import Look
from player.probe.looks import Looks
from player.probe.observation import Observation
from player.probe.target import Target

HEAD = 16_384  # bytes that settle most
_WORDS = ("html", "json", "text", "xml")  # containers that may say why there is no medium
_TEXTS = ("text", "html", "xml", "json")  # types that do


def note(target: Target, answer: Fetched, looks: Looks, seen: Observation) -> bytes | None:
    """Writes down what the answer shows. The file's first bytes, without their Content-Encoding; None where it
    brings none that could be looked into."""
    status, body, headers = answer.status, answer.body, answer.headers
    seen.final_url, seen.redirects, seen.address = answer.url, answer.redirects, answer.address
    seen.status, seen.status_line, seen.headers = status, answer.status_line, headers
    seen.head, seen.received, seen.ended, seen.detail = body[:16].hex(), len(body), answer.ended, answer.detail
    if status not in (200, 206):
        seen.text = _text(answer)
        return None
    encoded = False
    if "content-encoding" in headers:
        body, encoded = decoded(answer, HEAD)
        seen.misencoded = encoded and body is answer.body and bool(body)
    seen.ranged = ranges.ranged(answer, encoded=encoded)
    if misranged := ranges.misranged(answer, 0):
        seen.misranged = misranged
        return None  # these bytes tell nothing
    seen.size, seen.end = None if encoded else ranges.size(answer), ranges.short(answer)
    seen.look = looks.first(body, seen.size, seen.end, duration=target.duration, audio=audio(answer))
    return body


def recall(known: Known, answer: Fetched, seen: Observation) -> None:
    """Writes down what the same answer has shown before."""
    body = answer.body
    seen.final_url, seen.address, seen.headers = answer.url, answer.address, answer.headers
    seen.status, seen.status_line, seen.ended = answer.status, answer.status_line, answer.ended
    seen.head, seen.received, seen.ranged, seen.known = body[:16].hex(), len(body), True, known
    seen.size, seen.end, seen.look = known.size, known.end, known.look


def say(seen: Observation, body: bytes) -> None:
    """Writes down what the bytes say to people, where that may be why there is no medium."""
    if seen.look is not None and seen.look.container in _WORDS:
        seen.text = _said(body)


def audio(answer: Fetched) -> bool:
    """Whether type or address say that this is MPEG audio or the like."""
    if answer.headers.get("content-type", "")[:6].lower() == "audio/":
        return True
    return answer.url.partition("?")[0].lower().endswith((".mp3", ".aac"))


def further(look: Look, body: bytes, size: int | None, answer: Fetched) -> tuple[int, int] | None:
    """Position and length of the range that would tell more: what the container asks for; the rest of an answer that
    was shorter than asked; the last byte, where the file claims to be far longer than its container."""
    if look.need:
        return look.need
    if answer.status != 206:
        return None
    if size is None:
        # The server does not say how long the file is: is it as long as it says itself?
        here = len(body)
        return (look.promised - 1, 1) if look.promised and look.promised > here and look.missing is None else None
    here = len(answer.body)
    if answer.ended == "complete" and here < HEAD and here < size:
        return here, HEAD - here
    if look.promised and look.promised < size * 0.9:
        return size - 1, 1
    return None


def _text(answer: Fetched) -> str:
    """The beginning of what a refusal says, on one line, if it is text."""
    said = answer.headers.get("content-type", "").lower()
    if said and not any(word in said for word in _TEXTS):
        return ""
    return _said(decoded(answer, HEAD)[0])


def _said(body: bytes) -> str:
    return " ".join(body[:2000].decode("utf-8", "replace").split())
