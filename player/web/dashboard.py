"""`/dashboard`: for people who would rather look than read JSON.

Everything is in the HTML; the script only asks for the page anew when something has happened, and puts in what is new.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Response, render_template, request

from player.catalogue.media import Media
from player.files import static
from player.monitor.history import BadCursor, Summary
from player.monitor.incidents import Incident, Scope
from player.monitor.listing import Filter
from player.monitor.places import LATELY
from player.monitor.uptime import Stretch, share
from player.monitor.vantages import missing
from player.probe.reasons import State
from player.probe.verdict import combine
from player.settings import HOME
from player.web import query
from player.web.assets import TYPES
from player.web.availability import CURSOR, FROM_NEXT, HOST, TEXT
from player.web.caching import IMMUTABLE, NEVER, cached, tag
from player.web.manifest import at as fresh
from player.web.manifest import instant
from player.web.problems import Problem
from player.web.service import Service, current, local, now
from player.web.wording import LANGUAGES, Says, Words, choose

FILES = {"dashboard.css": "css/dashboard.css", "dashboard.js": "js/dashboard.js"}
SHOWN = 50
ENDED = 12
STRIP = timedelta(days=7)
MONTH = timedelta(days=30)
KNOWN = 100  # hosts whose certificates are looked for: those with the most that is dead, or the most
LISTED = 12  # of hosts and of certificates
BLINK = 12  # thousandths of the strip that the shortest failure takes

POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types steady-dashboard",
    )
)


def page() -> Response:
    """HTML. Query: `q`, `state`, `language`, `host`, `after`; `lang`: of the page, else as the browser likes best."""
    service, at = current(), now()
    asked = query.pattern("lang", query.LANGUAGE, "a BCP 47 language tag such as en or fa")
    words = Words(choose(asked, request.accept_languages))
    state = query.word("state", State)
    chosen: dict[str, Any] = {
        "state": None if state is None else State(state),
        "lang": _given("language", query.LANGUAGE, "a BCP 47 language tag such as en or pt-BR"),
        "host": _given("host", HOST, "a host, with its port where it has one"),
        "text": _given("q", TEXT, "1 to 200 characters of a title or an id"),
    }
    after = query.pattern("after", CURSOR, FROM_NEXT)
    with service.history.health(at) as whole:
        try:
            found = whole.failing(Filter(**chosen), after, SHOWN)
        except BadCursor:
            raise query.bad("after", FROM_NEXT) from None
        totals, hosts, languages = whole.totals().summary(), whole.hosts(KNOWN), whole.languages(60)
    lasting = service.history.incidents(lasting=True)
    html = render_template(
        "steady-player-dashboard.html",
        w=words,
        totals=totals,
        states=(State.UNAVAILABLE, State.DEGRADED, State.UNKNOWN, State.AVAILABLE),
        shares=_shares(totals),
        incidents=_incidents(service, words, lasting, at),
        ended=_incidents(service, words, service.history.incidents(lasting=False, limit=ENDED), at),
        items=_items(service, words, [one.media_id for one in found.items], at),
        hosts=hosts[:LISTED],
        languages=languages,
        vantages=_vantages(service, words, at),
        certificates=_certificates(service, words, [host for host, *_ in hosts], at),
        following=_with(after=found.next) if found.next else None,
        chosen=request.args,
        narrowed=any(chosen.values()),
        speaks=LANGUAGES,
        link=_with,
        file=lambda name: local(f"/dashboard/{name}") + "?" + _file(name)[1],
        events=local("/events"),
        availability=local("/availability/"),
        latest=service.history.latest_transition(),
        instant=instant,
        at=at,
    )
    response = Response(html, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = NEVER
    response.headers["Content-Language"] = words.lang
    response.headers["Vary"] = "Accept-Language"
    return response


def file(name: str) -> Response:
    """`/dashboard/<name>`: the page's own style sheet and script."""
    if name not in FILES:
        raise Problem(404, "There is nothing at this address.")
    body, version = _file(name)
    return cached(Response(body, content_type=TYPES[Path(name).suffix]), cache=IMMUTABLE, etag=version)


@lru_cache(maxsize=len(FILES))
def _file(name: str) -> tuple[bytes, str]:
    body = (static() / FILES[name]).read_bytes()
    return body, tag(body)


def _given(name: str, shape: Any, allowed: str) -> str | None:
    """A field of the form: left empty it is not there."""
    return query.pattern(name, shape, allowed) if request.args.get(name) else None


def _with(**changed: str | None) -> str:
    """This page's address with another choice; a new choice begins at the first page."""
    kept = {name: value for name, value in request.args.items() if name != "after" and value}
    told = {name: value for name, value in {**kept, **changed}.items() if value}
    return "?" + urlencode(told)


@dataclass(frozen=True, slots=True)
class Trouble:
    """An incident as it is shown. `title`: the item's, or the host."""

    incident: Incident
    title: str
    lang: str | None
    page: str | None
    means: Says
    do: Says | None
    lasted: str

    @property
    def is_host(self) -> bool:
        return self.incident.scope is Scope.HOST


