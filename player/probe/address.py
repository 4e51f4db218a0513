"""The address guard: which addresses a probe may open a socket to.

A prober fetches whatever address an editor types or a feed names, from inside the newsroom's network. So
every address that is not plainly public is refused where the socket is opened (`guarded_socket`): behind that
point there is no redirect, no second answer of a name server and no spelling of a literal that has not been
judged. `names.py` refuses earlier, and pins a name to the addresses that are allowed.

The tables follow the IANA special-purpose address registries (RFC 6890 and its updates). `ipaddress.is_global`
does not serve: it lets through multicast, tunnels to private IPv4, and cloud metadata on public addresses.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from functools import lru_cache, partial
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Any

Networks = Sequence[IPv4Network | IPv6Network]

_IPV4 = tuple(
    (IPv4Network(network), word)
    for network, word in (
        ("0.0.0.0/8", "this-network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared"),  # carrier-grade NAT, RFC 6598
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "metadata"),  # Azure's, on a public address
        ("169.254.0.0/16", "link-local"),  # most clouds' metadata
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),  # protocol assignments, Oracle's metadata
        ("192.0.2.0/24", "documentation"),
        ("192.31.196.0/24", "reserved"),  # AS112
        ("192.52.193.0/24", "reserved"),  # AMT
        ("192.88.99.0/24", "reserved"),  # 6to4 relays, RFC 7526
        ("192.168.0.0/16", "private"),
        ("192.175.48.0/24", "reserved"),  # AS112
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)
_IPV6 = tuple(
    (IPv6Network(network), word)
    for network, word in (
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("64:ff9b:1::/48", "reserved"),  # local-use NAT64, RFC 8215
        ("100::/64", "discard"),
        ("2001::/32", "tunnel"),  # Teredo hides its IPv4 addresses
        ("2001::/23", "reserved"),  # protocol assignments: ORCHID, benchmarking …
        ("2001:db8::/32", "documentation"),
        ("2620:4f:8000::/48", "reserved"),  # AS112
        ("3fff::/20", "documentation"),
        ("fc00::/7", "private"),  # unique local, some clouds' metadata
        ("fe80::/10", "link-local"),
        ("fec0::/10", "private"),  # site-local, deprecated
        ("ff00::/8", "multicast"),
    )
)
_RECEIVE = 32_768  # bytes
_JUDGED = 4096  # addresses of which the judgement is remembered
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR = IPv6Network("2002::/16")
_COMPATIBLE = IPv6Network("::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)  # the upper half of the interface identifier, RFC 5214


class AddressRefused(OSError):
    """The guard forbids this address. `address` as text, `why` a word: loopback, private, metadata …"""

    def __init__(self, address: str, why: str) -> None:
        super().__init__(f"{address} is refused: {why}")
        self.address, self.why = address, why


def refusal(address: str | IPv4Address | IPv6Address, allow: Networks = ()) -> str | None:
    """Why no socket may be opened to the address, in a word; None where it may.

    An IPv4 address inside an IPv6 one (mapped, NAT64, 6to4, ISATAP …) is judged as itself. `allow` names
    networks that are exempt.
    """
    if isinstance(address, str):
        try:
            address = ipaddress.ip_address(address)
        except ValueError:
            return "no-address"
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return "link-local"
        if address.ipv4_mapped is not None:
            return refusal(address.ipv4_mapped, allow)
    if any(address.version == network.version and address in network for network in allow):
        return None
    return _refuse4(address) if isinstance(address, IPv4Address) else _refuse6(address, allow)


def _refuse4(address: IPv4Address) -> str | None:
    return next((word for network, word in _IPV4 if address in network), None)


def _refuse6(address: IPv6Address, allow: Networks) -> str | None:
    word = next((word for network, word in _IPV6 if address in network), None)
    if word:
        return word
    value = int(address)
    if address in _NAT64:
        return refusal(IPv4Address(value & 0xFFFFFFFF), allow)
    if address in _COMPATIBLE:
        return "reserved"
    if address not in _GLOBAL_UNICAST:
        return "reserved"
    if address in _SIX_TO_FOUR:
        return refusal(IPv4Address(value >> 80 & 0xFFFFFFFF), allow)
    if value >> 32 & 0xFFFFFFFF in _ISATAP:
        return refusal(IPv4Address(value & 0xFFFFFFFF), allow)
    return None


def literal(host: str) -> str | None:
    """The IPv4 address that a host in one of the old spellings means, dotted: `127.1`, `0x7f000001`,
    `2130706433`, `0177.0.0.1`. None for any other host. Browsers read them so (WHATWG URL, host parsing)."""
    bare = host.removesuffix(".")
    if not bare or not all(c in "0123456789abcdefxABCDEFX." for c in bare) or not bare[0].isdigit():
        return None
    last = bare.rpartition(".")[2]
    if not (last.isdigit() or last[:2] in ("0x", "0X")):
        return None
    try:
        return socket.inet_ntoa(socket.inet_aton(bare))
    except OSError:
        return None


def guarded_socket(allow: Networks) -> Any:
    """A socket factory for aiohttp's connector that opens none to a refused address."""
    judged = lru_cache(maxsize=_JUDGED)(partial(refusal, allow=allow))  # the same address is the same for ever

    def factory(info: tuple[Any, ...]) -> socket.socket:
        family, kind, proto, _, sockaddr = info
        why = judged(str(sockaddr[0]))
        if why is None and family == socket.AF_INET6 and len(sockaddr) > 3 and sockaddr[3]:
            why = "link-local"
        if why is not None:
            raise AddressRefused(str(sockaddr[0]), why)
        opened = socket.socket(family, kind, proto)
        # A server that ignores Range should not have sent a megabyte before it hears that we have enough.
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE)
        return opened

    return factory


def socket_address(host: str, port: int) -> tuple[int, tuple[Any, ...]] | None:
    """Family and socket address of a host that is an IP literal; None for a name. No judgement of it."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    if isinstance(address, IPv4Address):
        return socket.AF_INET, (host, port)
    return socket.AF_INET6, (host, port, 0, 0)
