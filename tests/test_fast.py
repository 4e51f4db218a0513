"""The quick transport: the same facts as the patient one, over connections that are kept, pinned and bounded."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from demo.origin import RunningOrigin, run_origin
from player.probe.exchange import Exchange
from player.probe.fast import AT_ONCE
from player.probe.fetch import Failure, Fetched, Fetcher, Tally
from player.probe.fetched import Asked
from player.probe.hosts import Host
from player.probe.names import Address, Names
from player.probe.url import parse
from tests.authority import Authority
from tests.faults.origin import run_faults
from tests.faults.suite import LOOPBACK, all_cases

HEAD = 16_384
WAIT = 60.0  # seconds: a hang, not a slow machine
_TIMES = ("date", "last-modified")
DEMO = [
    "", "404", "410", "500", "204", "html", "empty", "chunked", "chunked,no-range", "no-range", "no-length", "gzip",
    "octet-stream", "untyped", "redirect=4", "redirect=6", "redirect-loop", "strict-range", "wrong-range", "hangup",
    "garbage", "huge-headers", "cut=5000", "cut=0", "reset=5000", "reset", "cut=5000,chunked", "cut=5000,no-range",
    "truncated=100", "total=5000000", "no-length,cut=5000", "empty,chunked,no-range", "redirect-to=ftp%3A%2F%2Fx%2F",
    "redirect-to=http%3A%2F%2F169.254.169.254%2F", "redirect-to=http%3A%2F%2F%5B%3A%3A1%5D%2F", "delay=0.1",
]  # fmt: skip


async def ask(fetcher: Fetcher, url: str, seconds: float, **options: Any) -> Fetched | Failure:
    deadline = asyncio.get_running_loop().time() + seconds
    chosen = {"length": HEAD, "cap": HEAD, **options}
    try:
        return await fetcher.fetch(parse(url), deadline, Tally(), **chosen)
    except Failure as failed:
        return failed


def facts(answer: Fetched | Failure, base: str) -> Any:
    """What must be the same: all but the addresses, the time, and the words for an engineer."""
    if isinstance(answer, Failure):
        return answer.code
    headers = {name: value.replace(base, "") for name, value in answer.headers.items() if name not in _TIMES}
    url = urlsplit(answer.url).path.replace(urlsplit(base).path, "") + urlsplit(answer.url).query  # ports change
    return (
        url,
        answer.redirects,
        answer.status,
        answer.status_line,
        headers,
        answer.body.replace(base.encode(), b""),
        answer.ended,
    )


async def ask_all(urls: list[str], seconds: float, *, quick: bool, **options: Any) -> list[Fetched | Failure]:
    async with Fetcher(allow_networks=LOOPBACK, quick=quick) as fetcher:
        return await asyncio.gather(*(ask(fetcher, url, seconds, **options) for url in urls))


def both(quick: list[str], patient: list[str], seconds: float = WAIT, **options: Any) -> Iterator[tuple[str, Any, Any]]:
    one = asyncio.run(ask_all(quick, seconds, quick=True, **options))
    two = asyncio.run(ask_all(patient, seconds, quick=False, **options))
    for url, first, second, other in zip(quick, one, two, patient, strict=True):
        yield url, facts(first, url.split("/~")[0]), facts(second, other.split("/~")[0])


def test_the_same_facts_of_every_fault_of_the_demo(samples: Path) -> None:
    with run_origin(samples) as origin:
        urls = [origin.url(name, fault or None) for fault in DEMO for name in ("plain.mp3", "tiny.mp3", "none.mp3")]
        for url, quick, patient in both(urls, urls):
            assert quick == patient, url
        whole = [origin.url("plain.mp3"), origin.url("tiny.mp3")]
        for url, quick, patient in both(whole, whole, length=None):
            assert quick == patient, url


def test_the_same_facts_of_the_fault_suite(samples: Path) -> None:
    told_by_the_clock = "live"
    cases = [
        case
        for case in all_cases(samples)
        if not case.silent and "://" not in case.path and told_by_the_clock not in case.name
    ]
    answers = []
    for quick in (True, False):
        with run_faults(cases) as origin:  # one each, for some answers depend on how often they were asked for
            urls = [origin.url(case) for case in cases]
            found = asyncio.run(ask_all(urls, WAIT, quick=quick))
            bases = [url.split(f"/{case.name}")[0] for url, case in zip(urls, cases, strict=True)]
            answers.append([facts(one, base) for one, base in zip(found, bases, strict=True)])
    for case, quick, patient in zip(cases, *answers, strict=True):
        if patient == "server-error" and not isinstance(quick, str):
            continue  # a head that browsers read, and so does the quick transport; aiohttp does not
        assert quick == patient, case.name


def test_silence(samples: Path) -> None:
    with run_origin(samples) as origin:
        urls = [origin.url("plain.mp3", fault) for fault in ("tarpit", "stall=5000", "stall=0", "slow=4000")]
        for url, quick, patient in both(urls, urls, seconds=1.5):
            slow = "slow" in url  # how much has come by then is chance
            assert (quick[6] == patient[6] == "slow") if slow else quick == patient, url


class Scripted(asyncio.Protocol):
    """Answers each request with the next of `replies`."""

    replies: list[bytes]
    made = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        type(self).made += 1
        self.transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(self.replies.pop(0) if self.replies else b"")


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: audio/mpeg\r\n\r\nab"


def scripted(*replies: bytes, times: int, quick: bool = True) -> tuple[list[Fetched | Failure], int, int]:
    """What came of so many questions, how many connections that took, and how many requests were counted."""

    async def run() -> tuple[list[Fetched | Failure], int, int]:
        class Handler(Scripted):
            pass

        Handler.replies = list(replies)
        server = await asyncio.get_running_loop().create_server(Handler, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/a.mp3"
        tally = Tally()
        found: list[Fetched | Failure] = []
        async with server, Fetcher(allow_networks=LOOPBACK, quick=quick) as fetcher:
            for _ in range(times):
                deadline = asyncio.get_running_loop().time() + WAIT
                try:
                    found.append(await fetcher.fetch(parse(url), deadline, tally, length=HEAD, cap=HEAD))
                except Failure as failed:
                    found.append(failed)
        return found, Handler.made, tally.requests

    return asyncio.run(run())


def test_a_connection_is_used_again() -> None:
    found, made, requests = scripted(OK, OK, OK, times=3)
    assert [one.body for one in found if isinstance(one, Fetched)] == [b"ab"] * 3
    assert (made, requests) == (1, 3)


def test_what_comes_unasked_is_no_answer_to_the_next_question() -> None:
    lie = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
    found, made, _ = scripted(OK + lie, OK, times=2)
    assert [one.status for one in found if isinstance(one, Fetched)] == [200, 200]
    assert made == 2


def test_hints_come_before_the_answer() -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nContent-Type: text/html\r\n\r\n"
    found, made, requests = scripted(hints + OK, OK, times=2)
    assert [one.headers["content-type"] for one in found if isinstance(one, Fetched)] == ["audio/mpeg"] * 2
    assert (made, requests) == (1, 2)


@pytest.mark.parametrize(
    "odd",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    ],
)
def test_what_is_odd_is_left_to_the_patient_transport_from_then_on(odd: bytes) -> None:
    patient, _, asked = scripted(*[odd] * 3, times=3, quick=False)
    quick, _, more = scripted(*[odd] * 4, times=3)
    assert [facts(one, "") if isinstance(one, Failure) else one.body for one in quick] == [
        facts(one, "") if isinstance(one, Failure) else one.body for one in patient
    ]
    assert more == asked + 1  # only the first was asked twice, and both were counted


@pytest.mark.parametrize(
    "odd",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: a\r\n b\r\n\r\nab",
        b"HTTP/1.1 200 OK\nContent-Length: 2\n\nab",
        b"ICY 200 OK\r\nicy-name: Radio\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\nno colon\r\n\r\nab",
    ],
)
def test_a_head_that_browsers_read_is_read(odd: bytes) -> None:
    (found,), _, requests = scripted(odd, times=1)
    assert isinstance(found, Fetched)
    assert (found.status, found.body, requests) == (200, b"ab", 1)


def test_a_refused_address_is_never_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rebinding: whatever a name turns into, the socket is judged when it is opened."""

    async def resolve(self: object, host: str, port: int) -> list[Address]:
        return [(socket.AF_INET, ("127.0.0.1", port))]

    monkeypatch.setattr(Names, "resolve", resolve)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        url = f"http://news.example:{listener.getsockname()[1]}/"

        async def run() -> Fetched | Failure:
            async with Fetcher() as fetcher:
                return await ask(fetcher, url, WAIT)

        found = asyncio.run(run())
        assert isinstance(found, Failure) and found.code == "address-refused"
        with pytest.raises(TimeoutError):
            listener.accept()


