"""Which reason code an error of the network argues for."""

from __future__ import annotations

import errno
import socket
import ssl
from pathlib import Path

from player.probe.address import AddressRefused
from player.probe.fetched import Failure

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
# OpenSSL's X509_V_ERR_…: not yet valid, run out, another name, another IP address. The rest is about who signed.
_CERTIFICATES = {9: "tls-expired", 10: "tls-expired", 62: "tls-name", 64: "tls-name"}


def failure_of(error: BaseException) -> Failure:
    """The failure that an error of a name server, of a socket or of TLS stands for."""
    if isinstance(error, AddressRefused):
        return Failure("address-refused", f"{error.address}: {error.why}")
    if isinstance(error, ssl.SSLCertVerificationError):
        return of_certificate(error)
    if isinstance(error, ssl.SSLError):
        return Failure("tls", error.reason or type(error).__name__)
    if isinstance(error, socket.gaierror):
        return Failure("dns", str(error.strerror))
    if isinstance(error, OSError):
        code = _BY_ERRNO.get(error.errno or 0, "unreachable")
        return Failure(code, errno.errorcode.get(error.errno or 0, type(error).__name__))
    if isinstance(error, ValueError):
        return Failure("bad-url", type(error).__name__)
    return Failure("unreachable", type(error).__name__)


def of_certificate(error: BaseException) -> Failure:
    """A certificate that will not do, in OpenSSL's words; where the prober has no authorities, it cannot judge."""
    words = getattr(error, "verify_message", None) or getattr(error, "reason", None) or type(error).__name__
    code = _CERTIFICATES.get(getattr(error, "verify_code", None) or 0, "tls-untrusted")
    if code == "tls-untrusted" and not _has_authorities():
        code = "probe-failed"
    return Failure(code, str(words))


def no_http(words: str) -> Failure:
    return Failure("server-error", f"no HTTP: {' '.join(words.split())[:200]}")


def _has_authorities() -> bool:
    """Whether this machine has any certificate authorities to judge by."""
    paths = ssl.get_default_verify_paths()
    folder = Path(paths.capath) if paths.capath else None
    return bool(paths.cafile) or bool(folder and folder.is_dir() and any(folder.iterdir()))
