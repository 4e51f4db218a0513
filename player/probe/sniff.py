"""What kind of file the bytes are, whatever the server says (after the WHATWG MIME Sniffing Standard).

`sniff` looks at the first bytes alone and never fails. Its codes:

- media: mp4 webm matroska ogg mp3 mp2 aac wav flac, and id3 (a tag whose audio lies further on)
- playlists: hls dash
- media of no browser: mpegts mpegps avi flv asf realmedia amr ape dsf aiff midi
- the rest: vtt html xml svg png jpeg gif webp avif bmp ico pdf zip gzip json text, empty, unknown
"""

from __future__ import annotations

import re

from player.probe import mp3

MEDIA = frozenset({"mp4", "fmp4", "webm", "matroska", "ogg", "mp3", "mp2", "aac", "wav", "flac"})
IMAGES = frozenset({"png", "jpeg", "gif", "webp", "avif", "bmp", "ico", "svg"})
PLAYLISTS = frozenset({"hls", "dash"})

_MAGIC = (
    (b"OggS\0", "ogg"),
    (b"fLaC", "flac"),
    (b"ID3", "id3"),
    (b"FLV\x01", "flv"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    (b"#!AMR", "amr"),
    (b".RMF\0", "realmedia"),
    (b"\0\0\1\xba", "mpegps"),
    (b"MAC ", "ape"),
    (b"DSD ", "dsf"),
    (b"MThd\0\0\0\x06", "midi"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"BM", "bmp"),
    (b"\0\0\1\0", "ico"),
    (b"%PDF-", "pdf"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x1f\x8b\x08", "gzip"),
)
_RIFF = {b"WAVE": "wav", b"AVI ": "avi", b"WEBP": "webp"}
_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"wide", b"skip", b"moof", b"styp", b"sidx", b"pnot", b"uuid", b"emsg")
_STILLS = (b"avif", b"mif1", b"heic", b"heix")  # ISO base media, but pictures
_HTML = re.compile(
    rb"<(?:!doctype\s+html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|meta|link|center)[\s>/]",
    re.IGNORECASE,
)
_SPACE = b" \t\r\n\f"


def sniff(data: bytes) -> str:
    """The code of a file that begins with `data`."""
    if not data:
        return "empty"
    if data[4:8] in _BOXES:
        return "avif" if data[4:8] == b"ftyp" and data[8:12] in _STILLS else "mp4"
    for magic, code in _MAGIC:
        if data.startswith(magic) and (code != "bmp" or data[6:10] == b"\0\0\0\0"):
            return code
    if data[:4] in (b"RIFF", b"RF64", b"BW64") and data[8:12] in _RIFF:
        return _RIFF[data[8:12]]
    if data[:4] == b"FORM" and data[8:12] in (b"AIFF", b"AIFC"):
        return "aiff"
    if data[:4] == b"\x1a\x45\xdf\xa3":
        return "webm" if b"webm" in data[:64] else "matroska"
    return _markup(data) or _stream(data) or _text(data)


def _markup(data: bytes) -> str | None:
    text = data.removeprefix(b"\xef\xbb\xbf").lstrip(_SPACE)
    if text.startswith(b"#EXTM3U"):
        return "hls"
    if re.match(rb"WEBVTT(?:[\s]|$)", text):
        return "vtt"
    if not text.startswith(b"<"):
        return None
    # Comments and processing instructions may stand before the root.
    root = re.sub(rb"\A(?:<\?.*?\?>|<!--.*?-->|\s)*", b"", text, flags=re.DOTALL)
    if _HTML.match(root) or re.match(rb"<html", root, re.IGNORECASE):
        return "html"
    if re.match(rb"(?:<!doctype[^>]*>\s*)?<svg[\s>]", root, re.IGNORECASE):
        return "svg"
    if re.match(rb"<(?:\w+:)?MPD[\s>/]", root):
        return "dash"
    if text.startswith(b"<?xml") or re.match(rb"<[A-Za-z_][\w.:-]*[\s>/]", root):
        return "xml"
    return "html" if text.startswith(b"<!--") else None


def _stream(data: bytes) -> str | None:
    """What has no magic at its start, and is known by its rhythm."""
    for packet in (188, 192):
        first = 4 if packet == 192 else 0
        if len(data) > first + 2 * packet and all(data[first + n * packet] == 0x47 for n in range(3)):
            return "mpegts"
    return mp3.begins(data)


def _text(data: bytes) -> str:
    text = data[:1024].removeprefix(b"\xef\xbb\xbf")
    if text[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "text"
    if any(byte < 0x09 or byte in (0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20)) for byte in text):
        return "unknown"
    try:
        text.decode()
    except UnicodeDecodeError as error:
        if error.start < len(text) - 4:
            return "unknown"
    return "json" if text.lstrip(_SPACE)[:1] in (b"{", b"[") else "text"
