"""`/steering/<id>`: where players of a stream should fetch it now, by the verdicts (RFC 8216bis section 7; DASH by
ETSI TS 103 998, whose manifest is the same).

    #EXT-X-CONTENT-STEERING:SERVER-URI="https://media.example.org/steering/river-crossing",PATHWAY-ID="cdn.example.org"
    #EXT-X-STREAM-INF:BANDWIDTH=800000,PATHWAY-ID="cdn.example.org"

A pathway is a host of the item's sources, under the host's name. The dead ones are left out while another is not, so
that nobody goes there or stays. A stream that names only the pathway of the first source can be led to the others all
the same: they are its clones, where they have the file under the same path and port.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from player.probe.reasons import State

STEERING = "application/vnd.apple.steering-list"

SOONEST, LATEST = 15, 300
"""Seconds after which a player asks again; what is there is cached as long."""

# Whatever may be wrong with it, an unknown one is not known to be dead.
RANKS = {State.AVAILABLE: 0, State.DEGRADED: 1, State.UNKNOWN: 2, State.UNAVAILABLE: 3}


def steering_manifest(held: Sequence[tuple[str, str]], interval: float) -> dict[str, Any]:
    """`held`: addresses with their states as of now, in source order, which decides between equals; at least one."""
    best: dict[str, int] = {}
    for src, state in held:
        name, rank = pathway(src), RANKS[State(state)]
        best[name] = min(best.get(name, rank), rank)
    alive = [name for name, rank in best.items() if rank < RANKS[State.UNAVAILABLE]]
    told: dict[str, Any] = {
        "VERSION": 1,
        "TTL": min(LATEST, max(SOONEST, math.ceil(interval / 2))),
        "PATHWAY-PRIORITY": sorted(alive or best, key=best.__getitem__),
    }
    clones = _clones([src for src, _state in held])
    return {**told, "PATHWAY-CLONES": clones} if clones else told


def pathway(src: str) -> str:
    """The name of the pathway that a source lies on: letters, digits, dot, hyphen and underscore (section 4.4.6.2)."""
    return re.sub(r"[^a-z0-9._-]", "-", urlsplit(src).netloc.lower())


def _clones(addresses: Sequence[str]) -> list[dict[str, Any]]:
    """The other hosts that have the first source's file under the same path. A player that knows a pathway of this
    name already passes its clone over."""
    first, *others = map(urlsplit, dict.fromkeys(addresses))
    base, port = _host(first.netloc)
    found: dict[str, dict[str, Any]] = {}
    for other in others:
        host, its_port = _host(other.netloc)
        # What is replaced is the name alone: players leave the port as it is.
        if host != base and (other.scheme, other.path, its_port) == (first.scheme, first.path, port):
            name = pathway(other.geturl())
            clone = {"BASE-ID": pathway(first.geturl()), "ID": name, "URI-REPLACEMENT": {"HOST": host}}
            found.setdefault(name, clone)
    return list(found.values())


def _host(netloc: str) -> tuple[str, str]:
    """Name and port, the latter with its colon, or empty."""
    name = re.sub(r":\d*$", "", netloc)
    return name, netloc[len(name) :]
