"""What an answer says of the range that was asked for (RFC 9110, section 14), and of the file's size."""

from __future__ import annotations

from player.probe.ask import coding
from player.probe.fetch import Fetched
from player.probe.look import Pieces

_TELLING = 32  # bytes that do not stand twice in a file by chance


def size(answer: Fetched) -> int | None:
    if answer.range:
        return answer.range[2]
    if answer.ended == "complete":
        return len(answer.body)
    return answer.length if answer.status == 200 else None


def ranged(answer: Fetched, *, encoded: bool) -> bool | None:
    """Whether the server honours ranges: None where the whole file came, and it makes no difference."""
    if answer.status == 206:
        # More than it says: the range was ignored, and only the words are right.
        told, length = answer.range, answer.length
        return told is None or (told[0] == 0 and (length is None or length <= told[1] + 1 or encoded))
    if answer.ended == "complete" and not encoded:
        return None
    return False


def misranged(answer: Fetched, at: int, pieces: Pieces | None = None) -> str | None:
    """In what way a 206 does not answer the range that began at `at`. Browsers give up on such answers."""
    if answer.status != 206:
        return None
    if answer.range is None:
        return "no Content-Range"
    first, last, total = answer.range
    if first != at:
        return f"from {first} on, not {at}"
    if last < first or (total is not None and last >= total):
        return "a range that cannot be"
    head = pieces.at(0, _TELLING) if pieces and at else b""
    if len(set(head)) > _TELLING // 4 and answer.body[:_TELLING] == head:
        return "the beginning, not the range"
    return None


def short(answer: Fetched) -> int | None:
    """The end of a file whose server promises a range that it cannot fill."""
    if answer.range and answer.ended == "complete":
        first, last, _ = answer.range
        end = first + len(answer.body)
        if end <= last and not coding(answer):
            return end
    return None


def shorten(pieces: Pieces, answer: Fetched) -> None:
    """Notes such an end."""
    end = short(answer)
    if end is not None:
        pieces.end = end if pieces.end is None else min(pieces.end, end)
