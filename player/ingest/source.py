"""The file that is to be ingested: what is in it, and its frames, one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av

from player.catalogue.media import Kind

# A few broken packets are skipped, as every player does; more than this share, and the file is not fit to publish.
MOST_BROKEN = 0.01
SHORT_BY = 1.0  # seconds, and the same share of the duration, that a file may lack at its end


class BadInput(Exception):
    """The file cannot be ingested. Its text says why, in a sentence for the person who chose it."""


@dataclass(frozen=True, slots=True)
class Input:
    """Facts. `width`, `height`: pixels as shown, upright and square. `duration`, `start`: seconds. `cover`: a picture
    that travels in a sound file."""

    path: Path
    kind: Kind
    duration: float
    start: float
    width: int
    height: int
    frame_rate: float
    sound: bool
    channels: int
    sample_rate: int
    cover: bool
    title: str | None


def look(path: Path) -> Input:
    """What the file has; `BadInput` where there is nothing to play in it."""
    with _open(path) as container:
        picture, sound, cover = _picture(container), _sound(container), _cover(container)
        if picture is None and sound is None:
            raise BadInput(f"{path} has neither a picture nor a sound that can be decoded")
        start = (container.start_time or 0) / av.time_base
        width, height = _shown(path) if picture is not None else (0, 0)
        rate = picture.average_rate or picture.guessed_rate if picture is not None else None
        return Input(
            path,
            Kind.AUDIO if picture is None else Kind.VIDEO,
            _duration(container, picture or sound),
            start,
            width,
            height,
            float(rate or 25),
            sound is not None,
            min(2, sound.codec_context.channels) if sound is not None else 0,
            sound.codec_context.sample_rate if sound is not None else 0,
            cover is not None,
            container.metadata.get("title"),
        )


def pictures(given: Input, *, key_only: bool = False) -> Iterator[av.VideoFrame]:
    """Every frame, `time` counted from the file's start. `key_only`: only what stands by itself, which is fast."""
    for frame in _frames(given, "video", key_only=key_only):
        yield cast(av.VideoFrame, frame)


def sounds(given: Input) -> Iterator[av.AudioFrame]:
    for frame in _frames(given, "audio"):
        yield cast(av.AudioFrame, frame)


def cover(given: Input) -> av.VideoFrame:
    with _open(given.path) as container:
        stream = _cover(container)
        assert stream is not None
        try:
            return next(cast(Iterator[av.VideoFrame], container.decode(stream)))
        except (StopIteration, av.FFmpegError) as error:
            raise BadInput(f"{given.path}: its cover picture cannot be decoded") from error


def picture_at(given: Input, moment: float, *, early: float = 0.0) -> av.VideoFrame | None:
    """The frame that is shown then, or the key frame before it, if that is at most `early` seconds before.

    None past the end, and where nothing can be decoded."""
    with _open(given.path) as container:
        stream = _picture(container)
        assert stream is not None
        container.seek(round((moment + given.start) * av.time_base))
        found = None
        try:
            for frame in container.decode(stream):
                assert isinstance(frame, av.VideoFrame)
                found = frame
                if frame.time is None or frame.time - given.start >= moment - early - 0.001:
                    break
        except av.FFmpegError:
            return found
        return found


def rotation(frame: av.VideoFrame) -> int:
    """Quarter turns clockwise that bring the picture upright."""
    return round(-frame.rotation / 90) % 4


def _open(path: Path) -> av.container.InputContainer:
    # Nothing is fetched: a playlist that somebody calls a film may not name addresses, or other files.
    try:
        return av.open(str(path), "r", options={"protocol_whitelist": "file", "format_whitelist": FORMATS})
    except OSError as error:
        if isinstance(error, (FileNotFoundError, PermissionError, IsADirectoryError)):
            raise BadInput(f"cannot read {path}: {error.strerror}") from error
        raise BadInput(f"{path} is no media file that can be read: {error.strerror or error}") from error
    except ValueError as error:
        raise BadInput(f"{path} is no media file that can be read: {error}") from error


# Containers of one file; none that names others (concat, hls, dash, sdp, image2 …).
FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mp3,aac,wav,w64,aiff,flac,ogg,mpegts,mpeg,avi,flv,asf,mxf,gxf,caf,ac3,eac3,"
    "amr,au,wv,rm,dv,h264,hevc,nut,ivf,tta,ape,dts,mpegvideo"
)


def _picture(container: Any) -> Any:
    return next((s for s in container.streams.video if not _attached(s) and s.codec_context is not None), None)


def _sound(container: Any) -> Any:
    return next(
        (s for s in container.streams.audio if s.codec_context is not None and s.codec_context.sample_rate), None
    )


def _cover(container: Any) -> Any:
    return next((s for s in container.streams.video if _attached(s) and s.codec_context is not None), None)


def _attached(stream: Any) -> bool:
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _shown(path: Path) -> tuple[int, int]:
    """Width and height of the first frame, turned upright, its pixels made square."""
    with _open(path) as container:
        stream = _picture(container)
        try:
            frame = next(container.decode(stream))
        except (StopIteration, av.FFmpegError) as error:
            raise BadInput(f"{path}: its picture ({stream.codec_context.name}) cannot be decoded") from error
        ratio = stream.sample_aspect_ratio or Fraction(1)
        width, height = round(frame.width * (ratio if ratio > 0 else 1)), frame.height
        return (height, width) if rotation(frame) % 2 else (width, height)


def _duration(container: Any, stream: Any) -> float:
    """Seconds: as the container says, else by reading through it."""
    if container.duration:
        return float(container.duration / av.time_base)
    last = 0.0
    for packet in container.demux(stream):
        if packet.pts is not None:
            last = max(last, float((packet.pts + (packet.duration or 0)) * packet.time_base))
    if last <= 0:
        raise BadInput(f"{container.name}: nothing in it has a time")
    return last - (container.start_time or 0) / av.time_base


def _frames(given: Input, kind: str, *, key_only: bool = False) -> Iterator[av.VideoFrame | av.AudioFrame]:
    """Decoded frames in order, as few in memory as the decoder needs."""
    packets = broken = 0
    end = 0.0
    with _open(given.path) as container:
        stream = _picture(container) if kind == "video" else _sound(container)
        stream.thread_type = "AUTO"
        if key_only:
            stream.codec_context.skip_frame = "NONKEY"
        shift = round(given.start / stream.time_base)
        for packet in container.demux(stream):
            packets += 1
            try:
                frames = packet.decode()
            except av.FFmpegError:
                broken += 1
                continue
            for frame in frames:
                if frame.pts is None:
                    continue
                frame.pts -= shift
                end = max(end, float(frame.time or 0.0))
                yield frame
        if broken > max(2, packets * MOST_BROKEN):
            raise BadInput(f"{given.path}: {broken} of {packets} packets of its {_WORDS[kind]} cannot be decoded")
        length = float(stream.duration * stream.time_base) if stream.duration else given.duration
        if not key_only and end < length - SHORT_BY - length * MOST_BROKEN:
            raise BadInput(f"{given.path} breaks off: its {_WORDS[kind]} ends at {end:.1f} s of {length:.1f}")


_WORDS = {"video": "picture", "audio": "sound"}
