"""`/metrics`: aggregates for Prometheus, read from the database when asked, so that every process tells the same.

No series bears an item's id or an address: their number depends on the vocabulary, never on the catalogue.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from flask import Response, request
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from player.monitor.places import COUNTED, ENOUGH
from player.monitor.worker import Monitor
from player.probe.reasons import REASONS, State
from player.settings import HOME
from player.web.caching import NEVER
from player.web.service import Service, current, now, version


def metrics() -> Response:
    registry = CollectorRegistry()
    registry.register(_Aggregates(current()))
    encoder, content_type = choose_encoder(request.headers.get("Accept", ""))
    response = Response(encoder(registry), content_type=content_type)
    response.headers["Cache-Control"] = NEVER
    response.headers["Vary"] = "Accept"
    return response


class _Aggregates(Collector):
    def __init__(self, service: Service) -> None:
        self._service = service

    def describe(self) -> Iterable[Metric]:
        return ()  # registering must not ask the database

    def collect(self) -> Iterator[Metric]:
        yield _build(self._service)
        yield from _store(self._service)
        yield from _vantages(self._service)
        yield from _telling(self._service)
        if self._service.monitor is not None:
            yield from _monitor(self._service.monitor)


def _build(service: Service) -> Metric:
    widget = service.assets.version if service.assets else ""
    return InfoMetricFamily("steady_player_build", "What runs here.", value={"version": version(), "widget": widget})


def _store(service: Service) -> Iterator[Metric]:
    at = now()
    totals = service.history.totals(at)
    states: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    items: Counter[str] = Counter()
    for (_, state, reason), count in totals.sources.items():
        states[str(state)] += count
        reasons[reason] += count
    for (_, state, _), count in totals.items.items():
        items[str(state)] += count
    vocabulary = sorted({*REASONS, *reasons})
    yield _gauge("items", "Items on offer, by state.", "state", items, map(str, State))
    yield _gauge("sources", "Sources of items on offer, by state.", "state", states, map(str, State))
    yield _gauge("sources_by_reason", "Sources of items on offer, by reason.", "reason", reasons, vocabulary)
    backlog = service.history.backlog(at)
    late = (at - backlog.oldest).total_seconds() if backlog.oldest else 0.0
    yield GaugeMetricFamily(
        "steady_player_probes_due", "Sources whose probe is due, counted up to 20,000.", value=backlog.due
    )
    yield GaugeMetricFamily("steady_player_probe_lag_seconds", "How late the oldest due probe is.", value=late)
    yield GaugeMetricFamily(
        "steady_player_items_wanted",
        "Items that readers ask for again and again, which are probed as often as new ones.",
        value=service.history.interest.number(at),
    )
    if backlog.oldest:
        yield _moment("probe_oldest_due", "When the longest due probe was due.", backlog.oldest.timestamp())
    if totals.checked_at:
        yield _moment("probe_latest", "When the latest probe ended.", totals.checked_at.timestamp())


def _vantages(service: Service) -> Iterator[Metric]:
    """What is seen from where, as each place has taken stock of it last; nothing while only home looks."""
    places = service.history.places.known()
    if all(place.name == HOME for place in places):
        return
    sources = GaugeMetricFamily(
        "steady_player_vantage_sources",
        f"Sources that are not in order from one vantage point, by state, {ENOUGH} at the most.",
        labels=["vantage", "state"],
    )
    seen = GaugeMetricFamily(
        "steady_player_vantage_seen_timestamp_seconds", "When its monitors were heard of last.", labels=["vantage"]
    )
    for place in places:
        seen.add_metric([place.name], place.seen_at.timestamp())
        for state in COUNTED:
            sources.add_metric([place.name, str(state)], place.counts.get(state, 0))
    yield sources
    yield seen


def _telling(service: Service) -> Iterator[Metric]:
    """Incidents, and whether those who are to be told of them have been."""
    lasting = {str(scope): number for scope, number in service.history.lasting_incidents().items()}
    yield _gauge("incidents", "Incidents that last, by what they are about.", "scope", lasting, lasting)
    number, seconds = service.history.outbox.waiting(now())
    yield GaugeMetricFamily("steady_player_alerts_waiting", "Alerts that are to be delivered.", value=number)
    yield GaugeMetricFamily(
        "steady_player_alerts_waiting_seconds", "For how long the first of them has waited.", value=seconds
    )


def _monitor(monitor: Monitor) -> Iterator[Metric]:
    status = monitor.status
    healthy = status.alive and status.error is None
    yield GaugeMetricFamily("steady_player_monitor_up", "Whether this process's monitor does its work.", value=healthy)
    yield GaugeMetricFamily("steady_player_probes_in_flight", "Probes under way here.", value=status.in_flight)
    ended = CounterMetricFamily("steady_player_probes", "Probes ended in this process, by state.", labels=["state"])
    for state in State:
        ended.add_metric([str(state)], status.probes.get(state, 0))
    yield ended


def _gauge(name: str, text: str, label: str, counts: dict[str, int] | Counter[str], values: Iterable[str]) -> Metric:
    """One series for each of `values`, zeros included: a series that comes and goes cannot be alerted on."""
    family = GaugeMetricFamily(f"steady_player_{name}", text, labels=[label])
    for value in values:
        family.add_metric([value], counts.get(value, 0))
    return family


def _moment(name: str, text: str, seconds: float) -> Metric:
    return GaugeMetricFamily(f"steady_player_{name}_timestamp_seconds", text, value=seconds)
