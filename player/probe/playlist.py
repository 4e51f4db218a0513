"""What HLS playlists and DASH manifests have in common: parts of files to fetch, and flaws with their place."""

from __future__ import annotations

from dataclasses import dataclass

MOST_BYTES = 4 * 1024 * 1024
MOST_LINE = 65_536  # characters; keys in data: addresses make lines long
MOST_RENDITIONS = 500
MOST_SEGMENTS = 200_000
MOST_NOTES = 20


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a playlist. `word`: a code of the parser that found it. `line`: from 1 on, 0 where it
    is about the whole. `text`: the beginning of what stands there."""

    word: str
    line: int = 0
    text: str = ""

    @classmethod
    def at(cls, word: str, line: int, text: str) -> Flaw:
        return cls(word, line, text[:200])

    def __str__(self) -> str:
        place = f" in line {self.line}" if self.line else ""
        return f"{self.word}{place}" + (f": {self.text}" if self.text else "")


@dataclass(frozen=True, slots=True)
class Slice:
    """Bytes of a file: `length` of them from `first` on. `length` None: to the end."""

    first: int = 0
    length: int | None = None

    @property
    def end(self) -> int | None:
        return None if self.length is None else self.first + self.length


@dataclass(frozen=True, slots=True)
class Piece:
    """Something that a player would fetch: an address as written, or a part of the file there.
    `line`: where the playlist names it; `seconds`: how long it plays."""

    uri: str
    line: int = 0
    slice: Slice | None = None
    seconds: float = 0.0
