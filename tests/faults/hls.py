"""HLS: playlists that no player can read, and those that all can but other probes cannot."""

from __future__ import annotations

import gzip
import json

from tests.faults.case import Case, Media, Reply, Request, U
from tests.faults.hls_made import FILM, INDEX, MASTER, TYPE, dead, fine, playlist, segments, ts
from tests.faults.stream_media import reply, served, stream


def cases(media: Media) -> list[Case]:
    return [*_playlists(), *_odd()]


def _playlists() -> list[Case]:
    """The playlist itself."""
    many = "#EXT-X-STREAM-INF:BANDWIDTH=1\n{}.m3u8\n"
    master = "#EXTM3U\n"
    return [
        dead("no-target", {"bad-playlist"}, ts("#EXTM3U\n" + FILM)),
        dead("radio-list", {"bad-playlist"}, ts("#EXTM3U\n#EXTINF:-1,Radio\n0.ts\n")),
        dead("blank-line-first", {"bad-playlist"}, ts("\n" + playlist(FILM))),
        dead("empty-list", {"no-segments"}, ts(playlist(""))),
        dead("empty-live", {"no-segments"}, ts(playlist("", end=False))),
        dead("all-gaps", {"no-segments"}, ts(playlist("#EXT-X-GAP\n#EXTINF:2,\n0.ts\n#EXT-X-GAP\n#EXTINF:2,\n1.ts\n"))),
        dead("gigabyte-line", {"bad-playlist"}, ts("#EXTM3U\n#EXTINF:2,\n" + "a" * 20_000_000)),
        dead("undefined-variable", {"bad-playlist"}, ts(playlist("#EXTINF:2,\n{$host}/0.ts\n"))),
        dead("no-such-import", {"bad-playlist"}, ts(playlist(FILM, head='#EXT-X-DEFINE:IMPORT="x"\n'))),
        dead("range-from-nowhere", {"bad-playlist"}, ts(playlist("#EXTINF:2,\n#EXT-X-BYTERANGE:188\n0.ts\n"))),
        dead("names-itself", {"bad-playlist"}, {MASTER: reply(MASTER, master + many.format("master"))}, MASTER),
        dead(
            "names-another-master",
            {"bad-playlist"},
            {
                MASTER: reply(MASTER, master + many.format("other")),
                "other.m3u8": reply("a.m3u8", master + many.format("master")),
            },
            MASTER,
        ),
        dead(
            "ten-thousand-renditions",
            {"bad-playlist"},
            {MASTER: reply(MASTER, master + "".join(many.format(n) for n in range(10_000)))},
            MASTER,
        ),
        dead(
            "master-without-variants",
            {"no-segments"},
            {MASTER: reply(MASTER, master + '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="b",URI="c"\n')},
            MASTER,
        ),
        dead(
            "no-cors", {"cors"}, ts(Reply(stream("hls-ts")[INDEX], TYPE, headers={"Access-Control-Allow-Origin": None}))
        ),
        dead(
            "other-cors",
            {"cors"},
            ts(
                Reply(
                    stream("hls-ts")[INDEX], TYPE, headers={"Access-Control-Allow-Origin": "https://elsewhere.example"}
                )
            ),
        ),
        dead(
            "bomb",
            {"bad-playlist"},
            ts(
                Reply(
                    gzip.compress(b"#EXTM3U\n" + b"a" * 50_000_000),
                    TYPE,
                    headers={"Content-Encoding": "gzip"},
                    ranges="no",
                )
            ),
        ),
        Case("hls-mixed-content", U, {"mixed-content"}, ts(), INDEX, {"page": "https://news.example/story"}),
    ]


