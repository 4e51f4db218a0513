"""HLS ladders as they are met in the field: what is lesser, what is withheld, and what steers them."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.faults.case import Case, D, Media, Reply
from tests.faults.hls_made import HTML, INDEX, MASTER, TYPE, dead, fine, lame, playlist, segments, ts
from tests.faults.stream_media import reply, served, stream

_VARIANT = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n"


def cases(media: Media) -> list[Case]:
    return [*_renditions(), *_steering(), *_more_parts()]


def _renditions() -> Iterator[Case]:
    ladder = stream("hls-fmp4")[MASTER].decode()
    yield lame(
        "one-variant-forbidden",
        {"rendition-dead"},
        served("hls-fmp4", {"high/index.m3u8": Reply(b"no", status=403)}),
        MASTER,
    )
    yield lame(
        "one-variant-stalls-init", {"rendition-dead"}, served("hls-fmp4", {"high/init.mp4": b"\0" * 600}), MASTER
    )
    yield lame("one-variant-empty", {"rendition-dead"}, served("hls-fmp4", {"high/index.m3u8": ""}), MASTER)
    yield lame(
        "one-variant-no-cors",
        {"rendition-dead"},
        served(
            "hls-fmp4",
            {
                "high/index.m3u8": Reply(
                    stream("hls-fmp4")["high/index.m3u8"], TYPE, headers={"Access-Control-Allow-Origin": None}
                )
            },
        ),
        MASTER,
    )
    spare = ladder + ladder[ladder.index("#EXT-X-STREAM-INF") :].replace("low/", "spare/low/").replace(
        "high/", "spare/high/"
    )
    yield lame("spare-host-dead", {"rendition-dead"}, served("hls-fmp4", {MASTER: spare}), MASTER)
    quiet = (
        stream("hls-audio")[MASTER].decode().replace("#EXT-X-STREAM-INF:", "#EXT-X-STREAM-INF:CLOSED-CAPTIONS=NONE,")
    )
    yield fine("no-closed-captions", served("hls-audio", {MASTER: quiet}), MASTER)
    muxed = _VARIANT.replace("BANDWIDTH=1", 'BANDWIDTH=1,AUDIO="a"').replace(
        "#EXT-X-STREAM", '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="muxed",DEFAULT=YES\n#EXT-X-STREAM'
    )
    yield fine("sound-within", {**ts(), MASTER: reply(MASTER, muxed + INDEX)}, MASTER)
    yield fine("sound-alone", served("hls-audio"), "sound-en/index.m3u8")
    only = '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=64000,CODECS="mp4a.40.2"\nsound-en/index.m3u8\n'
    yield fine("sound-ladder", served("hls-audio", {MASTER: only}), MASTER)
    images = ladder + '#EXT-X-IMAGE-STREAM-INF:BANDWIDTH=1,RESOLUTION=320x180,CODECS="jpeg",URI="tiles.m3u8"\n'
    yield fine("image-playlist", served("hls-fmp4", {MASTER: images}), MASTER)
    data = ladder.replace(
        "#EXT-X-VERSION:7\n",
        '#EXT-X-VERSION:7\n#EXT-X-SESSION-DATA:DATA-ID="a",URI="none.json"\n'
        '#EXT-X-SESSION-KEY:METHOD=SAMPLE-AES,URI="skd://x",KEYFORMAT="com.apple.streamingkeydelivery"\n',
    )
    yield fine("session-data", served("hls-fmp4", {MASTER: data}), MASTER)
    hevc = ladder.replace("avc1.4d400b,mp4a.40.2", "avc1.4d400b,ac-3")
    yield lame("codecs-other-sound", {"codec-mismatch"}, served("hls-fmp4", {MASTER: hevc}), MASTER)


def _steering() -> Iterator[Case]:
    ladder = stream("hls-fmp4")[MASTER].decode()
    steer = {"VERSION": 1, "TTL": 300, "PATHWAY-PRIORITY": ["A", "B"], "RELOAD-URI": "steer.json"}
    tagged = ladder.replace(
        "#EXT-X-VERSION:7\n", '#EXT-X-VERSION:7\n#EXT-X-CONTENT-STEERING:SERVER-URI="steer.json",PATHWAY-ID="A"\n'
    ).replace("FRAME-RATE=25.000\n", 'FRAME-RATE=25.000,PATHWAY-ID="A"\n')
    yield fine(
        "steered-ladder", served("hls-fmp4", {MASTER: tagged, "steer.json": Reply(json.dumps(steer).encode())}), MASTER
    )
    for name, body in {
        "html": HTML,
        "version": Reply(b'{"VERSION":2}'),
        "empty": Reply(b""),
        "no-priority": Reply(b'{"VERSION":1,"TTL":300}'),
    }.items():
        yield lame(
            f"steering-{name}", {"steering-missing"}, served("hls-fmp4", {MASTER: tagged, "steer.json": body}), MASTER
        )


def _more_parts() -> Iterator[Case]:
    film = stream("hls-ts")
    yield fine(
        "segments-chunked",
        ts(changes={f"{n}.ts": Reply(film[f"{n}.ts"], "video/mp2t", framing="chunked", ranges="no") for n in range(6)}),
    )
    yield fine(
        "segments-closed",
        ts(
            changes={
                f"{n}.ts": Reply(film[f"{n}.ts"], "video/mp2t", framing="close", ranges="no", line="HTTP/1.0 200 OK")
                for n in range(6)
            }
        ),
    )
    subs = stream("hls-subs")
    yield fine(
        "subtitles-silent",
        served("hls-subs", {f"text-en/{n}.vtt": b"WEBVTT\n" for n in range(6)}),
        "text-en/index.m3u8",
    )
    yield fine(
        "subtitles-signed",
        served("hls-subs", {f"text-en/{n}.vtt": b"\xef\xbb\xbf" + subs[f"text-en/{n}.vtt"] for n in range(6)}),
        "text-en/index.m3u8",
    )
    tagged = b"ID3\4\0\0\0\0\0\x3f" + b"\0" * 63
    sound = b"".join(bytes([0xFF, 0xF1, 0x50, 0x80, 0x10, 0x1F, 0xFC]) + b"\x21" * 121 for _ in range(60))
    yield fine(
        "packed-aac", {INDEX: reply(INDEX, playlist(segments("0.aac"))), "0.aac": Reply(tagged + sound, "audio/aac")}
    )
    yield lame(
        "packed-dolby",
        {"limited-codec"},
        {INDEX: reply(INDEX, playlist(segments("0.ac3"))), "0.ac3": Reply(b"\x0b\x77" + b"\x55" * 3000, "audio/ac3")},
    )
    master = stream("hls-fmp4")[MASTER].decode().replace("low/index.m3u8", "none/index.m3u8")
    yield Case("hls-ladder-both-sick", D, {"rendition-dead"}, served("hls-fmp4", {MASTER: master}), MASTER)
    yield dead("nothing-but-comments", {"no-segments"}, ts(playlist("# a\n# b\n")))
