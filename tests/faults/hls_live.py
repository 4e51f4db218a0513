"""HLS: live edges that stand still, lag or go back, and those that only look so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import formatdate

from tests.faults.case import Case, D, Media, Reply, Request, U, healthy
from tests.faults.hls_made import FILM, INDEX, TYPE, dead, fine, lame, playlist, segments, ts


def cases(media: Media) -> list[Case]:
    return [*_live(), *_odd_live()]


def _window(newest: int, *, pdt: datetime | None = None, many: int = 3) -> str:
    """A live playlist of segments of one second, the last of them number `newest`."""
    first = newest - many + 1
    head = f"#EXT-X-MEDIA-SEQUENCE:{first}\n"
    if pdt:
        head += f"#EXT-X-PROGRAM-DATE-TIME:{(pdt - timedelta(seconds=many)).isoformat()}\n"
    return playlist(
        segments(*(f"{n % 6}.ts?n={n}" for n in range(first, newest + 1)), seconds=1), head=head, target=1, end=False
    )


def _text(text: str, **headers: str | None) -> Reply:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(text.encode(), TYPE, headers=sent)


def _live() -> list[Case]:
    old = datetime.now(UTC) - timedelta(hours=2)

    def backward(request: Request) -> Reply:
        return _text(_window(100 - 10 * request.count))

    def moving_and_old(request: Request) -> Reply:
        return _text(_window(100 + request.count, pdt=old + timedelta(seconds=request.count)))

    frozen = _text(_window(100))
    edge = {"sequence": 98, "last": "4.ts?n=100", "count": 3, "at": old.isoformat()}
    later = {**edge, "sequence": 198}
    return [
        dead("live-frozen", {"live-stopped"}, {**ts(), INDEX: frozen}),
        dead("live-old", {"live-stopped"}, {**ts(), INDEX: _text(_window(100, pdt=old))}),
        lame("live-behind", {"live-behind"}, {**ts(), INDEX: moving_and_old}),
        dead(
            "live-touched",
            {"live-stopped"},
            {**ts(), INDEX: lambda _: _text(_window(100, pdt=old), Last_Modified=formatdate(usegmt=True))},
        ),
        lame("live-backward", {"live-backward"}, {**ts(), INDEX: backward}),
        dead("film-without-end", {"live-stopped"}, ts(playlist("#EXT-X-PLAYLIST-TYPE:VOD\n" + FILM, end=False))),
        Case("hls-live-frozen-since", U, {"live-stopped"}, {**ts(), INDEX: frozen}, INDEX, {"before": {"edge": edge}}),
        Case("hls-live-back-since", D, {"live-backward"}, {**ts(), INDEX: frozen}, INDEX, {"before": {"edge": later}}),
        dead(
            "live-newest-missing",
            {"segment-missing"},
            {**ts(changes={"4.ts": None}), INDEX: _text(_window(100, pdt=datetime.now(UTC) + timedelta(minutes=10)))},
        ),
    ]


def _odd_live() -> list[Case]:
    def moving(request: Request) -> Reply:
        return _text(_window(100 + request.count))

    def fresh(_: Request) -> Reply:
        return _text(_window(100, pdt=datetime.now(UTC)))

    def skewed(_: Request) -> Reply:
        """The server's clock goes wrong, and its stream with it."""
        then = datetime.now(UTC) - timedelta(hours=5)
        return _text(_window(100, pdt=then), Date=formatdate(then.timestamp(), usegmt=True))

    def ending(request: Request) -> Reply:
        return _text(_window(100) + ("#EXT-X-ENDLIST\n" if request.count else ""))

    def written(request: Request) -> Reply:
        return _text(_window(100 + request.count), Last_Modified=formatdate(usegmt=True))

    def parts(_: Request) -> Reply:
        tail = '#EXT-X-PART:DURATION=0.5,URI="0.ts"\n#EXT-X-PRELOAD-HINT:TYPE=PART,URI="not-yet.ts"\n'
        control = "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.5\n#EXT-X-PART-INF:PART-TARGET=0.5\n"
        return _text(_window(100, pdt=datetime.now(UTC)).replace("#EXT-X-MEDIA-S", control + "#EXT-X-MEDIA-S") + tail)

    edge = {"sequence": 90, "last": "0.ts", "count": 3, "at": "2026-01-01T00:00:00+00:00"}
    return [
        fine("live-moving", {**ts(), INDEX: moving}),
        fine("live-fresh", {**ts(), INDEX: fresh}),
        fine("live-other-clock", {**ts(), INDEX: skewed}),
        fine("live-ending", {**ts(), INDEX: ending}),
        fine("live-just-written", {**ts(), INDEX: written}),
        fine("live-low-latency", {**ts(), INDEX: parts}),
        healthy("hls-live-moved-since", {**ts(), INDEX: _text(_window(100))}, INDEX, target={"before": {"edge": edge}}),
    ]
