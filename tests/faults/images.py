"""Posters and thumbnails: by their bytes, whatever they are called."""

from __future__ import annotations

import struct

from demo.faults import HTML, PNG
from tests.faults.case import Case, D, Media, Reply, U, healthy
from tests.samples import box

JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0" + b"\x55" * 2000 + b"\xff\xd9"
GIF = b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"
WEBP = b"RIFF" + struct.pack("<I", 4 + 8 + 500) + b"WEBPVP8 " + struct.pack("<I", 500) + b"\x55" * 500
AVIF = box(b"ftyp", b"avif\0\0\0\0avifmif1") + box(b"meta", b"\0" * 90) + box(b"mdat", b"\x55" * 400)
SVG = b'<?xml version="1.0"?>\n<!-- drawn -->\n<svg xmlns="http://www.w3.org/2000/svg" width="16" height="9"/>\n'


def cases(media: Media) -> list[Case]:
    def case(name: str, state: object, reason: str, body: bytes, said: str, path: str = "poster.jpg") -> Case:
        return Case(f"image-{name}", state, {reason}, {path: Reply(body, said)}, path)  # type: ignore[arg-type]

    found = [
        healthy(f"image-{name}", {path: Reply(body, said)}, path)
        for name, path, body, said in (
            ("jpeg", "poster.jpg", JPEG, "image/jpeg"), ("png", "poster.png", PNG, "image/png"),
            ("gif", "poster.gif", GIF, "image/gif"), ("webp", "poster.webp", WEBP, "image/webp"),
            ("avif", "poster.avif", AVIF, "image/avif"), ("svg", "poster.svg", SVG, "image/svg+xml"),
            ("webp-as-jpeg", "poster.jpg", WEBP, "image/jpeg"),
            ("untyped", "poster.jpg", JPEG, "application/octet-stream"),
            ("with-film", "poster.jpg", JPEG + media["faststart.mp4"], "image/jpeg"),
        )
    ]  # fmt: skip
    return [
        *found,
        healthy("image-no-range", {"poster.jpg": Reply(JPEG, "image/jpeg", ranges="no")}, "poster.jpg"),
        Case("image-404", U, {"not-found"}, {}, "poster.jpg"),
        case("page", U, "html", HTML, "image/jpeg"),
        case("empty", U, "empty", b"", "image/jpeg"),
        case("film", U, "wrong-type", media["faststart.mp4"], "image/jpeg"),
        case("json", U, "wrong-type", b'{"error": 404}', "image/jpeg"),
        case("half-jpeg", U, "truncated", JPEG[:900], "image/jpeg"),
        case("half-png", U, "truncated", PNG[:40], "image/png", "poster.png"),
        case("half-webp", U, "truncated", WEBP[:200], "image/webp", "poster.webp"),
        case("as-page", D, "mislabelled", JPEG, "text/html"),
        case("svg-as-text", D, "mislabelled", SVG, "text/plain", "poster.svg"),
    ]
