"""Sources that mean harm: bombs, endless answers, mazes, addresses within the prober's own network.

Apart from the others, for each of them costs what a probe may cost at most.
"""

from __future__ import annotations

import gzip
import json
import struct
import zlib
from collections.abc import Iterator

from player.probe.target import Role
from tests.faults.case import A, Case, D, K, Media, Reply, Request, Serve, U
from tests.faults.hls_made import FILM, INDEX, MASTER, TYPE, changed, dead, playlist, segments, ts
from tests.faults.stream_media import reply, served, stream
from tests.samples import box

_INSIDE = ("http://10.0.0.1/", "http://[::ffff:169.254.169.254]/", "http://0x7f.1:1/", "http://2130706433:1/")
_MPD = "manifest.mpd"


def cases(media: Media) -> list[Case]:
    return [*_inside(), *_bombs(), *_endless(media["faststart.mp4"]), *_mazes()]


def _refused(name: str, serve: Serve, path: str) -> Case:
    return Case(f"hostile-{name}", K, {"address-refused"}, serve, path)


def _inside() -> Iterator[Case]:
    """Every place in which an address may stand that a probe would ask for. Loopback is allowed here, and no more."""
    for number, base in enumerate(_INSIDE[:2]):
        yield _refused(f"segment-{number}", ts(playlist(segments(f"{base}0.ts"))), INDEX)
        yield _refused(
            f"key-{number}",
            served("hls-aes", {INDEX: playlist(f'#EXT-X-KEY:METHOD=AES-128,URI="{base}key"\n' + FILM)}),
            INDEX,
        )
        yield _refused(
            f"init-{number}",
            served(
                "hls-fmp4",
                {"low/index.m3u8": changed("hls-fmp4", "low/index.m3u8", 'URI="init.mp4"', f'URI="{base}init.mp4"')},
            ),
            "low/index.m3u8",
        )
        yield _refused(
            f"variant-{number}",
            {MASTER: reply(MASTER, f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{base}a.m3u8\n")},
            MASTER,
        )
        part = playlist("", end=False) + f'#EXT-X-PART:DURATION=1,URI="{base}p"\n'
        yield Case(
            f"hostile-part-{number}", U, {"live-stopped"}, ts(part), INDEX, also={"address-refused"}
        )  # it does not move either
        text = stream("dash-number")[_MPD].decode()
        yield _refused(
            f"base-{number}",
            served("dash-number", {_MPD: text.replace("<Period", f"<BaseURL>{base}</BaseURL><Period", 1)}),
            _MPD,
        )
        yield _refused(
            f"template-{number}",
            served("dash-number", {_MPD: text.replace('initialization="', f'initialization="{base}')}),
            _MPD,
        )
        stills = f"WEBVTT\n\n00:00.000 --> 00:05.000\n{base}sprite.png#xywh=0,0,160,90\n"
        yield _refused(f"stills-{number}", {"stills.vtt": Reply(stills.encode(), "text/vtt")}, "stills.vtt")
        yield _refused(f"redirect-{number}", {"a.mp4": Reply(status=302, headers={"Location": base})}, "a.mp4")
    steered = changed(
        "hls-fmp4",
        MASTER,
        "#EXT-X-VERSION:7\n",
        '#EXT-X-VERSION:7\n#EXT-X-CONTENT-STEERING:SERVER-URI="http://10.0.0.1/steer"\n',
    )
    yield Case("hostile-steering", D, {"steering-missing"}, served("hls-fmp4", {MASTER: steered}), MASTER)
    for number, base in enumerate(_INSIDE[2:]):  # other spellings of what is allowed here, and where nobody listens
        yield dead(f"spelling-{number}", {"segment-missing"}, ts(playlist(segments(f"{base}0.ts"))))
    for name, where in {
        "file": "file:///etc/passwd",
        "gopher": "gopher://127.0.0.1/",
        "data": "data:video/mp4,x",
        "credentials": "http://user:secret@127.0.0.1/a.ts",
        "port": "http://127.0.0.1:0/a.ts",
        "script": "javascript:alert(1)",
    }.items():
        yield dead(f"scheme-{name}", {"bad-url"}, ts(playlist(segments(where))))


def _zip(data: bytes, said: str, times: int = 1) -> Reply:
    for _ in range(times):
        data = gzip.compress(data)
    return Reply(data, said, headers={"Content-Encoding": "gzip"}, ranges="no")


def _bombs() -> Iterator[Case]:
    zeros = bytes(20_000_000)
    mpd = "application/dash+xml"
    yield Case("hostile-zip-film", U, {"wrong-type", "corrupt"}, {"a.mp4": _zip(zeros, "video/mp4")}, "a.mp4")
    deflated = Reply(zlib.compress(zeros), "video/mp4", headers={"Content-Encoding": "deflate"}, ranges="no")
    yield Case("hostile-deflated", U, {"wrong-type", "corrupt"}, {"a.mp4": deflated}, "a.mp4")
    yield Case(
        "hostile-zip-captions",
        U,
        {"no-cues", "bad-captions"},
        {"a.vtt": _zip(b"not WEBVTT" + zeros, "text/vtt")},
        "a.vtt",
    )
    yield Case(
        "hostile-zip-notes",
        D,
        {"no-cues"},
        {"a.vtt": _zip(b"WEBVTT\n\nNOTE " + b"x" * 20_000_000, "text/vtt")},
        "a.vtt",
    )
    yield Case("hostile-zip-manifest", U, {"bad-playlist"}, {_MPD: _zip(b"<MPD>" + b" " * 20_000_000, mpd)}, _MPD)
    yield Case(
        "hostile-zip-segment",
        U,
        {"segment-missing"},
        ts(changes={f"{n}.ts": _zip(zeros, "video/mp2t") for n in range(6)}),
        INDEX,
    )
    yield dead("zip-within-zip", {"wrong-type", "bad-playlist"}, ts(_zip(b"#EXTM3U\n" * 1000, TYPE, 3)))
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha"}">' for n in range(10))
    yield Case(
        "hostile-laughs",
        U,
        {"bad-playlist", "wrong-type"},
        {_MPD: Reply(f"<!DOCTYPE MPD [{laughs}]><MPD>&a9;</MPD>".encode(), mpd)},
        _MPD,
    )
    outside = b'<!DOCTYPE MPD SYSTEM "http://10.0.0.1/a.dtd"><MPD><Period/></MPD>'
    yield Case("hostile-outside-dtd", U, {"bad-playlist", "wrong-type"}, {_MPD: Reply(outside, mpd)}, _MPD)
    parameter = b'<?xml version="1.0"?><!DOCTYPE MPD [<!ENTITY % a SYSTEM "file:///etc/passwd">%a;]><MPD/>'
    yield Case("hostile-outside-entity", U, {"bad-playlist", "wrong-type"}, {_MPD: Reply(parameter, mpd)}, _MPD)
    deep = b"<MPD>" + b"<a>" * 200_000
    yield Case("hostile-deep-xml", U, {"bad-playlist"}, {_MPD: Reply(deep, mpd)}, _MPD)
    wide = b"<MPD>" + b"<a/>" * 400_000 + b"</MPD>"
    yield Case("hostile-wide-xml", U, {"bad-playlist"}, {_MPD: Reply(wide, mpd)}, _MPD)
    spread = stream("dash-timeline")[_MPD].decode().replace('d="25600"', 'd="1" r="999999999"', 1)
    yield Case("hostile-timeline", D, {"rendition-dead"}, served("dash-timeline", {_MPD: spread}), _MPD)
    nested = json.dumps({"VERSION": 1, "PATHWAY-PRIORITY": []})[:-2] + "[" * 5000
    steered = changed(
        "hls-fmp4", MASTER, "#EXT-X-VERSION:7\n", '#EXT-X-VERSION:7\n#EXT-X-CONTENT-STEERING:SERVER-URI="steer.json"\n'
    )
    yield Case(
        "hostile-deep-json",
        D,
        {"steering-missing"},
        served("hls-fmp4", {MASTER: steered, "steer.json": Reply(nested.encode())}),
        MASTER,
    )


def _endless(clip: bytes) -> Iterator[Case]:
    ladder = Reply(b"#EXTM3U\n" + b"#EXT-X-STREAM-INF:BANDWIDTH=1\na\n" * 200_000, TYPE)
    yield Case(
        "hostile-ladder-in-ladder", D, {"rendition-dead"}, served("hls-fmp4", {"high/index.m3u8": ladder}), MASTER
    )
    more = b"#EXTM3U\n#EXT-X-TARGETDURATION:2\n" + b"#EXTINF:2,\n0.ts\n" * 600_000
    yield Case(
        "hostile-list-without-end", U, {"bad-playlist"}, ts(Reply(more, TYPE, ranges="no", framing="chunked")), INDEX
    )
    head = "HTTP/1.1 200 OK\r\n" + "".join(f"X-{n}: {'y' * 900}\r\n" for n in range(3000))
    yield Case("hostile-head-without-end", U, {"server-error"}, {"a.mp4": Reply(raw=head.encode())}, "a.mp4")
    line = b"HTTP/1.1 200 OK\r\nX-Long: " + b"z" * 3_000_000
    yield Case("hostile-field-without-end", U, {"server-error"}, {"a.mp4": Reply(raw=line)}, "a.mp4")
    yield Case(
        "hostile-status-without-end",
        U,
        {"server-error"},
        {"a.mp4": Reply(raw=b"HTTP/1.1 200 " + b"o" * 3_000_000)},
        "a.mp4",
    )
    far = Reply(status=302, headers={"Location": "http://127.0.0.1/" + "a" * 60_000})
    yield Case("hostile-long-location", U, {"bad-url"}, {"a.mp4": far}, "a.mp4")
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 50_000
    yield Case("hostile-hints", U, {"server-error", "unreachable"}, {"a.mp4": Reply(raw=hints)}, "a.mp4")
    chunk = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n"
    yield Case(
        "hostile-chunk-size", U, {"reset", "server-error", "truncated"}, {"a.mp4": Reply(raw=chunk + clip)}, "a.mp4"
    )
    sized = b"HTTP/1.1 206 Partial Content\r\nContent-Length: -5\r\nContent-Range: bytes 0-99/100\r\n\r\n"
    yield Case(
        "hostile-length-below-zero",
        U,
        {"server-error", "wrong-range", "untyped", "reset", "truncated"},
        {"a.mp4": Reply(raw=sized + clip[:100])},
        "a.mp4",
    )


def _mazes() -> Iterator[Case]:
    """Files that lead a reader on and on."""
    ftyp = box(b"ftyp", b"isom\0\0\2\0isom")
    yield Case(
        "hostile-million-boxes",
        K,
        {"budget"},
        {"a.mp4": Reply(ftyp + box(b"free", b"") * 300_000, "video/mp4")},
        "a.mp4",
    )
    inner = b""
    for _ in range(2000):
        inner = box(b"moov", inner)
    yield Case(
        "hostile-boxes-in-boxes",
        U,
        {"corrupt", "truncated", "no-index"},
        {"a.mp4": Reply(ftyp + inner, "video/mp4")},
        "a.mp4",
    )
    claims = struct.pack(">I4s", 0xFFFFFFFF, b"moov")
    yield Case("hostile-claims", U, {"truncated"}, {"a.mp4": Reply(ftyp + claims + b"\0" * 900, "video/mp4")}, "a.mp4")
    tags = (b"ID3\4\0\0\0\0\0\x0a" + b"\0" * 10) * 50_000
    yield Case("hostile-tags", U, {"corrupt", "truncated"}, {"a.mp3": Reply(tags, "audio/mpeg")}, "a.mp3")
    huge = b"ID3\4\0\0\x7f\x7f\x7f\x7f" + b"\0" * 5000
    yield Case("hostile-tag-of-256-megabytes", U, {"truncated"}, {"a.mp3": Reply(huge, "audio/mpeg")}, "a.mp3")
    yield Case(
        "hostile-ebml",
        U,
        {"truncated", "corrupt"},
        {
            "a.webm": Reply(
                b"\x1a\x45\xdf\xa3\x80" + b"\x18\x53\x80\x67\x01" + b"\xff" * 6 + b"\xfe" + b"\xec\x80" * 9000,
                "video/webm",
            )
        },
        "a.webm",
    )

    def onward(request: Request) -> Reply:
        deeper = f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{INDEX}?{len(request.query) + 1}\n"
        return Reply(deeper.encode(), TYPE)

    yield dead("list-in-list", {"bad-playlist"}, {INDEX: onward})
    cues = "WEBVTT\n\n" + "00:00.000 --> 00:01.000\nx\n\n" * 200_000
    yield Case(
        "hostile-cues", A, {"playable"}, {"a.vtt": Reply(cues.encode(), "text/vtt")}, "a.vtt", {"role": Role.CAPTIONS}
    )
