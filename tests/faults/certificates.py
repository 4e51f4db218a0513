"""What a server may show for itself in TLS, by name; one authority of our own, which the prober is told to trust."""

from __future__ import annotations

import contextlib
import os
import ssl
import warnings
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from tests.authority import Authority

_HERE = "127.0.0.1"
_DAYS = {"sound": 90, "soon": 5, "expired": -2}


def contexts(folder: Path) -> dict[str, ssl.SSLContext]:
    """sound, soon (it runs out in five days), expired, not-yet, other-name, unknown (by an authority that nobody
    knows), self-signed, old (TLS 1.1 alone), asking (for a certificate of the client's). The trusted authority's
    certificate is written to `authority.pem`."""
    trusted, unknown = Authority(), Authority()
    (folder / "authority.pem").write_bytes(trusted.certificate)
    files = {name: trusted.issue(folder, _HERE, valid=timedelta(days=days)) for name, days in _DAYS.items()}
    files["not-yet"] = trusted.issue(folder, _HERE, valid=timedelta(days=90), since=timedelta(days=1))
    files["other-name"] = trusted.issue(folder, "media.example")
    files["unknown"] = unknown.issue(folder, _HERE)
    files["self-signed"] = trusted.issue(folder, _HERE, by_itself=True)
    files["old"] = files["asking"] = files["sound"]
    made = {}
    for name, pair in files.items():
        made[name] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made[name].load_cert_chain(*pair)
    with contextlib.suppress(ValueError):
        made["old"].set_ciphers("DEFAULT:@SECLEVEL=0")
    with warnings.catch_warnings(action="ignore"):
        made["old"].minimum_version = made["old"].maximum_version = ssl.TLSVersion.TLSv1_1
    made["asking"].verify_mode = ssl.CERT_REQUIRED
    made["asking"].load_verify_locations(folder / "authority.pem")
    return made


@contextlib.contextmanager
def trusting(folder: Path) -> Iterator[None]:
    """Whoever opens a prober within the block trusts the authority of that folder."""
    before = os.environ.get("SSL_CERT_FILE")
    os.environ["SSL_CERT_FILE"] = str(folder / "authority.pem")
    try:
        yield
    finally:
        if before is None:
            del os.environ["SSL_CERT_FILE"]
        else:
            os.environ["SSL_CERT_FILE"] = before
