"""The patient transport: aiohttp, for whatever the quick one (`fast.py`) does not take upon itself."""

from __future__ import annotations

import ssl
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from player.probe.address import Networks, guarded_socket
from player.probe.failures import failure_of, no_http, of_certificate
from player.probe.fetched import KEPT, LINE, REDIRECTS, USER_AGENT, Asked, Failure, Fetched, silence
from player.probe.names import Names
from player.probe.wheel import Wheel


class Slow:
    """Two sessions: one keeps its connections, the other opens one a request."""

    def __init__(self, names: Names, allow: Networks, context: ssl.SSLContext, origin: str, wheel: Wheel) -> None:
        self._names, self._allow, self._context, self._origin, self._wheel = names, allow, context, origin, wheel
        self._kept, self._fresh = self._open(keep=True), self._open(keep=False)

    async def close(self) -> None:
        await self._kept.close()
        await self._fresh.close()

    def _open(self, *, keep: bool) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=0,
            resolver=_Resolver(self._names),
            socket_factory=guarded_socket(self._allow),
            ssl=self._context,
            use_dns_cache=False,  # `Names` has one
            force_close=not keep,
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
            auto_decompress=False,
            trust_env=False,
            max_line_size=LINE,
            max_field_size=LINE,
            headers={"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity", "Origin": self._origin},
        )

    async def get(self, url: URL, asked: Asked, *, fresh: bool = False) -> Fetched:
        """Raises `Failure`."""
        session = self._fresh if fresh else self._kept
        headers = {"Range": asked.range} if asked.range else {}
        try:
            async with self._wheel.until(asked.deadline):
                response = await session.get(url, headers=headers, allow_redirects=False)
        except TimeoutError as error:
            raise Failure("timeout", "no answer") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _failure(error) from error
        address = _peer(response)
        location = response.headers.get("Location") if response.status in REDIRECTS else None
        try:
            body, ended, detail = (b"", "capped", None) if location else await _read(response, asked, self._wheel)
        finally:
            response.close() if not response.content.is_eof() else response.release()
        version = response.version or aiohttp.HttpVersion11
        fields = response.headers
        return Fetched(
            url=str(url),
            redirects=0,
            status=response.status,
            status_line=f"HTTP/{version.major}.{version.minor} {response.status} {response.reason or ''}".rstrip(),
            headers={name.lower(): value[:1000] for name, value in fields.items() if name.lower() in KEPT},
            location=location,
            body=body[: asked.cap],
            ended=ended,
            received=len(body),
            detail=detail,
            address=address,
        )


class _Resolver(AbstractResolver):
    def __init__(self, names: Names) -> None:
        self._names = names

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        found = await self._names.resolve(host, port)
        return [
            ResolveResult(hostname=host, host=str(address[0]), port=port, family=kind, proto=6, flags=0)
            for kind, address in found
        ]

    async def close(self) -> None:
        """The names belong to another."""


async def _read(response: aiohttp.ClientResponse, asked: Asked, wheel: Wheel) -> tuple[bytes, str, str | None]:
    """The body up to `cap`, how it ended, and the error that ended it."""
    now, cap = wheel.now, asked.cap
    began = latest = now()
    body = bytearray()
    try:
        async with wheel.until(asked.deadline):
            while True:
                piece = await response.content.readany()
                if not piece:
                    return bytes(body), "complete", None
                body += piece
                latest = now()
                # At an end that is due now it is worth waiting for, since the connection can then be used again.
                if len(body) > cap or (len(body) == cap and response.content_length != cap):
                    return bytes(body), "capped", None
    except TimeoutError:
        return bytes(body), silence(began, latest, now(), asked.deadline, received=bool(body)), None
    except (aiohttp.ClientError, OSError) as error:
        return bytes(body), "broken", type(error).__name__


def _peer(response: aiohttp.ClientResponse) -> str | None:
    transport = response.connection.transport if response.connection else None
    name: Any = transport.get_extra_info("peername") if transport else None
    return str(name[0]) if name else None


def _failure(error: BaseException) -> Failure:
    """The reason code of what aiohttp or the system raised before there was an answer."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        failure = of_certificate(error.certificate_error)
    elif isinstance(error, aiohttp.ClientConnectorError):
        failure = failure_of(error.os_error)
    elif isinstance(error, aiohttp.InvalidURL):
        failure = Failure("bad-url", str(error.description or "url"))
    elif isinstance(error, aiohttp.ClientResponseError):
        failure = no_http(error.message)
    else:
        failure = failure_of(error)
    failure.asked = not isinstance(error, (aiohttp.ClientConnectorError, aiohttp.InvalidURL))
    return failure
