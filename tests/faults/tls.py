"""Certificates, and what is mixed with TLS that should not be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from tests.faults.case import Case, D, Media, Reply, Request, Serve, U, healthy
from tests.faults.hls_made import INDEX, playlist, segments
from tests.faults.stream_media import reply, served, stream

Film = Callable[..., Reply]


def cases(media: Media) -> list[Case]:
    film = partial(Reply, body=media["faststart.mp4"], type="video/mp4")
    return [*_certificates(film), *_mixed(film)]


def _certificates(film: Film) -> Iterator[Case]:
    serve = {"clip.mp4": film()}
    yield healthy("tls-sound", serve, tls="sound")
    yield Case("tls-soon", D, {"certificate-expires"}, serve, tls="soon")
    yield Case("tls-soon-404", U, {"not-found"}, {}, tls="soon")
    for name, reason in {
        "expired": "tls-expired", "not-yet": "tls-expired", "other-name": "tls-name", "unknown": "tls-untrusted",
        "self-signed": "tls-untrusted",
    }.items():  # fmt: skip
        yield Case(f"tls-{name}", U, {reason}, serve, tls=name)
    # Some servers hang up without a word.
    yield Case("tls-old", U, {"tls", "unreachable"}, serve, tls="old")
    yield Case("tls-asking", U, {"tls", "unreachable"}, serve, tls="asking")
    yield Case("tls-none", U, {"tls"}, serve, tls="plain")


def _mixed(film: Film) -> Iterator[Case]:
    def away(base: Callable[[Request], str], path: str) -> Callable[[Request], Reply]:
        return lambda request: Reply(status=302, headers={"Location": base(request) + path})

    def plain(request: Request) -> str:
        return request.plain

    def secure(request: Request) -> str:
        return request.secure

    yield healthy("tls-from-plain", {"clip.mp4": away(secure, "real.mp4"), "real.mp4": film()})
    there_and_back: Serve = {"clip.mp4": away(plain, "b"), "b": away(secure, "real.mp4"), "real.mp4": film()}
    yield Case("tls-to-plain", U, {"mixed-content"}, {"clip.mp4": away(_elsewhere, "a")}, tls="sound")
    yield Case("tls-to-plain-and-back", U, {"mixed-content"}, there_and_back, tls="sound")
    lost = playlist(segments("http://media.example/0.ts"))
    yield Case("tls-hls-plain-segments", U, {"mixed-content"}, {INDEX: reply(INDEX, lost)}, INDEX, tls="sound")
    yield healthy("tls-hls", served("hls-ts"), INDEX, tls="sound")
    text = stream("dash-number")["manifest.mpd"].decode()
    based = text.replace("<Period", "<BaseURL>http://media.example/</BaseURL><Period", 1)
    yield Case("tls-dash-plain-base", U, {"mixed-content"}, served("dash-number", {"manifest.mpd": based}),
               "manifest.mpd", tls="sound")  # fmt: skip
    yield healthy("tls-dash", served("dash-number"), "manifest.mpd", tls="sound")


def _elsewhere(_: Request) -> str:
    return "http://media.example/"
