"""TLS in memory, over whatever carries the bytes: a handshake that can take up an earlier session.

asyncio's own layer cannot be given a session to resume, and costs more than the encryption.
"""

from __future__ import annotations

import ssl

_PIECE = 65_536


class Tls:
    """One connection's TLS. Feed it what came; send what `outgoing()` has."""

    def __init__(self, context: ssl.SSLContext, host: str, session: ssl.SSLSession | None) -> None:
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._object = context.wrap_bio(self._in, self._out, server_hostname=host, session=session)
        self.shaken = False

    def outgoing(self) -> bytes:
        return self._out.read()

    def feed(self, data: bytes) -> None:
        self._in.write(data)

    def shake(self) -> bool:
        """One step of the handshake; whether it is done. Raises `ssl.SSLError`."""
        try:
            self._object.do_handshake()
        except ssl.SSLWantReadError:
            return False
        self.shaken = True
        return True

    def write(self, data: bytes) -> None:
        self._object.write(data)

    def read(self) -> bytes | None:
        """What has been deciphered; None where more must come first, b"" at the end. Raises `ssl.SSLError`."""
        try:
            return self._object.read(_PIECE)
        except ssl.SSLWantReadError:
            return None
        except ssl.SSLZeroReturnError:
            return b""

    @property
    def session(self) -> ssl.SSLSession | None:
        """To be taken up by a later connection. In TLS 1.3 it comes after the handshake (RFC 8446, section 4.6.1)."""
        return self._object.session

    @property
    def certificate(self) -> dict[str, object]:
        """The server's, as `ssl.SSLSocket.getpeercert` tells it."""
        return dict(self._object.getpeercert() or {})
