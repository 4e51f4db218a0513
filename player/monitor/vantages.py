"""One source seen from several places: a geo-block, a censor or one broken edge is told from a dead source. Pure.

A monitor may carry the name of its vantage point; one without a name is at `HOME`. Each holds a verdict of its own,
with its own suspicions, and all that are fresh are judged together:

- what plays wherever anybody knows plays, as well as it does where it plays worst
- what plays from some vantage points and not from others is `degraded`, reason `not-everywhere`
- what plays from none is as dead as they say; one that knows nothing (`unknown`) has no say

A vantage whose sighting is stale, because its workers are gone, has none either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from player.monitor.hysteresis import FLAPPING
from player.probe.reasons import State
from player.probe.verdict import Verdict, combine
from player.settings import HOME

ELSEWHERE = "not-everywhere"
BLOCKED = "geo-blocked"  # by its own word it plays elsewhere, so it does not play there
TOLD = ("status", "detail")  # of the evidence of a vantage from which it does not play

_STATES = frozenset(State)


@dataclass(frozen=True, slots=True)
class Sighting:
    """What is held of a source at one vantage point."""

    vantage: str
    verdict: Verdict

    @property
    def plays(self) -> bool:
        return self.verdict.state in (State.AVAILABLE, State.DEGRADED) and self.verdict.reason != BLOCKED

    @property
    def soundly(self) -> bool:
        """It plays, and not merely now and then."""
        return self.plays and self.verdict.reason != FLAPPING

    @property
    def knows(self) -> bool:
        return self.verdict.state is not State.UNKNOWN


def judge(sightings: Sequence[Sighting], now: datetime) -> Verdict:
    """The verdict of all that are fresh at `now`; where none is, of the latest. Raises `ValueError` for none at all.

    One alone is believed as it stands. Of several, home counts as the first and the others come by name: the first of
    the worst lends its reason. `checked_at` and `fresh_until` are the latest ones, since each record judges anew;
    `since`: when the last of what is told began. Evidence `vantages`: what each says, by name.
    """
    fresh = sorted(
        (one for one in sightings if one.verdict.fresh_until >= now), key=lambda one: home_first(one.vantage)
    )
    if not sightings:
        raise ValueError("nobody has seen it")
    if not fresh:
        return max(sightings, key=lambda one: one.verdict.checked_at).verdict
    if len(fresh) == 1:
        (alone,) = fresh
        return alone.verdict if alone.vantage == HOME else _with_told(alone.verdict, fresh)
    voices = [one for one in fresh if one.knows] or fresh
    verdict = _weighed(voices)
    return _with_told(
        replace(
            verdict,
            checked_at=max(one.verdict.checked_at for one in fresh),
            fresh_until=max(one.verdict.fresh_until for one in voices),
        ),
        fresh,
    )


def _weighed(voices: Sequence[Sighting]) -> Verdict:
    """Of voices in the order of their rank, all of which know something, or none does."""
    sound = [one.verdict for one in voices if one.soundly]
    rest = [one.verdict for one in voices if not one.soundly]
    if sound and rest:
        # Told from the moment at which there were both.
        since = max(min(one.since for one in part) for part in (sound, rest))
        return replace(sound[0], state=State.DEGRADED, reason=ELSEWHERE, since=since)
    flapping = [one for one in rest if one.reason == FLAPPING]
    worst = min(sound or flapping or rest, key=lambda one: _WORST.index(one.state))
    if worst.state is State.DEGRADED:
        return worst
    # It died, or came back, when the last of them did.
    return replace(worst, since=max(one.since for one in sound or rest if one.state is worst.state))


_WORST = (State.UNAVAILABLE, State.DEGRADED, State.AVAILABLE, State.UNKNOWN)


def _with_told(verdict: Verdict, fresh: Sequence[Sighting]) -> Verdict:
    return replace(verdict, evidence={**verdict.evidence, "vantages": {one.vantage: _told(one) for one in fresh}})


def _told(one: Sighting) -> dict[str, Any]:
    verdict = one.verdict
    facts = {
        "state": verdict.state.value,
        "reason": verdict.reason,
        "since": verdict.since.isoformat(timespec="seconds"),
        "checked_at": verdict.checked_at.isoformat(timespec="seconds"),
    }
    if not one.plays:
        facts |= {name: verdict.evidence[name] for name in TOLD if verdict.evidence.get(name)}
    return facts


def told_of(verdict: Verdict) -> dict[str, Verdict]:
    """A source's verdicts by vantage point, as its evidence has them; empty where it was judged by one alone."""
    told = verdict.evidence.get("vantages")
    if not isinstance(told, Mapping):
        return {}
    return {str(name): _read(one, verdict) for name, one in told.items() if isinstance(one, Mapping)}


def _read(told: Mapping[str, Any], whole: Verdict) -> Verdict:
    state, reason = told.get("state"), told.get("reason")
    if state not in _STATES or not isinstance(reason, str):  # not of our writing
        state, reason = State.UNKNOWN, "probe-failed"
    since, checked = (_moment(told.get(name), whole.checked_at) for name in ("since", "checked_at"))
    return Verdict(State(state), reason, since, checked, whole.fresh_until)


def _moment(text: object, otherwise: datetime) -> datetime:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return otherwise
    return found.astimezone(UTC) if found.tzinfo else otherwise


def by_vantage(verdicts: Sequence[Verdict]) -> dict[str, Verdict]:
    """An item's verdicts by vantage point, home first, of its sources' verdicts in their order.

    Empty where no source was seen from a named one. What a source was not seen from counts as unknown there.
    """
    return {name: combine(own) for name, own in _each(verdicts).items()}


def missing(verdicts: Sequence[Verdict]) -> list[str]:
    """The vantage points from which none of an item's sources plays, while one does from another."""
    seen = {name: [Sighting(name, verdict) for verdict in own] for name, own in _each(verdicts).items()}
    if not any(one.soundly for own in seen.values() for one in own):
        return []
    return [name for name, own in seen.items() if all(one.knows and not one.plays for one in own)]


def _each(verdicts: Sequence[Verdict]) -> dict[str, list[Verdict]]:
    """What each vantage point holds of each source."""
    told = [told_of(verdict) for verdict in verdicts]
    names = sorted({name for of_source in told for name in of_source}, key=home_first)
    if not names:
        return {}

    def own(verdict: Verdict, of_source: Mapping[str, Verdict], name: str) -> Verdict:
        if name in of_source:
            return of_source[name]
        if name == HOME and not of_source:
            return verdict
        return replace(verdict, state=State.UNKNOWN, reason="unchecked", evidence={})

    pairs = list(zip(verdicts, told, strict=True))
    return {name: [own(*pair, name) for pair in pairs] for name in names}


def home_first(name: str) -> tuple[bool, str]:
    """The order in which they are told."""
    return (name != HOME, name)
