"""Which addresses the guard refuses, in every spelling."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from player.probe.address import AddressRefused, guarded_socket, literal, refusal
from player.probe.names import Names

REFUSED = re.findall(
    r"\S+",
    """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 168.63.129.16
169.254.169.254 169.254.0.1 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1
192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 233.252.0.1
240.0.0.1 255.255.255.255
:: ::1 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0:127.0.0.1
64:ff9b::127.0.0.1 64:ff9b::10.0.0.1 64:ff9b::169.254.169.254 64:ff9b:1::1 100::1
2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1:: 2002:a00:1::
2002:a9fe:a9fe:: 2002:c0a8:101::1 2a00:1450:4001::5efe:10.0.0.1 2a00:1450:4001:0:200:5efe:127.0.0.1 3fff::1
5f00::1 fc00::1 fd00:ec2::254 fd20:ce::254 fe80::1 fe80::1%eth0 fe80::1%1 ::1%lo fec0::1 ff02::1 ff0e::1 4000::1
0.255.255.255 100.127.255.255 169.254.255.255 192.0.0.8 192.0.0.9 192.0.0.170 192.31.196.1 192.52.193.1 192.175.48.1
192.0.2.255 198.51.100.255 203.0.113.255 247.255.255.255 255.255.255.254 ::ffff:0.0.0.0 ::ffff:100.64.0.1
::ffff:224.0.0.1 64:ff9b::7f00:1 64:ff9b:1:ffff::1 100:0:0:1::1 2001:1::1 2001:3::1 2001:4:112::1 2001:30::1
2002:e000:1:: 2620:4f:8000::1 3fff:fff::1 5f00:ffff::1 fdff:ffff::1 febf::1 feff::1 ffff::1
localhost 1.2.3 not-an-address 127.1 0x7f000001
""",
)
ALLOWED = re.findall(
    r"\S+",
    """
1.1.1.1 8.8.8.8 93.184.215.14 100.63.255.255 100.128.0.1 172.15.0.1 172.32.0.1 192.0.1.1 198.17.0.1 198.20.0.1
223.255.255.255 168.63.129.17 2606:4700:4700::1111 2a00:1450:4001:81b::200e 2002:808:808::1 64:ff9b::8.8.8.8
::ffff:8.8.8.8 2a00:1450:4001::5efe:8.8.8.8 2001:4860:4860::8888
""",
)


@pytest.mark.parametrize("address", REFUSED)
def test_refused(address: str) -> None:
    assert refusal(address)


@pytest.mark.parametrize("address", ALLOWED)
def test_allowed(address: str) -> None:
    assert refusal(address) is None


def test_the_table_is_long() -> None:
    assert len(set(REFUSED)) + len(set(ALLOWED)) >= 98


def test_words_say_why() -> None:
    assert refusal("127.0.0.1") == refusal("::ffff:127.0.0.1") == refusal("2002:7f00:1::") == "loopback"
    assert refusal("169.254.169.254") == "link-local"
    assert refusal("168.63.129.16") == "metadata"


def test_allowed_networks_are_exempt_and_only_they() -> None:
    allow = [ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("fd00::/8")]
    for address in ("127.0.0.1", "127.8.8.8", "::ffff:127.0.0.1", "64:ff9b::127.0.0.1", "fd00::5"):
        assert refusal(address, allow) is None, address
    for address in ("10.0.0.1", "::1", "fe80::1", "169.254.169.254", "fc00::1"):
        assert refusal(address, allow), address
    assert refusal("::1", [ipaddress.ip_network("::1/128")]) is None


@given(st.ip_addresses(v=4))
def test_an_embedded_address_is_judged_as_itself(address: ipaddress.IPv4Address) -> None:
    value = int(address)
    assert refusal(ipaddress.IPv6Address(0xFFFF << 32 | value)) == refusal(address)
    assert refusal(ipaddress.IPv6Address((0x64FF9B << 96) | value)) == refusal(address)
    assert refusal(ipaddress.IPv6Address((0x2002 << 112) | value << 80)) == refusal(address)


@given(st.ip_addresses())
def test_nothing_private_gets_by(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    # Newer Pythons call all of 6to4 private, older ones none of it; the guard goes by the address inside.
    inside = address.sixtofour if isinstance(address, ipaddress.IPv6Address) else None
    address = inside or address
    if address.is_private or address.is_loopback or address.is_link_local or address.is_multicast:
        assert refusal(address)


@given(st.text())
def test_any_text_is_judged(text: str) -> None:
    refusal(text)
    literal(text)


@pytest.mark.parametrize(
    "spelling",
    ["127.0.0.1", "127.1", "127.0.1", "0x7f.1", "0x7f000001", "2130706433", "0177.0.0.1", "017700000001", "127.0.0.1."],
)
def test_literals_in_old_spellings(spelling: str) -> None:
    assert literal(spelling) == "127.0.0.1"


@pytest.mark.parametrize("host", ["example.org", "127.0.0.1.example.org", "", ".", "1.2.3.4.5", "256.1.1.1", "a.1b"])
def test_no_literal(host: str) -> None:
    assert literal(host) is None


def test_no_socket_is_opened_to_a_refused_address() -> None:
    factory = guarded_socket([ipaddress.ip_network("127.0.0.1/32")])
    factory((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))).close()
    for family, address in (
        (socket.AF_INET, ("127.0.0.2", 80)),
        (socket.AF_INET, ("169.254.169.254", 80)),
        (socket.AF_INET6, ("::ffff:10.0.0.1", 80, 0, 0)),
        (socket.AF_INET6, ("2606:4700::1", 80, 0, 3)),
        (socket.AF_INET, ("localhost", 80)),
    ):
        with pytest.raises(AddressRefused) as caught:
            factory((family, socket.SOCK_STREAM, 6, "", address))
        assert caught.value.address == address[0]


async def _resolve(host: str, *allow: str) -> list[str]:
    names = Names([ipaddress.ip_network(network) for network in allow])
    try:
        return [str(address[0]) for _, address in await names.resolve(host, 80)]
    finally:
        await names.close()


def test_names_are_pinned_to_what_is_allowed() -> None:
    with pytest.raises(AddressRefused):
        asyncio.run(_resolve("localhost"))
    assert asyncio.run(_resolve("localhost", "127.0.0.0/8")) == ["127.0.0.1"]
    with pytest.raises(socket.gaierror):
        asyncio.run(_resolve("no-such-name.invalid"))
