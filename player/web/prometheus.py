"""What Prometheus asks beside `/metrics`: one catalogued target at a time, and where the targets are.

`/probe?target=` follows the multi-target pattern of exporters, but asks no network: it tells what the monitor holds.
`/sd` is for `http_sd_configs`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flask import Response, request
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from player.monitor.history import SourceVerdict, as_of
from player.probe.reasons import State
from player.web import query
from player.web.caching import NEVER, json_response
from player.web.problems import Problem
from player.web.service import absolute, current, now

TARGETS = 10_000
"""Items in one answer of `/sd`; Prometheus itself slows down long before."""


def probe() -> Response:
    """`target`: an item's id, or the address of one of its sources."""
    target = request.args.get("target", "")
    service = current()
    held = service.history.for_item(target) if service.item(target) else service.history.for_src(target)
    if not held:
        raise Problem(
            404,
            "target is neither the id of an item in the catalogue nor the address of one of its sources.",
            parameter="target",
        )
    registry = CollectorRegistry()
    registry.register(_Probed(held))
    encoder, content_type = choose_encoder(request.headers.get("Accept", ""))
    response = Response(encoder(registry), content_type=content_type)
    response.headers["Cache-Control"] = NEVER
    response.headers["Vary"] = "Accept"
    return response


class _Probed(Collector):
    """`probe_success` as every exporter of this pattern has it, and what is behind it."""

    def __init__(self, held: list[SourceVerdict]) -> None:
        self._held = held

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterator[Metric]:
        at = now()
        verdicts = [as_of(one.verdict, at) for one in self._held]
        playing = any(verdict.state in (State.AVAILABLE, State.DEGRADED) for verdict in verdicts)
        yield GaugeMetricFamily("probe_success", "Whether some source is held to play.", value=playing)
        seconds = max(one.ms for one in self._held) / 1000
        yield GaugeMetricFamily(
            "probe_duration_seconds", "How long the slowest source's last probe took.", value=seconds
        )
        states = GaugeMetricFamily(
            "steady_player_source_state", "1 for the state that is held.", labels=["src", "state"]
        )
        reasons = GaugeMetricFamily("steady_player_source_reason", "1 for the reason held.", labels=["src", "reason"])
        for one, verdict in zip(self._held, verdicts, strict=True):
            for state in State:
                states.add_metric([one.src, str(state)], verdict.state is state)
            reasons.add_metric([one.src, verdict.reason], 1)
        yield states
        yield reasons
        checked = min(verdict.checked_at for verdict in verdicts).timestamp()
        yield GaugeMetricFamily("steady_player_probe_timestamp_seconds", "When the oldest probe ended.", value=checked)


def discovery() -> Response:
    """The items on offer, for `http_sd_configs`; `after` and `limit` page through a large catalogue."""
    service = current()
    limit = query.whole("limit", 1, TARGETS, TARGETS)
    items = service.catalogue.list(after=request.args.get("after"), limit=limit)
    at = now()
    told = [
        {
            "targets": [item.id],
            "labels": {
                "__meta_steady_player_kind": str(item.kind),
                "__meta_steady_player_lang": item.lang or "",
                "__meta_steady_player_lifecycle": str(item.lifecycle(at)),
                "__metrics_path__": "/probe",
                "__param_target": item.id,
            },
        }
        for item in items
    ]
    response = json_response(told, cache=NEVER)
    if len(items) == limit:
        response.headers["Link"] = f'<{absolute("/sd")}?limit={limit}&after={items[-1].id}>; rel="next"'
    return response
