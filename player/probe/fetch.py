"""One ranged GET: over a guarded socket, through redirects within a cap, bounded in time and bytes.

Everything that can go wrong before there is an answer is a `Failure` with a reason code. Once there is one,
its body may still end badly; `Fetched.ended` says how.
"""

from __future__ import annotations

import asyncio
import errno
import re
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from yarl import URL

from player.probe.address import AddressRefused, Networks, Resolver, guarded_socket
from player.probe.url import BadUrl, parse

USER_AGENT = "SteadyPlayer/0.1 (availability probe)"
ORIGIN = "https://www.example.org"  # of the page that a source is asked for
_REDIRECTS = (301, 302, 303, 307, 308)
_LINE = 65_536  # longest header line that is still read; browsers are as patient
_KEPT = frozenset(
    {
        "accept-ranges", "access-control-allow-origin", "age", "cache-control", "content-encoding", "content-length",
        "content-disposition", "content-language", "content-range", "content-type", "cross-origin-resource-policy",
        "date", "etag", "ice-audio-info",
        "icy-br", "icy-metaint", "icy-name", "last-modified", "location", "retry-after", "server", "transfer-encoding",
        "vary", "via", "www-authenticate", "x-cache",
    }
)  # fmt: skip
_CONTENT_RANGE = re.compile(r"bytes\s+([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\*)", re.IGNORECASE)


class Failure(Exception):
    """No answer. `code`: of `reasons.py`. `detail`: what happened, for an engineer."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail)
        self.code, self.detail = code, detail


@dataclass(slots=True)
class Tally:
    """What one probe has cost: HTTP requests, and bytes of bodies."""

    requests: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer. `ended` says why the body is no longer: "complete"; "capped", all that was wanted;
    "broken", it was to be longer; "stalled", silence until the deadline; "slow", the deadline came while
    it was still arriving. `first`: the position of the body in the file; `total`: the file's size."""

    url: str
    redirects: int
    status: int
    status_line: str
    headers: Mapping[str, str]
    body: bytes
    ended: str
    detail: str | None = None
    address: str | None = None

    @property
    def range(self) -> tuple[int, int, int | None] | None:
        """First, last and total by Content-Range (RFC 9110, section 14.4)."""
        found = _CONTENT_RANGE.fullmatch(self.headers.get("content-range", "").strip())
        if self.status != 206 or not found:
            return None
        return int(found[1]), int(found[2]), None if found[3] == "*" else int(found[3])

    @property
    def length(self) -> int | None:
        value = self.headers.get("content-length", "")
        return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else None


class Fetcher:
    """Owns the connections. An async context manager; use it on the loop that it was entered on."""

    def __init__(self, *, allow_networks: Networks = (), max_redirects: int = 20) -> None:
        self._allow, self._max_redirects = tuple(allow_networks), max_redirects

    async def __aenter__(self) -> Fetcher:
        self._resolver = Resolver(self._allow)
        context = ssl.create_default_context()
        self._session, self._fresh = self._open(context, keep=True), self._open(context, keep=False)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()
        await self._fresh.close()
        await self._resolver.close()

    def _open(self, context: ssl.SSLContext, *, keep: bool) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=0,
            resolver=self._resolver,
            socket_factory=guarded_socket(self._allow),
            ssl=context,
            ttl_dns_cache=60,
            force_close=not keep,
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
            auto_decompress=False,
            trust_env=False,
            max_line_size=_LINE,
            max_field_size=_LINE,
            headers={"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity", "Origin": ORIGIN},
        )

    async def fetch(
        self,
        url: URL,
        deadline: float,
        tally: Tally,
        *,
        first: int = 0,
        length: int | None = None,
        cap: int,
        fresh: bool = False,
    ) -> Fetched:
        """Asks for `length` bytes from `first` on (for the whole where it is None), and reads `cap` at most.

        `deadline` in the loop's time. `fresh` opens a connection of its own. Raises `Failure`.
        """
        session = self._fresh if fresh else self._session
        headers = {} if length is None else {"Range": f"bytes={first}-{first + length - 1}"}
        seen = {url}
        try:
            async with asyncio.timeout_at(deadline):
                while True:
                    tally.requests += 1
                    response = await session.get(url, headers=headers, allow_redirects=False)
                    location = response.headers.get("Location")
                    if response.status not in _REDIRECTS or location is None:
                        break
                    response.release()
                    url = parse(location, url)
                    if url in seen or len(seen) > self._max_redirects:
                        raise Failure("redirect-loop", str(url))
                    seen.add(url)
        except TimeoutError as error:
            raise Failure("timeout", "no answer") from error
        except BadUrl as error:
            raise Failure("bad-url", f"redirect: {error}") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            if isinstance(error, (aiohttp.ClientConnectorError, aiohttp.InvalidURL)):
                tally.requests -= 1  # nobody was asked
            raise failure(error) from error
        address = _peer(response)
        try:
            body, ended, detail = await _read(response, cap, deadline)
        finally:
            response.close() if not response.content.is_eof() else response.release()
        tally.bytes += len(body)
        version = response.version or aiohttp.HttpVersion11
        return Fetched(
            url=str(url),
            redirects=len(seen) - 1,
            status=response.status,
            status_line=f"HTTP/{version.major}.{version.minor} {response.status} {response.reason or ''}".rstrip(),
            headers={name.lower(): value[:1000] for name, value in response.headers.items() if name.lower() in _KEPT},
            body=body[:cap],
            ended=ended,
            detail=detail,
            address=address,
        )