def _odd() -> list[Case]:
    """What other probes call dead."""
    film = stream("hls-ts")[INDEX]
    text = film.decode()
    gz = gzip.compress(film)
    long = playlist("".join(f"#EXTINF:2,\n{n % 6}.ts?n={n}\n" for n in range(2000)))
    steered = json.dumps({"VERSION": 1, "TTL": 300, "PATHWAY-PRIORITY": ["A"]})
    variable = '#EXT-X-DEFINE:QUERYPARAM="token"\n#EXT-X-DEFINE:NAME="n",VALUE="0"\n'
    drm = '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://asset",KEYFORMAT="com.apple.streamingkeydelivery"\n'
    shared = "#EXT-X-STREAM-INF:BANDWIDTH={}\nindex.m3u8\n"

    def signed(request: Request) -> Reply:
        return reply("0.ts", stream("hls-ts")["0.ts"]) if request.query == "sig=a%2Bb" else Reply(b"no", status=403)

    return [
        fine("plain", ts()),
        fine("byte-order-mark", ts("\ufeff" + text)),
        fine("crlf", ts(text.replace("\n", "\r\n"))),
        fine("comments", ts(text.replace("#EXTINF", "# a comment\n\n#EXT-X-UNKNOWN:1\n#EXTINF"))),
        fine("gzip", ts(Reply(gz, TYPE, headers={"Content-Encoding": "gzip"}, ranges="no"))),
        fine("plain-text-type", ts(Reply(film, "application/octet-stream"))),
        fine("segments-untyped", ts(changes={f"{n}.ts": Reply(stream("hls-ts")[f"{n}.ts"], None) for n in range(6)})),
        fine(
            "ranges-ignored",
            ts(changes={f"{n}.ts": Reply(stream("hls-ts")[f"{n}.ts"], "video/mp2t", ranges="no") for n in range(6)}),
        ),
        fine("no-master", ts(), INDEX),
        fine("query-kept", {**ts(playlist(segments("0.ts?sig=a%2Bb"))), "0.ts": signed}),
        fine(
            "absolute-path",
            {
                INDEX: lambda request: reply(INDEX, playlist(segments(request.base + "x/0.ts"))),
                "x/0.ts": reply("0.ts", stream("hls-ts")["0.ts"]),
            },
        ),
        fine("encrypted", served("hls-aes")),
        fine("drm", ts(playlist(drm + FILM))),
        fine("byte-ranges", served("hls-ts-range")),
        fine("fragments-in-one-file", served("hls-range")),
        fine("ladder", served("hls-fmp4", {"low/iframes.m3u8": stream("hls-fmp4")["low/iframes.m3u8"]}), MASTER),
        fine("iframes-alone", served("hls-fmp4"), "low/iframes.m3u8"),
        fine("packed-audio", served("hls-mp3")),
        fine("discontinuity", served("hls-discontinuity")),
        fine("subtitles", served("hls-subs"), "text-en/index.m3u8"),
        fine(
            "some-gaps",
            ts(
                playlist(
                    "#EXT-X-GAP\n#EXTINF:2,\nnone.ts\n" + segments("0.ts", "1.ts") + "#EXT-X-GAP\n#EXTINF:2,\nnone.ts\n"
                )
            ),
        ),
        fine("variables", ts(playlist(segments("{$n}.ts?t={$token}"), head=variable)), INDEX + "?token=x"),
        fine(
            "shared-address",
            {**ts(), MASTER: reply(MASTER, "#EXTM3U\n" + "".join(shared.format(n) for n in range(1, 20)))},
            MASTER,
        ),
        fine(
            "steered",
            {
                **ts(),
                "steer.json": Reply(steered.encode(), "application/json"),
                MASTER: reply(MASTER, '#EXTM3U\n#EXT-X-CONTENT-STEERING:SERVER-URI="steer.json"\n' + shared.format(1)),
            },
            MASTER,
        ),
        fine("two-thousand-segments", ts(long)),
        fine("fractional-target", ts(text.replace("TARGETDURATION:2", "TARGETDURATION:2.5"))),
        fine("one-segment", ts(playlist(segments("0.ts")))),
        fine("strict-ranges", ts(Reply(film, TYPE, ranges="strict"))),
        fine(
            "unknown-codecs",
            {
                **ts(),
                MASTER: reply(MASTER, '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="xyz1,mp4a.40.2"\nindex.m3u8\n'),
            },
            MASTER,
        ),
    ]
