"""Which codecs browsers play, by the names that containers have for them.

`avc1.64001f` and the like are RFC 6381; only the part before the first dot counts here, but for `mp4a`, which
stands for what its object type says (ISO/IEC 14496-1, table 5, and the registry at mp4ra.org).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import lru_cache

# Containers that no browser plays; sniff.py knows them.
FORMATS = frozenset({"avi", "flv", "asf", "amr", "aiff", "midi", "realmedia", "mpegts", "mpegps", "ape", "dsf"})


class Fate(Enum):
    """How far a codec gets: in most browsers, in some, in none."""

    MOST = "most"
    SOME = "some"
    NONE = "none"


_MOST = frozenset(
    {
        "avc1", "avc2", "avc3", "avc4", "av01", "vp08", "vp09", "vp8", "vp9", "av1", "mp4a.40", "mp4a.67", "mp4a.66",
        "mp4a.68", "mp4a.69", "mp4a.6b", "mp4a", "mp3", "opus", "Opus", "fLaC", "flac", "vorbis", ".mp3", "aac", "pcm",
    }
)  # fmt: skip
_SOME = frozenset(
    {
        "hvc1", "hev1", "dvh1", "dvhe", "dva1", "dvav", "vvc1", "ac-3", "ec-3", "ac-4", "alac", "mp4a.a5", "mp4a.a6",
        "theora", "hevc", "ac3", "eac3", "mp2", "sowt", "twos", "lpcm", "ipcm", "fpcm", "in24", "fl32", "in32",
    }
)  # fmt: skip
_NONE = frozenset(
    {
        "mp4v", "s263", "h263",
        "H263", "apch", "apcn", "apcs", "apco", "ap4h", "ap4x", "jpeg", "mjpa", "mjpb", "SVQ1", "SVQ3",
        "cvid", "rle ", "AVdn", "AVdh", "dvc ", "dvcp", "dv5n", "dv5p", "dvh5", "dvh6", "mx5p", "mx3n", "xd5b", "hdv2",
        "vc-1", "WMV3", "XVID", "xvid", "DIVX", "divx", "DX50", "FMP4", "MP42", "raw ", "2vuy", "v210", "png ", "tiff",
        "samr", "sawb", "dtsc", "dtsh", "dtsl", "dtse", "dtsx", "mp4a.a9", "alaw", "ulaw", "ima4", "QDM2", "QDMC",
        "MAC3", "MAC6", "agsm", "CFHD", "drac", "mpeg2", "mpeg1", "mpeg4", "prores", "vfw", "dts", "truehd", "mlpa",
        "wma", "amr", "cook", "mp2v", "m2v1", "mpeg", "adpcm", "gsm", "g722", "dvsd", "ffv1", "huffyuv", "speex",
        "dirac", "cinepak", "mjpeg",
    }
)  # fmt: skip


_DEEP_COLOUR = ("6e", "7a", "f4")  # H.264 High 10, 4:2:2 and 4:4:4 Predictive: profile_idc (ITU-T H.264, A.2)


def fate(codec: str) -> Fate | None:
    """None for a codec that this table does not know, of which nothing is said."""
    parts = codec.split(".")
    if parts[0] in ("avc1", "avc3") and parts[-1][:2].lower() in _DEEP_COLOUR:
        return Fate.SOME
    if codec == "mp4a.40.42":
        return Fate.SOME  # xHE-AAC
    base = ".".join(parts[:2]).lower() if parts[0] == "mp4a" else parts[0]
    for known, answer in ((_MOST, Fate.MOST), (_SOME, Fate.SOME), (_NONE, Fate.NONE)):
        if base in known:
            return answer
    return None


@lru_cache(maxsize=1024)
def judged(codecs: tuple[str, ...]) -> Mapping[str, Fate]:
    """The fates of the codecs; of unknown ones nothing is held against the file."""
    return {codec: fate(codec) or Fate.MOST for codec in codecs}


@lru_cache(maxsize=1024)
def poor(codecs: tuple[str, ...]) -> tuple[str, ...]:
    """Those of them that not most browsers play."""
    return tuple(codec for codec, fate in judged(codecs).items() if fate is not Fate.MOST)


@lru_cache(maxsize=1024)
def hopeless(codecs: tuple[str, ...]) -> bool:
    """Whether no browser plays any of them."""
    return all(fate is Fate.NONE for fate in judged(codecs).values())