async def _read(response: aiohttp.ClientResponse, cap: int, deadline: float) -> tuple[bytes, str, str | None]:
    """The body up to `cap`, how it ended, and the error that ended it."""
    loop = asyncio.get_running_loop()
    began = latest = loop.time()
    body = bytearray()
    try:
        async with asyncio.timeout_at(deadline):
            while True:
                piece = await response.content.readany()
                if not piece:
                    return bytes(body), "complete", None
                body += piece
                latest = loop.time()
                # At an end that is due now it is worth waiting for, since the connection can then be used again.
                if len(body) > cap or (len(body) == cap and response.content_length != cap):
                    return bytes(body), "capped", None
    except TimeoutError:
        moving = bool(body) and loop.time() - latest < max(0.25 * (deadline - began), 0.05)
        return bytes(body), "slow" if moving else "stalled", None
    except (aiohttp.ClientError, OSError) as error:
        return bytes(body), "broken", type(error).__name__


def _peer(response: aiohttp.ClientResponse) -> str | None:
    transport = response.connection.transport if response.connection else None
    name: Any = transport.get_extra_info("peername") if transport else None
    return str(name[0]) if name else None


_BY_ERRNO = {
    errno.ECONNREFUSED: "refused",
    errno.ETIMEDOUT: "timeout",
    # The prober's own limits: nothing is known of the source.
    errno.EMFILE: "probe-failed",
    errno.ENFILE: "probe-failed",
    errno.ENOBUFS: "probe-failed",
    errno.ENOMEM: "probe-failed",
    errno.EADDRNOTAVAIL: "probe-failed",
}


def failure(error: BaseException) -> Failure:
    """The reason code of what aiohttp or the system raised before there was an answer."""
    cause: BaseException = error
    if isinstance(error, aiohttp.ClientConnectorError):
        cause = error.os_error
    if isinstance(cause, AddressRefused):
        return Failure("address-refused", f"{cause.address}: {cause.why}")
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return Failure("tls" if _has_authorities() else "probe-failed", _certificate(error.certificate_error))
    if isinstance(cause, ssl.SSLError):
        return Failure("tls", cause.reason or type(cause).__name__)
    if isinstance(error, aiohttp.ClientConnectorDNSError) or isinstance(cause, socket.gaierror):
        return Failure("dns", str(cause.strerror if isinstance(cause, OSError) else cause))
    if isinstance(error, aiohttp.InvalidURL):
        return Failure("bad-url", str(error.description or "url"))
    if isinstance(error, aiohttp.ClientResponseError):
        return Failure("server-error", f"no HTTP: {' '.join(error.message.split())[:200]}")
    if isinstance(cause, OSError):
        code = _BY_ERRNO.get(cause.errno or 0, "unreachable")
        return Failure(code, errno.errorcode.get(cause.errno or 0, type(cause).__name__))
    if isinstance(error, ValueError):
        return Failure("bad-url", type(error).__name__)
    return Failure("unreachable", type(error).__name__)


def _certificate(error: BaseException) -> str:
    return str(getattr(error, "verify_message", None) or getattr(error, "reason", None) or type(error).__name__)


def _has_authorities() -> bool:
    """Whether this machine has any certificate authorities to judge by."""
    paths = ssl.get_default_verify_paths()
    folder = Path(paths.capath) if paths.capath else None
    return bool(paths.cafile) or bool(folder and folder.is_dir() and any(folder.iterdir()))
