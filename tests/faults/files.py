"""Files that other probes misread: odd shapes of each container, and damage that shows only at their end."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from tests.faults.audio import served
from tests.faults.case import Case, D, Media, Reply, U, healthy
from tests.samples import SECONDS, box, boxes, id3, moved


def cases(media: Media) -> list[Case]:
    return [
        *_films(media),
        *_mp3(media["plain.mp3"], media["bare.mp3"]),
        *_ends(media),
        *_waves(media["plain.wav"]),
        *_webm(media["plain.webm"]),
        *_large(media),
    ]


def _film(body: bytes, said: str = "video/mp4", name: str = "clip.mp4") -> dict[str, Reply]:
    return {name: Reply(body, said)}


def _films(media: Media) -> Iterator[Case]:
    clip, fragments = media["faststart.mp4"], media["fragmented.mp4"]
    parts = boxes(clip)
    ftyp, moov, mdat = parts[b"ftyp"], parts[b"moov"], parts[b"mdat"]
    quick = box(b"ftyp", b"qt  \0\0\2\0qt  ")
    yield healthy(
        "mp4-quicktime", _film(quick + moved(moov, len(quick) - len(ftyp)) + mdat, "video/quicktime", "a.mov"), "a.mov"
    )
    yield healthy("mp4-quicktime-old", _film(moved(moov, -len(ftyp)) + mdat, "video/quicktime", "a.mov"), "a.mov")
    yield Case(
        "mp4-compressed-index",
        U,
        {"corrupt", "unsupported"},
        _film(quick + box(b"moov", box(b"cmov", box(b"dcom", b"zlib") + box(b"cmvd", b"\0" * 900))) + mdat),
    )
    styp = box(b"styp", b"msdh\0\0\0\0msdhmsix")
    yield healthy("mp4-fragments-after-styp", _film(styp + fragments))
    yield healthy(
        "mp4-emsg-first",
        _film(
            fragments[: fragments.index(b"moof") - 4]
            + box(b"emsg", b"\0" * 64)
            + fragments[fragments.index(b"moof") - 4 :]
        ),
    )
    trailer = box(b"mfra", box(b"mfro", b"\0\0\0\0\0\0\0\x18"))
    yield healthy("mp4-fragments-mfra", _film(fragments + trailer))
    wide = moov.replace(b"mvhd", b"mvhd", 1)
    yield healthy("mp4-meta-first", _film(ftyp + box(b"meta", b"\0" * 392) + moved(wide, 400) + mdat))
    yield Case("mp4-moov-last-large", D, {"index-last"}, _film(_late(ftyp, moov, mdat, 300_000)))
    unknown = Reply(clip[: len(clip) // 2], "video/mp4", ranges="star")
    yield Case("mp4-half-star", U, {"truncated"}, {"clip.mp4": unknown})


def _late(ftyp: bytes, moov: bytes, mdat: bytes, size: int) -> bytes:
    """An index of hundreds of kilobytes behind the media."""
    return ftyp + mdat + box(b"moov", moved(moov, -len(moov))[8:] + box(b"udta", b"\0" * size))


def _mp3(plain: bytes, bare: bytes) -> Iterator[Case]:
    def sound(name: str, body: bytes, **target: object) -> Case:
        return healthy(f"audio-{name}", served("a.mp3", body), "a.mp3", target=target)

    yield sound("mp3-cover-of-two-megabytes", id3(2 << 20) + bare)
    yield sound("mp3-vbri", _vbri(bare, len(bare)))
    yield Case("audio-mp3-vbri-half", U, {"truncated"}, served("a.mp3", _vbri(bare, 2 * len(bare))), "a.mp3")
    yield sound("mp3-8-kilohertz", _frames(b"\xff\xe3\x48\xc0", 288))  # MPEG-2.5, layer III, 32 kbit/s
    yield sound("mp3-apetag", bare + b"APETAGEX\xd0\7\0\0" + b"\0" * 200)
    footer = b"ID3\4\0\x10\0\0\x0e\x68"
    yield sound("mp3-footer", footer + b"\0" * 1896 + b"3DI" + footer[3:] + bare)
    yield sound("mp3-wrong-tag-size", b"ID3\3\0\0\0\0\0\x10" + b"\0" * 9000 + bare)
    yield sound("mp3-as-long-by-xing", plain, duration=float(SECONDS))
    yield Case("audio-mp3-longer", D, {"wrong-duration"}, served("a.mp3", plain), "a.mp3", {"duration": 3.0})


def _vbri(bare: bytes, size: int) -> bytes:
    """A first frame that says how many follow, as Fraunhofer's encoder has it."""
    first = 208
    head = bare[:4] + b"\0" * 32 + b"VBRI" + struct.pack(">HHHII", 1, 0, 75, first + size, 230)
    return head.ljust(first, b"\0") + bare


def _frames(header: bytes, length: int, many: int = 300) -> bytes:
    return (header + b"\x55" * (length - 4)) * many


