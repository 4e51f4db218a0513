"""What is told of plain rows is what the objects say that they came from."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from player.catalogue.media import Media, to_json
from player.monitor.entries import as_of
from player.monitor.history import SourceVerdict
from player.monitor.plain import Beside, Held, Item, held_of, item_of, moment, text
from player.monitor.vantages import told_of
from player.probe.reasons import REASONS
from player.probe.verdict import Verdict, combine
from player.web.caching import decode
from player.web.manifest import OFFERED, claim_of, health, instant, lifecycle, manifest, together
from tests import rows, strategies
from tests.rows import NOW

VERDICTS = st.builds(
    lambda row: Verdict(
        REASONS[row.reason].state, row.reason, row.since, row.checked_at, row.fresh_until, row.evidence
    ),
    rows.ROWS,
)


def claim(verdict: Verdict) -> tuple[str, ...]:
    times = (verdict.since, verdict.checked_at, verdict.fresh_until)
    return (verdict.state.value, verdict.reason, *map(text, times))


@given(item=strategies.media(), now=rows.MOMENTS)
def test_lifecycles(item: Media, now: datetime) -> None:
    for at in (now, item.published_at, item.starts_at, item.expires_at):
        if at is not None:
            assert lifecycle(item_of(item), text(at)) == item.lifecycle(at)


@given(verdicts=st.lists(VERDICTS, max_size=4), now=rows.MOMENTS)
def test_what_may_be_claimed(verdicts: list[Verdict], now: datetime) -> None:
    held = [Held(0, 1, "a", None, None, None, None, None, *claim(one)) for one in verdicts]  # type: ignore[arg-type]
    told = [as_of(one, now) for one in verdicts]
    assert [claim_of(one, text(now)) for one in held] == [claim(one) for one in told]
    assert together([claim_of(one, text(now)) for one in held]) == claim(combine(told))


@given(item=strategies.media(), verdict=VERDICTS)
def test_an_item_is_told_as_its_file_has_it(item: Media, verdict: Verdict) -> None:
    held = [SourceVerdict(7, item.id, item.sources[0].src, verdict, 1, 2, 3.14)]
    told = manifest(item, held, now=NOW, interval=59.5)
    file = to_json(item)
    offered = item.lifecycle(NOW) in OFFERED
    hidden = ("published_at", "expires_at", "live", "removed")
    own = {name: value for name, value in file.items() if name not in (*hidden, "sources", "tracks")}
    assert {name: told[name] for name in own} == own
    assert (told["retry_after"], told["lifecycle"]) == (60, item.lifecycle(NOW))
    assert told.get("tracks") == (file.get("tracks") if offered else None)
    claimed = as_of(verdict, NOW)
    verdict_keys = ("state", "reason", "fresh_until", "anyway", "needs", "vantages")
    stripped = [{name: value for name, value in one.items() if name not in verdict_keys} for one in told["sources"]]
    assert stripped == (file["sources"] if offered else [])
    if offered:
        first = told["sources"][0]
        assert (first["state"], first["reason"]) == (told["state"], told["reason"]) == (claimed.state, claimed.reason)
        assert first.get("fresh_until") == instant(claimed.fresh_until)
        assert first.get("needs") == claimed.evidence.get("needs")
        seen = {name: (one.state, one.reason) for name, one in told_of(claimed).items()}
        assert {name: (one["state"], one["reason"]) for name, one in first.get("vantages", {}).items()} == seen
    known = health(item, held, now=NOW, evidence=True)["sources"]
    assert [(one["evidence"], one["ms"]) for one in known] == [(claimed.evidence, 3.1)]


@given(rows.MOMENTS, rows.MOMENTS)
def test_texts_sort_as_moments_do(one: datetime, other: datetime) -> None:
    assert moment(text(one)) == one
    assert (text(one) < text(other)) == (one < other)


def test_json_that_is_spoilt_reads_as_empty() -> None:
    assert decode('{"a": 1180591620717411303424}') == {"a": 2**70}
    assert [decode(told) for told in ('{"a": 1} x', "{", "", None, {"b": 1})] == [{}, {}, {}, {}, {"b": 1}]
    assert decode(' {"a": 1} ') == {"a": 1}


def test_no_field_is_forgotten() -> None:
    assert {field.name for field in fields(Media)} == {*Item._fields, "sources", "tracks"}
    assert held_of((), []) == []
    assert Beside("x", "captions", None, None, False).kind == "captions"