def test_the_next_address_where_one_does_not_answer(samples: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def resolve(self: object, host: str, port: int) -> list[Address]:
        return [(socket.AF_INET, ("127.0.0.77", 1)), (socket.AF_INET, ("127.0.0.1", port))]

    monkeypatch.setattr(Names, "resolve", resolve)
    with run_origin(samples) as origin:
        (found,) = asyncio.run(ask_all([f"http://news.example:{origin.port}/plain.mp3"], WAIT, quick=True))
    assert isinstance(found, Fetched) and found.address == "127.0.0.1"


def test_one_question_to_the_name_server_for_many_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, **_: Any) -> Any:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    async def run() -> None:
        names = Names([ipaddress.ip_network("127.0.0.0/8")])
        await asyncio.gather(*(names.resolve("news.example", 80) for _ in range(50)))
        await names.resolve("news.example", 80)
        await names.close()

    asyncio.run(run())
    assert asked == ["news.example"]


def test_an_idle_connection_that_the_server_closed_is_no_fault(origin: RunningOrigin, samples: Path) -> None:
    (origin.root / "a.mp3").write_bytes((samples / "plain.mp3").read_bytes())

    async def run() -> list[Fetched | Failure]:
        async with Fetcher(allow_networks=LOOPBACK) as fetcher:
            found = []
            for _ in range(3):
                found.append(await ask(fetcher, origin.url("a.mp3"), WAIT))
                await asyncio.to_thread(origin.refuse)
                await asyncio.to_thread(origin.accept)
            return found

    assert [getattr(one, "status", one) for one in asyncio.run(run())] == [206] * 3