def _ends(media: Media) -> Iterator[Case]:
    """Where the container tells its own end, or the last page is cut in two."""
    ogg, flac = media["plain.ogg"], media["plain.flac"]
    yield Case("audio-ogg-half", U, {"truncated"}, served("a.ogg", ogg[: len(ogg) // 2]), "a.ogg")
    yield Case("audio-ogg-cut", U, {"truncated"}, served("a.ogg", ogg[:-500]), "a.ogg")
    yield Case("audio-ogg-shorter", D, {"wrong-duration"}, served("a.ogg", ogg), "a.ogg", {"duration": 90.0})
    yield healthy("audio-ogg-as-long", served("a.ogg", ogg), "a.ogg", target={"duration": float(SECONDS)})
    last = ogg.rindex(b"OggS")
    yield healthy("audio-ogg-recorded", served("a.ogg", ogg[:last]), "a.ogg")  # stopped between two pages
    yield healthy("audio-ogg-chained", served("a.ogg", ogg + ogg), "a.ogg")
    yield healthy("audio-ogg-tail", served("a.ogg", ogg + b"TAG" + b"\0" * 125), "a.ogg")
    yield Case("audio-flac-half", U, {"truncated"}, served("a.flac", flac[: len(flac) // 2]), "a.flac")
    yield Case("audio-flac-most", U, {"truncated"}, served("a.flac", flac[: len(flac) * 4 // 5]), "a.flac")
    yield healthy("audio-flac-as-long", served("a.flac", flac), "a.flac", target={"duration": float(SECONDS)})
    yield healthy("audio-flac-tail", served("a.flac", flac + b"TAG" + b"\0" * 125), "a.flac")
    length = flac[:18] + bytes([flac[18], flac[19], flac[20], flac[21] & 0xF0]) + b"\0" * 4 + flac[26:]
    yield healthy("audio-flac-streamed", served("a.flac", length), "a.flac")  # of unknown length
    yield healthy("audio-aac-half", served("a.aac", media["plain.aac"][:20_000]), "a.aac")
    yield Case(
        "audio-aac-half-size",
        U,
        {"truncated"},
        served("a.aac", media["plain.aac"][:20_000]),
        "a.aac",
        {"size": len(media["plain.aac"])},
    )
    latm = (b"\x56\xe0\x40" + b"\x20\0\x11\x90" + b"\x55" * 60) * 200
    yield Case("audio-latm", U, {"unsupported", "wrong-type"}, served("a.aac", latm), "a.aac")


def _waves(wav: bytes) -> Iterator[Case]:
    form = wav[12 : wav.index(b"data")]
    data = wav[wav.index(b"data") + 8 :]

    def wave(*chunks: bytes, magic: bytes = b"RIFF", size: int | None = None) -> bytes:
        body = b"WAVE" + b"".join(chunks)
        return magic + struct.pack("<I", len(body) if size is None else size) + body

    def chunk(kind: bytes, body: bytes, size: int | None = None) -> bytes:
        return kind + struct.pack("<I", len(body) if size is None else size) + body + b"\0" * (len(body) % 2)

    listed = wave(chunk(b"LIST", b"INFOISFT\6\0\0\0Lavf\0\0"), form, chunk(b"data", data))
    yield healthy("audio-wav-list", served("a.wav", listed), "a.wav")
    broad = wave(chunk(b"bext", b"\0" * 40_000), form, chunk(b"data", data))
    yield healthy("audio-wav-broadcast", served("a.wav", broad), "a.wav")
    ds64 = chunk(b"ds64", struct.pack("<QQQI", 36 + 28 + len(form) + len(data), len(data), len(data) // 2, 0))
    large = wave(ds64, form, chunk(b"data", data, 0xFFFFFFFF), magic=b"RF64", size=0xFFFFFFFF)
    yield healthy("audio-wav-rf64", served("a.wav", large), "a.wav")
    yield Case("audio-wav-rf64-half", U, {"truncated"}, served("a.wav", large[: len(large) // 2]), "a.wav")
    yield healthy("audio-wav-zero-sizes", served("a.wav", wave(form, chunk(b"data", data, 0), size=0)), "a.wav")
    yield Case("audio-wav-no-form", U, {"corrupt"}, served("a.wav", wave(chunk(b"data", data))), "a.wav")
    yield healthy("audio-wav-tail", served("a.wav", listed + b"\0" * 3), "a.wav")


def _webm(webm: bytes) -> Iterator[Case]:
    yield Case("webm-cut", U, {"truncated"}, served("a.webm", webm[:-2000]), "a.webm")
    info = webm.index(b"\x44\x89")
    no_duration = webm[:info] + b"\xec\x89" + webm[info + 2 :]  # a Void in its place, as browsers record
    yield healthy("webm-without-duration", served("a.webm", no_duration), "a.webm")
    yield healthy("webm-as-weba", {"a.weba": Reply(webm, "audio/webm")}, "a.weba")


def _large(media: Media) -> Iterator[Case]:
    """The index of a film is at its end, megabytes on."""
    parts = boxes(media["faststart.mp4"])
    mdat = box(b"mdat", parts[b"mdat"][8:] + bytes(5 << 20))
    late = parts[b"ftyp"] + mdat + moved(parts[b"moov"], -len(parts[b"moov"]))
    yield Case("mp4-index-after-five-megabytes", D, {"index-last"}, _film(late))
    yield Case("mp4-index-beyond-the-end", U, {"truncated"}, _film(late[: 3 << 20]))
