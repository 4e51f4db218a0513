"""MP4 files, sound and broken."""

from __future__ import annotations

from tests.faults.case import Case, D, Media, Reply, U, healthy
from tests.samples import boxes

SOUND = ("faststart.mp4", "fragmented.mp4", "indexed.mp4", "free.mp4", "to-end.mp4", "junk.mp4", "plain.m4a")


def cases(media: Media) -> list[Case]:
    clip, last = media["faststart.mp4"], media["moov-last.mp4"]
    parts = boxes(clip)

    def film(body: bytes) -> dict[str, Reply]:
        return {"clip.mp4": Reply(body, "video/mp4")}

    return [
        Case("mp4-half", U, {"truncated"}, film(clip[: len(clip) // 2])),
        Case("mp4-half-last", U, {"truncated"}, film(last[: len(last) // 2])),
        Case("mp4-no-moov", U, {"no-index"}, film(parts[b"ftyp"] + parts[b"mdat"])),
        Case("mp4-moov-last", D, {"index-last"}, film(last)),
        *(
            healthy(f"mp4-{name.partition('.')[0]}", film(media[name]))
            for name in (
                "faststart.mp4",
                "fragmented.mp4",
                "indexed.mp4",
                "free.mp4",
                "to-end.mp4",
                "junk.mp4",
                "plain.m4a",
            )
        ),
    ]
