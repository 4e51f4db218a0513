"""Who may read what, where `PLAYER_PUBLIC_HEALTH` is off.

What readers' pages need is always public. The rest asks for a token in `Authorization`: as Bearer (RFC 6750), or as
the password of Basic (RFC 7617), which browsers and Nagios can do too; the user's name does not matter.

    401 without a token that holds · 403 for one of another scope · 429 after too many wrong ones from one address
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from ipaddress import IPv6Address, ip_address, ip_network

from flask import Response, request
from werkzeug.datastructures import Authorization

from player.tokens import Scope, Token
from player.web.problems import Problem
from player.web.service import current, now

NEEDED: Mapping[str, tuple[Scope, ...]] = {
    # By the module of the view: the scopes of which one is enough.
    "availability": (Scope.HEALTH, Scope.DASHBOARD),
    "incidents": (Scope.HEALTH, Scope.DASHBOARD),
    "events": (Scope.HEALTH, Scope.DASHBOARD),
    "metrics": (Scope.METRICS,),
    "prometheus": (Scope.METRICS,),
    "dashboard": (Scope.DASHBOARD,),
}

WRONG = 10
"""Wrong tokens from one address before it has to wait,"""
SECONDS = 60.0
"""and in how long; each is forgotten after that."""
ADDRESSES = 10_000
"""Remembered in a process, those that failed last."""

CHALLENGE = 'Bearer realm="steady-player", Basic realm="steady-player", charset="UTF-8"'


class Wrongs:
    """How many wrong tokens came from where: a leaky bucket an address, and a bounded number of them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, most: int = ADDRESSES) -> None:
        self._clock, self._most = clock, most
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._held)

    def wait(self, address: str) -> float:
        """Seconds until the address may try again; 0 when it may now."""
        with self._lock:
            return max(0.0, (self._level(address) - WRONG + 1) * SECONDS / WRONG)

    def add(self, address: str) -> None:
        with self._lock:
            level = self._level(address) + 1
            self._held[address] = (level, self._clock())
            self._held.move_to_end(address)
            if len(self._held) > self._most:
                self._held.popitem(last=False)

    def _level(self, address: str) -> float:
        level, at = self._held.get(address, (0.0, 0.0))
        return max(0.0, level - (self._clock() - at) * WRONG / SECONDS)


class Rights:
    """The tokens that held when they were last looked at: a bounded number, by their hashes in this process."""

    def __init__(self, most: int = 1000) -> None:
        self._most = most
        self._held: OrderedDict[int, None] = OrderedDict()
        self._lock = threading.Lock()

    def knows(self, token: str) -> bool:
        return hash(token) in self._held

    def add(self, token: str) -> None:
        with self._lock:
            self._held[hash(token)] = None
            self._held.move_to_end(hash(token))
            if len(self._held) > self._most:
                self._held.popitem(last=False)


_wrongs, _rights = Wrongs(), Rights()


def check() -> None:
    """Before a view of ours: nothing, or a problem that ends the request."""
    service, scopes = current(), needed(request.endpoint)
    if service.settings.public_health or not scopes:
        return
    token = given(request.headers.get("Authorization"))
    if token is None:
        raise refused(401, "This needs an access token.")
    address = _address(request.remote_addr or "")
    if wait := _patience(address, token):
        raise Problem(429, "Too many wrong tokens came from here.", headers={"Retry-After": str(math.ceil(wait))})
    found = service.tokens.find(token, now())
    if found is None:
        _wrongs.add(address)
        raise refused(401, "This token does not hold, or no more.")
    _rights.add(token)
    if found.scopes.isdisjoint(scopes):
        raise refused(403, "This token is for something else.", scopes=[str(scope) for scope in scopes])


def opener(
    authorization: str, client: str, scopes: tuple[Scope, ...], find: Callable[[str], Token | None]
) -> Token | None:
    """The token of an `Authorization` header that opens one of the scopes; None where `check` is to say what is wrong,
    and to count it. `client`: the address that it came from."""
    token = given(authorization)
    if token is None or _patience(_address(client), token):
        return None
    found = find(token)
    if found is None:
        return None
    _rights.add(token)
    return None if found.scopes.isdisjoint(scopes) else found


def _patience(address: str, token: str) -> float:
    """Seconds until the address may try this token."""
    # A proxy has one address: what was right before is looked at all the same, or one guesser would shut out everybody.
    return 0.0 if _rights.knows(token) else _wrongs.wait(address)


def keep_private(response: Response) -> Response:
    """What a token opened is for whoever has the token, and for no shared cache."""
    if not current().settings.public_health and needed(request.endpoint):
        cache = response.headers.get("Cache-Control")
        if cache:
            response.headers["Cache-Control"] = cache.replace("public", "private")
        response.vary.add("Authorization")
    return response


def needed(endpoint: str | None) -> tuple[Scope, ...]:
    """Of one of our endpoints, such as `steady_player.metrics_metrics`."""
    return NEEDED.get((endpoint or "").rpartition(".")[2].partition("_")[0], ())


def given(header: str | None) -> str | None:
    """The token that came in `Authorization`, or what claims to be one."""
    try:
        found = Authorization.from_header(header)
    except ValueError:  # letters that no base64 has, which werkzeug leaves to the codec
        return None
    if found is None:
        return None
    return found.token if found.type == "bearer" else found.password


def refused(status: int, detail: str, **members: object) -> Problem:
    return Problem(status, detail, headers={"WWW-Authenticate": CHALLENGE}, **members)


def _address(said: str) -> str:
    """One household or machine: an IPv6 network of 64 bits is one."""
    try:
        address = ip_address(said)
    except ValueError:
        return said
    return str(ip_network((address, 64), strict=False)) if isinstance(address, IPv6Address) else said
