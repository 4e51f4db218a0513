"""HLS as it is met in the field: addresses, types, lists and live edges that look wrong and are not, or the reverse."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from tests.faults.case import Case, K, Media, Reply, Request, Serve
from tests.faults.hls_made import FILM, HTML, INDEX, MASTER, TYPE, dead, fine, lame, playlist, segments, ts
from tests.faults.stream_media import reply, served, stream

_VARIANT = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n"


def cases(media: Media) -> list[Case]:
    return [*_addresses(), *_types(), *_lists(), *_live()]


def _under(folder: str, files: Serve) -> Serve:
    return {f"{folder}/{path}": answer for path, answer in files.items()}


def _to(where: str) -> Reply:
    return Reply(status=302, headers={"Location": where, "Access-Control-Allow-Origin": "*"})


def _addresses() -> Iterator[Case]:
    film = stream("hls-ts")
    yield fine(
        "parent-path",
        {
            "a/b/index.m3u8": reply(INDEX, playlist(segments("../../x/./0.ts?a=../b"))),
            "x/0.ts": reply("0.ts", film["0.ts"]),
        },
        "a/b/index.m3u8",
    )
    yield fine("redirected-base", {**_under("cdn/v7", ts()), INDEX: _to("cdn/v7/index.m3u8?token=x")})
    yield fine(
        "redirected-variant",
        {**_under("cdn", ts()), MASTER: reply(MASTER, _VARIANT + "v.m3u8"), "v.m3u8": _to("cdn/index.m3u8")},
        MASTER,
    )
    moved = {f"{n}.ts": _to(f"cdn/{n}.ts") for n in range(6)}
    yield fine("redirected-segments", {**ts(changes=moved), **_under("cdn", ts())})
    lost = {f"{n}.ts": _to("login") for n in range(6)}
    yield dead("segments-to-login", {"segment-missing"}, {**ts(changes=lost), "login": HTML})
    yield fine(
        "spaces",
        {
            "my film/index.m3u8": reply(INDEX, playlist(segments("part 0.ts"))),
            "my%20film/index.m3u8": reply(INDEX, playlist(segments("part 0.ts"))),
            "my%20film/part%200.ts": reply("0.ts", film["0.ts"]),
        },
        "my film/index.m3u8",
    )
    yield fine("no-final-newline", ts(playlist(FILM).rstrip("\n")))
    yield fine("indented-comments", ts(playlist(FILM.replace("#EXTINF:2,", "#EXTINF:2.000, title, with commas"))))
    yield fine("no-comma", ts(playlist(FILM.replace("#EXTINF:2,", "#EXTINF:2"))))
    yield fine("version-3-floats", ts(playlist(FILM).replace("VERSION:7", "VERSION:3")))
    yield fine("old-carriage-returns", ts(playlist(FILM).replace("\n", "\r")))
    yield fine(
        "unknown-tags", ts(playlist("#EXT-X-CUE-OUT:30\n#EXT-OATCLS-SCTE35:/DAl\n#EXT-X-ALLOW-CACHE:YES\n" + FILM))
    )
    yield fine(
        "date-ranges",
        ts(playlist('#EXT-X-DATERANGE:ID="a",START-DATE="2026-01-01T00:00:00Z",X-ASSET-LIST="x"\n' + FILM)),
    )


def _types() -> Iterator[Case]:
    film = stream("hls-ts")[INDEX]
    for name, said in {
        "apple-capitals": "application/vnd.Apple.mpegURL",
        "audio": "audio/mpegurl",
        "x": "application/x-mpegURL",
        "charset": "application/vnd.apple.mpegurl; charset=utf-8",
    }.items():
        yield fine(f"type-{name}", ts(Reply(film, said)))
    for name, said in {"html": "text/html", "mp4": "video/mp2t", "plain": "text/plain"}.items():
        yield lame(f"type-{name}", {"mislabelled"}, ts(Reply(film, said)))
    yield lame("no-type", {"untyped"}, ts(Reply(film, None)))
    zipped = {
        f"text-en/{n}.vtt": Reply(
            gzip.compress(stream("hls-subs")[f"text-en/{n}.vtt"]),
            "text/vtt",
            headers={"Content-Encoding": "gzip"},
            ranges="no",
        )
        for n in range(6)
    }
    yield fine("subtitles-zipped", served("hls-subs", zipped), "text-en/index.m3u8")
    wrapped = {
        f"{n}.ts": Reply(
            gzip.compress(stream("hls-ts")[f"{n}.ts"]), "video/mp2t", headers={"Content-Encoding": "gzip"}, ranges="no"
        )
        for n in range(6)
    }
    yield fine("segments-zipped", ts(changes=wrapped))
    pages = {f"{n}.ts": Reply(b'{"error":"expired"}', "application/json") for n in range(6)}
    yield dead("segments-json", {"segment-missing"}, ts(changes=pages))
    yield fine(
        "segments-as-jpeg", ts(changes={f"{n}.ts": Reply(stream("hls-ts")[f"{n}.ts"], "image/jpeg") for n in range(6)})
    )


def _lists() -> Iterator[Case]:
    yield dead("html-instead", {"html"}, ts(HTML))
    yield dead("json-instead", {"wrong-type"}, ts(Reply(b'{"error":404}', TYPE)))
    yield dead("cut-before-first", {"bad-playlist", "no-segments"}, ts("#EXTM3U\n#EXT-X-VERS"))
    yield dead("signature-alone", {"bad-playlist", "no-segments"}, ts("#EXTM3U\n"))
    yield dead("lower-case", {"wrong-type", "bad-playlist"}, ts(playlist(FILM).lower()))
    yield dead(
        "mpd-inside",
        {"wrong-type", "bad-playlist", "not-found", "segment-missing", "no-segments"},
        ts(stream("dash-number")["manifest.mpd"].decode()),
    )
    yield dead(
        "only-iframes",
        {"no-segments"},
        served("hls-fmp4", {MASTER: '#EXTM3U\n#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI="low/iframes.m3u8"\n'}),
        MASTER,
    )
    yield dead(
        "variant-names-master", {"bad-playlist"}, {**ts(), MASTER: reply(MASTER, _VARIANT + "./master.m3u8?a")}, MASTER
    )
    yield dead(
        "key-without-address",
        {"bad-playlist", "key-missing", "bad-url"},
        ts(playlist("#EXT-X-KEY:METHOD=AES-128\n" + FILM)),
    )
    yield Case(
        "hls-key-login", K, {"forbidden"}, served("hls-aes", {"key.bin": Reply(HTML.body, "text/html", 401)}), INDEX
    )
    shut = {"Access-Control-Allow-Origin": None}
    yield dead(
        "key-no-cors", {"cors"}, served("hls-aes", {"key.bin": Reply(stream("hls-aes")["key.bin"], headers=shut)})
    )
    init = stream("hls-fmp4")["low/init.mp4"]
    yield dead(
        "init-no-cors",
        {"cors"},
        served("hls-fmp4", {"low/init.mp4": Reply(init, "video/mp4", headers=shut)}),
        "low/index.m3u8",
    )
    yield fine(
        "own-origin-allowed",
        ts(Reply(stream("hls-ts")[INDEX], TYPE, headers={"Access-Control-Allow-Origin": "https://www.example.org"})),
    )
    yield fine(
        "keys-end",
        served(
            "hls-aes",
            {INDEX: playlist("#EXT-X-KEY:METHOD=NONE\n" + segments("c.ts")), "c.ts": stream("hls-ts")["0.ts"]},
        ),
    )
    yield dead("segment-zeros", {"segment-missing"}, ts(changes={f"{n}.ts": bytes(188 * 400) for n in range(6)}))
    yield dead("segment-mp4", {"segment-missing"}, ts(changes={f"{n}.ts": HTML.body * 20 for n in range(6)}))


def _text(text: str, **headers: str | None) -> Reply:
    return Reply(text.encode(), TYPE, headers={name.replace("_", "-"): value for name, value in headers.items()})


def _window(newest: int, many: int = 8, seconds: float = 1, **marks: str) -> str:
    first = newest - many + 1
    head = f"#EXT-X-MEDIA-SEQUENCE:{first}\n{marks.get('head', '')}"
    return playlist(
        segments(*(f"s{n}.ts" for n in range(first, newest + 1)), seconds=seconds), head=head, target=1, end=False
    )


def _live() -> Iterator[Case]:
    body = stream("hls-ts")["0.ts"]
    began = datetime.now(UTC)

    def piece(n: int, keep: int = 7) -> Callable[[Request], Reply]:
        """Segment n of a server that keeps no more than are listed."""

        def answer(_: Request) -> Reply:
            newest = 100 + int((datetime.now(UTC) - began).total_seconds())
            return reply("0.ts", body) if newest - keep < n <= newest else Reply(b"", status=404)

        return answer

    def now(_: Request) -> Reply:
        return _text(_window(100 + int((datetime.now(UTC) - began).total_seconds())))

    yield fine("live-tidy", {**{f"s{n}.ts": piece(n) for n in range(80, 600)}, INDEX: now})
    whole = {f"s{n}.ts": reply("0.ts", body) for n in range(80, 200)}

    def event(request: Request) -> Reply:
        return _text(_window(100 + request.count, head="#EXT-X-PLAYLIST-TYPE:EVENT\n"))

    yield fine("live-event", {**whole, INDEX: event})
    stopped = _text(_window(100, head="#EXT-X-PLAYLIST-TYPE:EVENT\n"))
    yield dead("live-event-stopped", {"live-stopped"}, {**whole, INDEX: stopped})
    yield fine(
        "live-event-ended",
        {**whole, INDEX: _text(_window(100, head="#EXT-X-PLAYLIST-TYPE:EVENT\n") + "#EXT-X-ENDLIST\n")},
    )

    def ahead(request: Request) -> Reply:
        then = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        return _text(_window(100 + request.count, head=f"#EXT-X-PROGRAM-DATE-TIME:{then}\n"))

    yield fine("live-clock-ahead", {**whole, INDEX: ahead})

    def parts(request: Request) -> Reply:
        listed = "".join(f'#EXT-X-PART:DURATION=0.5,URI="s90.ts?p={n}"\n' for n in range(request.count + 3))
        return _text(
            "#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:2\n#EXT-X-PART-INF:PART-TARGET=0.5\n"
            "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.5\n" + listed
        )

    yield fine("live-parts-alone", {**whole, INDEX: parts})

    def skipped(request: Request) -> Reply:
        gap = "#EXT-X-GAP\n#EXTINF:1,\nlost.ts\n"
        return _text(_window(100 + request.count) + gap + "#EXTINF:1,\ns95.ts\n")

    yield fine("live-gap", {**whole, INDEX: skipped})

    def spliced(request: Request) -> Reply:
        return _text(_window(100 + request.count).replace("#EXTINF:1,\ns99", "#EXT-X-DISCONTINUITY\n#EXTINF:1,\ns99"))

    yield fine("live-discontinuity", {**whole, INDEX: spliced})
    off = Reply(b"", status=404)
    yield dead("live-off", {"not-found"}, {INDEX: off})
    master = {MASTER: reply(MASTER, _VARIANT + "index.m3u8")}
    yield dead("live-frozen-behind-master", {"live-stopped"}, {**whole, **master, INDEX: _text(_window(100))}, MASTER)

    def slow(request: Request) -> Reply:
        """A quarter of an hour late, and going on: behind its clock."""
        then = datetime.now(UTC) - timedelta(minutes=15)
        return _text(_window(100 + request.count, head=f"#EXT-X-PROGRAM-DATE-TIME:{then.isoformat()}\n"))

    yield lame("live-behind-moving", {"live-behind"}, {**whole, INDEX: slow})
