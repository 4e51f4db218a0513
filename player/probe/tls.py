"""TLS in memory, over whatever carries the bytes: a handshake that can take up an earlier session.

asyncio's own layer cannot be given a session to resume, and costs more than the encryption.
"""

from __future__ import annotations

import ssl

_PIECE = 32_768  # bytes; a record has 16 KB at most (RFC 8446, section 5.1)


class Tls:
    """One connection's TLS. Feed it what came; send what `outgoing()` has."""

    def __init__(self, context: ssl.SSLContext, host: str, session: ssl.SSLSession | None) -> None:
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._object = context.wrap_bio(self._in, self._out, server_hostname=host, session=session)
        self.outgoing, self.feed, self.write = self._out.read, self._in.write, self._object.write
        self._read, self._pending = self._object.read, self._object.pending
        self.shaken = False

    def shake(self) -> bool:
        """One step of the handshake; whether it is done. Raises `ssl.SSLError`."""
        try:
            self._object.do_handshake()
        except ssl.SSLWantReadError:
            return False
        self.shaken = True
        return True

    def read(self) -> bytes | None:
        """What has been deciphered; None where more must come first, b"" at the end. Raises `ssl.SSLError`."""
        if not self._in.pending and not self._in.eof and not self._pending():
            return None  # what the exception would tell, which costs as much as deciphering
        try:
            return self._read(_PIECE)
        except ssl.SSLWantReadError:
            return None
        except ssl.SSLZeroReturnError:
            return b""

    @property
    def session(self) -> ssl.SSLSession | None:
        """To be taken up by a later connection. In TLS 1.3 it comes after the handshake (RFC 8446, section 4.6.1)."""
        return self._object.session

    @property
    def resumed(self) -> bool:
        """Whether the server has taken up the earlier session."""
        return bool(self._object.session_reused)

    @property
    def certificate(self) -> dict[str, object]:
        """The server's, as `ssl.SSLSocket.getpeercert` tells it."""
        return dict(self._object.getpeercert() or {})
