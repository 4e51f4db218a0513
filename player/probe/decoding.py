"""The process that decodes for `deep.py`: bytes in over a pipe, what was seen and heard out. It opens nothing itself.

Run as a script, apart from the prober: a decoder that is brought to its end by what it decodes ends alone. Its memory,
its processor time and its files are limited, and the only input that it knows is what it asks its parent for.

The parent writes a line of JSON: {"groups": [[{"size": n or null}, …], …], "seconds": s}. A group is what belongs
together (a file; a rendition's beginning, its middle and its end), a size that of one input in it. The process asks by
{"read": [group, input, offset, length]} and gets four bytes of length and the bytes; less than asked is the end. By
{"length": [group, input]} it gets eight bytes, negative where nobody knows. Its last line is
{"seen": [{"video": …, "audio": …, "duration": …}, …]}, one for each group.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import pkgutil
import sys
from collections.abc import Iterator
from typing import Any

BLOCK = 1 << 18  # bytes that are asked for at once
KEPT = 24  # blocks that are remembered
MEMORY = 1 << 30  # bytes of addresses; a decoder of UHD needs a third
PROCESSOR = 30  # seconds
MOST_PIXELS = 7680 * 4320
SAMPLE = 0.5  # seconds between pictures that are looked at
GRID = (64, 36)  # pixels of the picture that is looked at
PLACES = (0.45, 0.8)  # shares of the duration at which a file is looked at again, when its beginning says nothing
# The brightest pixel, the greatest change of one (of 255), and the loudest sample (of 1), below which there is nothing.
# Encoding a still picture over and over changes a pixel by ten.
BLACK, STILL, SILENT = 20, 16, 0.001
# Containers of one file each. None that names addresses, or other files.
FORMATS = "mov,mp4,m4a,3gp,matroska,webm,mp3,aac,wav,flac,ogg,mpegts,avi,flv,asf"


class Pipe:
    """Asks the parent."""

    def __init__(self) -> None:
        self._in, self._out = sys.stdin.buffer, sys.stdout.buffer

    def line(self) -> Any:
        return json.loads(self._in.readline())

    def say(self, message: Any) -> None:
        self._out.write(json.dumps(message).encode() + b"\n")
        self._out.flush()

    def read(self, group: int, number: int, at: int, length: int) -> bytes:
        self.say({"read": [group, number, at, length]})
        return self._in.read(int.from_bytes(self._in.read(4)))

    def length(self, group: int, number: int) -> int | None:
        self.say({"length": [group, number]})
        size = int.from_bytes(self._in.read(8), signed=True)
        return None if size < 0 else size


class Input:
    """One input as a file, read in blocks; what PyAV wants of a file is here."""

    def __init__(self, pipe: Pipe, group: int, number: int, size: int | None) -> None:
        self._pipe, self._group, self._number, self._size = pipe, group, number, size
        self._at = 0
        self._blocks: dict[int, bytes] = {}
        self.short = False  # the parent had less than there should be

    def read(self, length: int = -1) -> bytes:
        index, inside = divmod(self._at, BLOCK)
        block = self._block(index)
        found = block[inside:] if length < 0 else block[inside : inside + length]
        self._at += len(found)
        return found

    def seek(self, offset: int, whence: int = 0) -> int:
        if whence == 2 and self._size is None:
            self._size = self._pipe.length(self._group, self._number)
            if self._size is None:
                raise OSError("the end is not known")
        self._at = offset + (0, self._at, self._size or 0)[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def _block(self, index: int) -> bytes:
        if index not in self._blocks:
            at = index * BLOCK
            wanted = BLOCK if self._size is None else max(0, min(BLOCK, self._size - at))
            got = self._pipe.read(self._group, self._number, at, wanted) if wanted else b""
            self.short |= self._size is not None and len(got) < wanted
            while len(self._blocks) >= KEPT:
                self._blocks.pop(next(iter(self._blocks)))
            self._blocks[index] = got
        return self._blocks[index]


class Picture:
    """What the pictures of all inputs of a group come to."""

    def __init__(self) -> None:
        self.frames = self.errors = self.packets = 0
        self.brightest = self.change = 0
        self.seconds = 0.0
        self._first: bytes | None = None
        self._due = 0.0

    def begin(self) -> None:
        self._due = 0.0

    def add(self, frame: Any, moment: float) -> None:
        self.frames += 1
        if moment < self._due:
            return
        self._due = moment + SAMPLE
        small = frame.reformat(*GRID, "gray")
        plane, (wide, high) = small.planes[0], GRID
        whole = bytes(plane)
        now = b"".join(whole[row * plane.line_size :][:wide] for row in range(high))
        self.brightest = max(self.brightest, max(now))
        if self._first is None:
            self._first = now
        self.change = max(self.change, max(abs(a - b) for a, b in zip(self._first, now, strict=True)))

    def said(self) -> dict[str, Any]:
        names = ("frames", "errors", "packets", "brightest", "change", "seconds")
        return {name: getattr(self, name) for name in names}

    def tells(self) -> bool:
        return self.frames > 0 and self.brightest >= BLACK and self.change >= STILL


class Sound:
    def __init__(self) -> None:
        self.frames = self.errors = self.packets = 0
        self.loudest = 0.0
        self.seconds = 0.0

    def begin(self) -> None:
        pass

    def add(self, frame: Any, moment: float) -> None:
        self.frames += 1
        samples = memoryview(bytes(frame.planes[0])[: frame.samples * 2]).cast("h")
        self.loudest = max(self.loudest, max(max(samples), -min(samples)) / 32768)

    def said(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("frames", "errors", "packets", "loudest", "seconds")}

    def tells(self) -> bool:
        return self.frames > 0 and self.loudest >= SILENT


def look(inputs: list[Input], seconds: float) -> dict[str, Any]:
    """What a group shows in `seconds` at its beginning; where that tells nothing, also further on."""
    picture, sound = Picture(), Sound()
    told: dict[str, Any] = {}
    for number, data in enumerate(inputs):
        try:
            _look(data, picture, sound, seconds, told, places=PLACES if len(inputs) == 1 else ())
        except MemoryError:
            told["gave_up"] = "memory"
        except Exception as error:  # whatever a decoder makes of what the network sends
            if number == 0 and not (picture.packets or sound.packets):
                told["error"] = f"{type(error).__name__}: {error}"[:200]
        told["short"] = told.get("short", False) or data.short
        if all(one.tells() for one in (picture, sound) if one.packets):
            break
    return {**told, "video": picture.said(), "audio": sound.said()}


def _look(data: Input, picture: Picture, sound: Sound, seconds: float, told: dict[str, Any], *, places: Any) -> None:
    import av

    with av.open(data, "r", options={"format_whitelist": FORMATS, "protocol_whitelist": ""}) as container:
        streams = [
            stream
            for stream in (*container.streams.video[:1], *container.streams.audio[:1])
            if stream.codec_context is not None and not _is_cover(stream)
        ]
        for stream in streams:
            stream.codec_context.thread_count = 1
            stream.codec_context.options = {"max_pixels": str(MOST_PIXELS)}
            told.setdefault("codecs", []).append(stream.codec_context.name)
        length = float(container.duration or 0) / av.time_base
        told.setdefault("duration", length or None)
        _window(container, streams, picture, sound, seconds)
        for place in places if length > 2 * seconds else ():
            if all(one.tells() for one in (picture, sound) if one.packets):
                return
            container.seek(int(length * place * av.time_base) + (container.start_time or 0))
            _window(container, streams, picture, sound, seconds)


def _window(container: Any, streams: list[Any], picture: Picture, sound: Sound, seconds: float) -> None:
    """Decodes so many seconds from where the container stands."""
    import av

    plain = av.AudioResampler("s16", "mono", 16_000)
    begun: float | None = None
    open_ends = {stream.index for stream in streams}
    picture.begin()
    for packet in container.demux(*streams) if streams else ():
        if packet.stream.index not in open_ends or packet.size == 0:
            continue
        heard = packet.stream.type == "audio"
        one: Any = sound if heard else picture
        one.packets += 1
        try:
            frames = packet.decode()
        except av.FFmpegError:
            one.errors += 1
            continue
        for frame in frames:
            moment = float(frame.time or 0.0)
            begun = moment if begun is None else begun
            for ready in plain.resample(frame) if heard else [frame]:
                one.add(ready, moment - begun)
            one.seconds += frame.samples / frame.sample_rate if heard else _lasts(packet.stream)
            if moment - begun >= seconds:
                open_ends.discard(packet.stream.index)
        if not open_ends:
            return


def _lasts(stream: Any) -> float:
    return float(1 / stream.average_rate) if stream.average_rate else 0.04


def _is_cover(stream: Any) -> bool:
    import av

    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _limit() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR, PROCESSOR))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        # Enough for the pipes, which are open; nothing can be opened beside them.
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))


def _groups(pipe: Pipe, asked: Any) -> Iterator[dict[str, Any]]:
    for number, group in enumerate(asked["groups"]):
        inputs = [Input(pipe, number, index, one["size"]) for index, one in enumerate(group)]
        yield look(inputs, float(asked["seconds"]))


def _load() -> None:
    """All of PyAV, which brings in some of it late, when files can be opened no more."""
    import av

    for found in pkgutil.walk_packages(av.__path__, "av."):
        if not found.name.endswith("__main__") and "datasets" not in found.name:
            importlib.import_module(found.name)
    av.logging.set_level(None)


def main() -> None:
    _load()
    pipe = Pipe()
    asked = pipe.line()
    _limit()
    pipe.say({"seen": list(_groups(pipe, asked))})


if __name__ == "__main__":
    main()