def _incidents(service: Service, words: Words, found: list[Incident], at: datetime) -> list[Trouble]:
    items = service.catalogue.get_many([one.subject for one in found if one.scope is Scope.ITEM])
    told = []
    for one in found:
        item = items.get(one.subject)
        told.append(
            Trouble(
                incident=one,
                title=item.title if item else one.subject,
                lang=item.lang if item else None,
                page=item.page if item else None,
                means=words.means(one.reason),
                do=words.do(one.reason),
                lasted=words.span((one.ended_at or at) - one.started_at),
            )
        )
    # Hosts first: they are the cause of more.
    return sorted(told, key=lambda one: not one.is_host)


@dataclass(frozen=True, slots=True)
class Row:
    """One item. `strip`: its last week, in thousandths: position, width, playing or not or None.
    `uptime`: of 30 days, in words; None where nothing is known. `means`: what the reason does; or, where some vantage
    points alone lack it, which."""

    media: Media
    state: State
    reason: str
    means: Says
    since: datetime
    strip: list[tuple[float, float, bool | None]]
    uptime: str | None


def _items(service: Service, words: Words, ids: list[str], at: datetime) -> list[Row]:
    media, held = service.catalogue.get_many(ids), service.history.for_items(ids)
    rows = []
    for media_id in ids:
        if media_id in media:
            verdicts = [one.verdict for one in fresh(held[media_id], at)]
            whole = combine(verdicts)
            past = service.history.stretches(media_id, at)
            strip, month = _strip(past, at), _percent(past, at)
            uptime = None if month is None else words.percent(month)
            means = _means(words, whole.reason, missing(verdicts))
            rows.append(Row(media[media_id], whole.state, whole.reason, means, whole.since, strip, uptime))
    return rows


def _means(words: Words, reason: str, missing_from: list[str]) -> Says:
    if not missing_from:
        return words.means(reason)
    return Says(words("vantage.missing", names=", ".join(missing_from)), words.lang)


@dataclass(frozen=True, slots=True)
class Vantage:
    """A place that is looked from. `level`: of `State`, for the eye: it is silent, or something is dead from there."""

    name: str
    seen_at: datetime
    told: str
    level: State


def _vantages(service: Service, words: Words, at: datetime) -> list[Vantage]:
    """None while only home looks."""
    places = service.history.places.known()
    if all(place.name == HOME for place in places):
        return []
    told = []
    for place in places:
        dead, ago = place.counts.get(State.UNAVAILABLE, 0), max(timedelta(0), at - place.seen_at)
        level = State.UNAVAILABLE if ago > LATELY else State.DEGRADED if dead else State.AVAILABLE
        says = [words("vantage.dead", n=dead)] if dead else []
        says.append(words("vantage.heard", span=words.span(ago)))
        told.append(Vantage(place.name, place.seen_at, " · ".join(says), level))
    return told


@dataclass(frozen=True, slots=True)
class Expiry:
    """When a host's certificate runs out, in words. `level`: of `State`, for the eye."""

    host: str
    until: datetime
    told: str
    level: State


def _certificates(service: Service, words: Words, hosts: list[str], at: datetime) -> list[Expiry]:
    warn = timedelta(days=service.settings.tls_warn_days)
    told = []
    for one in service.history.certificates(hosts)[:LISTED]:
        left = one.until - at
        over = left <= timedelta(0)
        says = words("certificate.over" if over else "certificate.left", span=words.span(abs(left)))
        level = State.UNAVAILABLE if over else State.DEGRADED if left <= warn else State.AVAILABLE
        told.append(Expiry(one.host, one.until, says, level))
    return told


def _shares(totals: Summary) -> list[tuple[State, float, float]]:
    """The bar above everything: each state with where it begins and how wide it is, in thousandths."""
    told, left = [], 0.0
    for state in (State.AVAILABLE, State.UNKNOWN, State.DEGRADED, State.UNAVAILABLE):
        width = totals.states[state] / totals.items * 1000 if totals.items else 0.0
        if width:
            told.append((state, round(left, 1), round(width, 1)))
        left += width
    return told


def _strip(past: list[Stretch], at: datetime) -> list[tuple[float, float, bool | None]]:
    begin, told = at - STRIP, []
    for stretch in past:
        if stretch.end > begin:
            left = max(stretch.start, begin)
            # A blink must be seen all the same.
            width = max((stretch.end - left) / STRIP * 1000, BLINK if stretch.playing is False else 0)
            start = min((left - begin) / STRIP * 1000, 1000 - width)
            told.append((round(start, 1), round(width, 1), stretch.playing))
    # What is bad is drawn last, and so lies on top.
    return sorted(told, key=lambda one: (one[2] is False, one[2] is None))


def _percent(past: list[Stretch], at: datetime) -> str | None:
    good, known = share(past, at - MONTH, at)
    if not known:
        return None
    # Rounded down: what was not quite always must not read as always.
    hundredths = int(good / known * 10_000)
    return "100" if hundredths == 10_000 else f"{hundredths // 100}.{hundredths % 100:02}"
