"""What a file's bytes say of themselves: the pieces that are known of it, and what was read in them."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Pieces:
    """A file of which only parts are known.

    `size`: of the whole, in bytes, as the server tells it; None where it does not. `end`: a position that
    proved to lie behind the file's last byte.
    """

    size: int | None = None
    end: int | None = None
    parts: list[tuple[int, bytes]] = field(default_factory=list)

    def add(self, at: int, data: bytes) -> None:
        self.parts.append((at, data))

    def at(self, position: int, length: int) -> bytes:
        """Up to `length` bytes from `position` on, as far as they are known without a gap."""
        if len(self.parts) == 1:
            start, data = self.parts[0]
            return data[position - start : position - start + length] if position >= start and length > 0 else b""
        found, here, stop = [], position, position + length
        while here < stop:
            part = next(((start, data) for start, data in self.parts if start <= here < start + len(data)), None)
            if part is None:
                break
            piece = part[1][here - part[0] : stop - part[0]]
            found.append(piece)
            here += len(piece)
        return b"".join(found)

    def ends_at(self, position: int) -> bool:
        """Whether the file is known to have nothing at `position`."""
        return any(end is not None and position >= end for end in (self.size, self.end))

    @property
    def head(self) -> bytes:
        return self.at(0, 1 << 30)


@dataclass(frozen=True, slots=True)
class Look:
    """What was read.

    `container`: a code of `sniff.py`. `codecs`: of its audio and video tracks, where the header names them
    cheaply, those of MP4 as in RFC 6381; `pictures`: the video tracks' alone. `duration` in seconds by the
    file's own account. `promised`: bytes that the file must have by its own account, and `box`, the
    header that says so. `missing`: a part without which nothing plays, looked for and not found. `need`:
    position and length of the bytes that would tell more. `start`: where the audio or video begins. `late`: what
    a player needs first stands behind the media. `broken`: what contradicts itself. `encrypted`: for DRM.
    """

    container: str
    codecs: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()
    duration: float | None = None
    promised: int | None = None
    box: str | None = None
    missing: str | None = None
    need: tuple[int, int] | None = None
    start: int | None = None
    late: bool = False
    broken: str | None = None
    encrypted: bool = False
