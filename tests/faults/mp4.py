"""MP4 files, sound and broken."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from tests.faults.case import Case, D, Media, Reply, U, healthy
from tests.samples import box, boxes, moved

SOUND = ("faststart.mp4", "fragmented.mp4", "indexed.mp4", "free.mp4", "to-end.mp4", "junk.mp4", "plain.m4a")


def film(body: bytes, said: str = "video/mp4") -> dict[str, Reply]:
    return {"clip.mp4": Reply(body, said)}


def cases(media: Media) -> list[Case]:
    clip, last = media["faststart.mp4"], media["moov-last.mp4"]
    return [
        *(healthy(f"mp4-{name.partition('.')[0]}", film(media[name])) for name in SOUND),
        *_order(clip, last),
        *_short(clip, media["fragmented.mp4"]),
        *_broken(clip),
        *_codecs(clip, media["plain.m4a"]),
        *_lengths(clip, media["indexed.mp4"]),
    ]


def _order(clip: bytes, last: bytes) -> Iterator[Case]:
    parts = boxes(clip)
    ftyp, moov, mdat = parts[b"ftyp"], parts[b"moov"], parts[b"mdat"]
    yield Case("mp4-moov-last", D, {"index-last"}, film(last))
    wide = film(ftyp + box(b"mdat", mdat[8:], wide=True) + moov)
    yield Case("mp4-moov-last-wide", D, {"index-last"}, wide)
    both = Reply(last, "video/mp4", ranges="no")
    yield Case("mp4-moov-last-no-range", D, {"no-range"}, {"clip.mp4": both})
    yield Case("mp4-moov-last-star", D, {"index-last"}, {"clip.mp4": Reply(last, "video/mp4", ranges="star")})
    large = moved(moov, 1_000_016)
    cover = box(b"moov", large[8:] + box(b"udta", b"\0" * 1_000_000 + b"cover\0\0\0"))
    yield healthy("mp4-cover", film(ftyp + cover + mdat))  # a picture within the index
    yield healthy("mp4-uuid", film(ftyp + box(b"uuid", b"u" * 8 * 100) + moved(moov, 808) + mdat))
    yield healthy("mp4-no-ftyp", film(moved(moov, -len(ftyp)) + mdat))
    yield healthy("mp4-two-mdat", film(ftyp + moov + mdat + box(b"mdat", b"")))


def _short(clip: bytes, fragments: bytes) -> Iterator[Case]:
    parts = boxes(clip)
    last = parts[b"ftyp"] + parts[b"mdat"] + parts[b"moov"]
    yield Case("mp4-half", U, {"truncated"}, film(clip[: len(clip) // 2]))
    yield Case("mp4-half-moov-last", U, {"truncated"}, film(last[: len(last) // 2]))
    yield Case("mp4-half-moov", U, {"truncated"}, film(clip[:1000]))
    yield Case("mp4-one-byte-short", U, {"truncated"}, film(clip[:-1]))
    yield Case("mp4-head-alone", U, {"no-index", "truncated"}, film(parts[b"ftyp"]))
    yield Case("mp4-no-moov", U, {"no-index"}, film(parts[b"ftyp"] + parts[b"mdat"]))
    yield Case("mp4-no-mdat", U, {"truncated"}, film(parts[b"ftyp"] + parts[b"moov"]))
    yield Case("mp4-segment", U, {"no-index"}, film(fragments[fragments.index(b"moof") - 4 :]))
    init = fragments[: fragments.index(b"moof") - 4]
    yield Case("mp4-init-alone", U, {"truncated"}, film(init))
    short = Reply(clip[: len(clip) // 2], "video/mp4")
    yield Case("mp4-half-catalogue", U, {"truncated"}, {"clip.mp4": short}, target={"size": len(clip)})


def _broken(clip: bytes) -> Iterator[Case]:
    parts = boxes(clip)
    ftyp, moov, mdat = parts[b"ftyp"], parts[b"moov"], parts[b"mdat"]
    # "Fast start" done wrong: the index was moved, and still points where the media were.
    astray = ftyp + moved(moov, 10 * len(clip)) + mdat
    yield Case("mp4-chunks-astray", U, {"corrupt"}, film(astray))
    yield Case("mp4-garbage-after-head", U, {"no-index", "corrupt"}, film(ftyp + bytes(range(256)) * 100))
    yield Case("mp4-empty-media", U, {"corrupt"}, film(ftyp + moov + box(b"mdat", b"")))
    mvhd = moov[8 : 8 + int.from_bytes(moov[8:12], "big")]
    yield Case("mp4-no-tracks", U, {"corrupt"}, film(ftyp + box(b"moov", mvhd) + mdat))
    huge = struct.pack(">I4sQ", 1, b"moov", 1 << 60) + b"\0" * 100
    yield Case("mp4-huge-box", U, {"truncated"}, film(ftyp + huge))
    yield Case("mp4-zero-box", U, {"no-index", "corrupt"}, film(ftyp + b"\0\0\0\4moov" + b"\0" * 5000))
    yield Case("mp4-picture", U, {"wrong-type"}, film(box(b"ftyp", b"avif\0\0\0\0avifmif1") + box(b"meta", b"\0" * 99)))


def _codecs(clip: bytes, sound: bytes) -> Iterator[Case]:
    for name, old, new in (
        ("mpeg4", b"avc1", b"mp4v"), ("h263", b"avc1", b"s263"), ("prores", b"avc1", b"apch"),
        ("mjpeg", b"avc1", b"jpeg"),
    ):  # fmt: skip
        yield Case(f"mp4-codec-{name}", U, {"unsupported"}, film(_renamed(clip, old, new)))
    yield Case("mp4-codec-amr", U, {"unsupported"}, film(_renamed(sound, b"mp4a", b"samr"), "audio/mp4"))
    yield Case("mp4-codec-hevc", D, {"limited-codec"}, film(_renamed(clip, b"avc1", b"hvc1")))
    yield Case("mp4-codec-alac", D, {"limited-codec"}, film(_renamed(sound, b"mp4a", b"alac"), "audio/mp4"))
    yield Case("mp4-codec-of-sound", D, {"limited-codec"}, film(_renamed(clip, b"mp4a", b"dtsc")))
    deep_colour = clip.replace(b"avcC\x01\x64", b"avcC\x01\x6e")
    assert deep_colour != clip
    yield Case("mp4-codec-high-10", D, {"limited-codec"}, film(deep_colour))
    yield Case("mp4-encrypted", U, {"encrypted"}, film(_renamed(clip, b"avc1", b"encv")))
    yield healthy("mp4-codec-av1", film(_renamed(clip, b"avc1", b"av01")))
    yield healthy("mp4-codec-unheard", film(_renamed(clip, b"avc1", b"zzzz")))  # newer than this prober


def _renamed(data: bytes, old: bytes, new: bytes) -> bytes:
    """The sample entry under another name."""
    at = data.index(old, data.index(b"stsd", data.index(old, data.index(b"moov")) - 40))
    return data[:at] + new + data[at + 4 :]


def _lengths(clip: bytes, indexed: bytes) -> Iterator[Case]:
    yield Case("mp4-shorter", D, {"wrong-duration"}, film(clip), target={"duration": 60.0})
    yield Case("mp4-longer", D, {"wrong-duration"}, film(clip), target={"duration": 1.0})
    yield Case("mp4-fragments-shorter", D, {"wrong-duration"}, film(indexed), target={"duration": 600.0})
    yield healthy("mp4-about-as-long", film(clip), target={"duration": 7.4})
    yield healthy("mp4-indexed-as-long", film(indexed), target={"duration": 6.0})