def test_no_tls_is_said_so(samples: Path) -> None:
    with run_origin(samples) as origin:
        urls = [origin.url("plain.mp3").replace("http:", "https:")]
        ((_, quick, patient),) = both(urls, urls)
    assert quick == patient == "tls"
    assert ssl.create_default_context().check_hostname


class Carries:
    """A connection that only notes what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def expire(self) -> None:
        self.told.append("expire")

    def close(self) -> None:
        self.told.append("close")


def test_what_is_over_leaves_the_connection_to_the_next() -> None:
    carrier, told = Carries(), []
    host = Host("media.example", 80, secure=False, head=b"media.example")
    exchange = Exchange(host, "", b"", Asked(0, None, 1, 0.0), lambda _, outcome: told.append(outcome), print, 0.0)
    exchange.carrier = carrier
    failure = Failure("reset", "")
    exchange.end(failure)
    exchange.end(Failure("timeout", ""))
    exchange.expire()
    exchange.drop()
    assert (carrier.told, told) == ([], [failure])


def test_a_silent_answer_holds_nobody_up_on_a_host_of_one_connection(samples: Path) -> None:
    with run_origin(samples) as origin:
        urls = [origin.url("plain.mp3", fault) for fault in ("tarpit", None, None, "tarpit", None, None)]
        found = asyncio.run(ask_all(urls, 5.0, quick=True))
        answers = [one.code if isinstance(one, Failure) else one.status for one in found]
        assert answers == ["timeout", 206, 206, "timeout", 206, 206]


@pytest.mark.parametrize(("scheme", "fewest"), [("http", AT_ONCE), ("https", 2)])
def test_a_silent_answer_costs_one_connection_more_and_not_one_for_each_who_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str, fewest: int
) -> None:
    authority, trusted = Authority(), tmp_path / "authority.pem"
    trusted.write_bytes(authority.certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    secure = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    secure.load_cert_chain(*authority.issue(tmp_path, "127.0.0.1"))

    async def run() -> tuple[list[int], int]:
        class Handler(Scripted):
            def data_received(self, data: bytes) -> None:
                if b"GET /silent" not in data:
                    self.transport.write(OK)

        listen = asyncio.get_running_loop().create_server
        server = await listen(Handler, "127.0.0.1", 0, ssl=secure if scheme == "https" else None)
        base = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server, Fetcher(allow_networks=LOOPBACK, quick=True) as fetcher:
            silent = asyncio.create_task(ask(fetcher, f"{base}/silent", 10.0))
            others = [ask(fetcher, f"{base}/{number}.mp3", WAIT) for number in range(30)]
            found = await asyncio.gather(*others)
            silent.cancel()
        return [one.status for one in found if isinstance(one, Fetched)], Handler.made

    answers, made = asyncio.run(run())
    assert answers == [200] * 30
    assert fewest <= made <= fewest + 1
