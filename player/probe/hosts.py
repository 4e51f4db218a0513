"""What is known of the hosts that are probed: their connections, their TLS, how they are to be asked."""

from __future__ import annotations

import ssl
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from yarl import URL

from player.probe.fetched import Failure
from player.probe.url import Plain

if TYPE_CHECKING:
    from player.probe.connection import Connection
    from player.probe.exchange import Exchange

MOST = 10_000  # hosts that are remembered
REFUSAL = 30.0  # seconds for which a certificate that will not do is believed, so that not every source asks anew


@dataclass(slots=True, eq=False)
class Host:
    """A scheme, a name and a port. `head`: the Host header. `expires`: when its certificate runs out.
    `unusual_until`: the patient transport asks it until then; `refused`: why its certificate will not do, and
    until when that is believed. Both by the wheel's clock. `waiting`: exchanges without a connection, of `asking`
    in all; `opening`: connections on their way, the last of them since `opened`; `widening`: somebody will look
    after those who wait; `answers`: how many have come, so that it shows whether any did since."""

    name: str
    port: int
    secure: bool
    head: bytes
    idle: list[Connection] = field(default_factory=list)
    session: ssl.SSLSession | None = None
    expires: datetime | None = None
    unusual_until: float = 0.0
    refused: tuple[float, Failure] | None = None
    waiting: deque[Exchange] = field(default_factory=deque)
    asking: int = 0
    opening: int = 0
    opened: float = 0.0
    widening: bool = False
    answers: int = 0

    @property
    def busy(self) -> bool:
        """Whether a connection is there or on its way that those who wait may be handed on to."""
        return self.opening > 0 or self.asking > len(self.waiting)


class Hosts:
    """The latest `MOST` of them."""

    def __init__(self) -> None:
        self._hosts: OrderedDict[str, Host] = OrderedDict()

    def of(self, url: URL | Plain) -> Host:
        site = url.site if type(url) is Plain else f"{url.scheme}://{url.raw_authority}"
        host = self._hosts.get(site)
        return self._add(site) if host is None else host

    def _add(self, site: str) -> Host:
        url = URL(site, encoded=True)
        host = self._hosts[site] = Host(
            name=url.raw_host or "",
            port=url.port or 0,
            secure=url.scheme == "https",
            head=(url.host_port_subcomponent or "").encode(),
        )
        if len(self._hosts) > MOST:
            _, old = self._hosts.popitem(last=False)
            close_idle(old)
        return host

    def all(self) -> list[Host]:
        return list(self._hosts.values())


def close_idle(host: Host, before: float = float("inf")) -> None:
    """Closes the connections that nobody has used since that round of sweeping began."""
    kept = []
    for connection in host.idle:
        if connection.closed or connection.idle_since < before:
            connection.close()
        else:
            kept.append(connection)
    host.idle[:] = kept


def expiry(certificate: dict[str, object]) -> datetime | None:
    """When a certificate, as `ssl.SSLSocket.getpeercert` tells it, runs out (RFC 5280, section 4.1.2.5)."""
    try:
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
    except (KeyError, ValueError):
        return None
