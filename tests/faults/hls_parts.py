"""HLS: segments, initialisation segments, keys, and the renditions of a ladder."""

from __future__ import annotations

from tests.faults.case import Case, K, Media, Reply, Serve, U
from tests.faults.hls_made import HTML, INDEX, MASTER, changed, dead, lame, playlist, segments, ts
from tests.faults.stream_media import Changes, reply, served, stream


def cases(media: Media) -> list[Case]:
    return [*_parts(), *_renditions()]


def _parts() -> list[Case]:
    """Segments, initialisation segments, keys."""
    no_cors = {"Access-Control-Allow-Origin": None}
    first = stream("hls-ts")["0.ts"]
    init = stream("hls-fmp4")["low/init.mp4"]
    low = "low/index.m3u8"
    inner = served("hls-fmp4")

    def fmp4(changes: Changes) -> Serve:
        return served("hls-fmp4", changes)

    return [
        dead("first-missing", {"segment-missing"}, ts(changes={"0.ts": None})),
        dead("middle-missing", {"segment-missing"}, ts(changes={"3.ts": None})),
        dead("last-missing", {"segment-missing"}, ts(changes={"5.ts": None})),
        dead("segment-html", {"segment-missing"}, ts(changes={"0.ts": HTML})),
        dead("segment-empty", {"segment-missing"}, ts(changes={"5.ts": b""})),
        dead("segment-text", {"segment-missing"}, ts(changes={"5.ts": "quota exceeded"})),
        dead("segment-noise", {"segment-missing"}, ts(changes={"3.ts": bytes(range(1, 200)) * 100})),
        dead("segment-500", {"segment-missing"}, ts(changes={"3.ts": Reply(b"oh", status=500)})),
        dead("segment-cut-off", {"segment-missing"}, ts(changes={"3.ts": Reply(first, cut=100)})),
        Case(
            "hls-segment-silent",
            U,
            {"segment-missing"},
            ts(changes={"3.ts": Reply(first, stall=100)}),
            INDEX,
            silent=True,
        ),
        dead(
            "segment-signature-over",
            {"expired-signature"},
            ts(playlist(segments("0.ts?Expires=1600000000&Signature=x")), {"0.ts": Reply(b"no", status=403)}),
        ),
        Case(
            "hls-segment-forbidden",
            K,
            {"forbidden"},
            ts(changes={f"{n}.ts": Reply(b"no", status=403) for n in range(6)}),
            INDEX,
        ),
        dead(
            "segment-no-cors",
            {"cors"},
            ts(changes={f"{n}.ts": Reply(first, "video/mp2t", headers=no_cors) for n in range(6)}),
        ),
        dead("last-no-cors", {"cors"}, ts(changes={"5.ts": Reply(first, "video/mp2t", headers=no_cors)})),
        lame("segment-short", {"segment-short"}, ts(changes={"3.ts": first[:9000]})),
        Case("hls-segments-private", K, {"address-refused"}, ts(playlist(segments("http://10.0.0.1/0.ts"))), INDEX),
        Case(
            "hls-segments-metadata",
            K,
            {"address-refused"},
            ts(playlist(segments("http://169.254.169.254/latest/meta-data"))),
            INDEX,
        ),
        dead("segments-file", {"bad-url"}, ts(playlist(segments("file:///etc/passwd")))),
        Case(
            "hls-segment-redirect-private",
            K,
            {"address-refused"},
            ts(changes={f"{n}.ts": Reply(status=302, headers={"Location": "http://10.0.0.1/"}) for n in range(6)}),
            INDEX,
        ),
        dead("init-missing", {"segment-missing"}, fmp4({"low/init.mp4": None}), low),
        dead("init-html", {"segment-missing"}, fmp4({"low/init.mp4": HTML}), low),
        dead(
            "no-init",
            {"segment-missing"},
            fmp4({low: changed("hls-fmp4", low, '#EXT-X-MAP:URI="init.mp4"\n', "")}),
            low,
        ),
        dead("init-is-a-segment", {"segment-missing"}, fmp4({"low/init.mp4": stream("hls-fmp4")["low/0.m4s"]}), low),
        lame("fragment-short", {"segment-short"}, fmp4({"low/5.m4s": stream("hls-fmp4")["low/5.m4s"][:9000]}), low),
        dead("key-missing", {"key-missing"}, served("hls-aes", {"key.bin": None})),
        dead("key-html", {"key-missing"}, served("hls-aes", {"key.bin": HTML})),
        dead("key-short", {"key-missing"}, served("hls-aes", {"key.bin": b"short"})),
        Case("hls-key-forbidden", K, {"forbidden"}, served("hls-aes", {"key.bin": Reply(b"no", status=403)}), INDEX),
        lame("encrypted-short", {"segment-short"}, served("hls-aes", {"0.ts": stream("hls-aes")["0.ts"][:9001]})),
        dead(
            "range-past-end",
            {"segment-missing", "segment-short"},
            served("hls-ts-range", {"all.ts": stream("hls-ts-range")["all.ts"][:100_000]}),
        ),
        dead(
            "range-ignored",
            {"wrong-range"},
            served("hls-ts-range", {"all.ts": Reply(stream("hls-ts-range")["all.ts"], "video/mp2t", ranges="no")}),
        ),
        dead(
            "wrong-offsets",
            {"segment-missing"},
            served("hls-ts-range", {"all.ts": b"x" * 99 + stream("hls-ts-range")["all.ts"]}),
        ),
        lame(
            "codecs-lie",
            {"codec-mismatch"},
            {
                **inner,
                MASTER: reply(
                    MASTER, changed("hls-fmp4", MASTER, "avc1.4d400b,mp4a.40.2", "hvc1.1.6.L93.B0,mp4a.40.2")
                ),
            },
            MASTER,
        ),
        lame(
            "codecs-without-sound",
            {"codec-mismatch"},
            {**inner, MASTER: reply(MASTER, changed("hls-fmp4", MASTER, ",mp4a.40.2", ""))},
            MASTER,
        ),
        lame(
            "codecs-lie-ts",
            {"codec-mismatch"},
            {
                **ts(),
                MASTER: reply(
                    MASTER, '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="hvc1.1.6.L93,mp4a.40.2"\nindex.m3u8\n'
                ),
            },
            MASTER,
        ),
        dead("init-truncated", {"segment-missing", "segment-short"}, fmp4({"low/init.mp4": init[:200]}), low),
    ]


def _renditions() -> list[Case]:
    def ladder(changes: Changes) -> Serve:
        return served("hls-fmp4", changes)

    def sounds(changes: Changes) -> Serve:
        return served("hls-audio", changes)

    def words(changes: Changes) -> Serve:
        return served("hls-subs", changes)

    lost = dict.fromkeys(("low/index.m3u8", "high/index.m3u8"))
    groups = changed("hls-audio", MASTER, 'GROUP-ID="sound"', 'GROUP-ID="noise"')
    return [
        lame("one-variant-404", {"rendition-dead"}, ladder({"high/index.m3u8": None}), MASTER),
        lame("one-variant-html", {"rendition-dead"}, ladder({"low/index.m3u8": HTML}), MASTER),
        lame("one-variant-last-segment", {"rendition-dead"}, ladder({"high/5.m4s": None}), MASTER),
        lame("iframes-404", {"rendition-dead"}, ladder({"low/iframes.m3u8": None}), MASTER),
        dead("all-variants-404", {"not-found"}, ladder(lost), MASTER),
        dead("all-variants-html", {"html"}, ladder(dict.fromkeys(lost, HTML)), MASTER),
        dead("all-inits-404", {"segment-missing"}, ladder({"low/init.mp4": None, "high/init.mp4": None}), MASTER),
        lame("one-sound-404", {"rendition-dead"}, sounds({"sound-fa/index.m3u8": None}), MASTER),
        dead(
            "all-sounds-404", {"not-found"}, sounds({"sound-fa/index.m3u8": None, "sound-en/index.m3u8": None}), MASTER
        ),
        lame(
            "sound-is-picture",
            {"rendition-dead", "codec-mismatch"},
            sounds({"sound-fa/init.mp4": b"", "sound-fa/0.m4s": HTML}),
            MASTER,
        ),
        lame("no-such-group", {"rendition-dead"}, sounds({MASTER: groups}), MASTER),
        lame("subtitles-404", {"rendition-dead"}, words({"text-en/index.m3u8": None}), MASTER),
        lame("subtitles-html", {"rendition-dead"}, words({f"text-en/{n}.vtt": HTML for n in range(6)}), MASTER),
        lame(
            "steering-404",
            {"steering-missing"},
            ladder(
                {
                    MASTER: changed(
                        "hls-fmp4",
                        MASTER,
                        "#EXT-X-VERSION:7\n",
                        '#EXT-X-VERSION:7\n#EXT-X-CONTENT-STEERING:SERVER-URI="steer.json"\n',
                    )
                }
            ),
            MASTER,
        ),
    ]
