"""A certificate authority for an hour, and certificates by it."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

NAME = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Steady Player's test authority")])


class Authority:
    """Issues certificates; `certificate` is its own as PEM, for those who are to trust it."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        constraints = x509.BasicConstraints(ca=True, path_length=0)
        usage = x509.KeyUsage(
            digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False,
            key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False,
            decipher_only=False,
        )  # fmt: skip
        draft = self._draft(NAME, self._key.public_key(), timedelta(days=30))
        draft = draft.add_extension(constraints, critical=True).add_extension(usage, critical=True)
        self._certificate = draft.sign(self._key, hashes.SHA256())
        self.certificate = self._certificate.public_bytes(serialization.Encoding.PEM)

    def issue(
        self,
        folder: Path,
        *names: str,
        valid: timedelta = timedelta(days=30),
        since: timedelta = timedelta(days=-90),
        by_itself: bool = False,
    ) -> tuple[Path, Path]:
        """Files with a certificate for the names or IP addresses, and its key. It holds from `since` until `valid`
        from now: a negative one has run out. `by_itself`: signed by nobody but its own key."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0])])
        signer = key if by_itself else self._key
        draft = self._draft(subject, key.public_key(), valid, since=since, issuer=subject if by_itself else NAME)
        draft = draft.add_extension(x509.SubjectAlternativeName([_name(name) for name in names]), critical=False)
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
        certificate = draft.add_extension(authority, critical=False).sign(signer, hashes.SHA256())
        stem = f"{names[0].replace('*', '_')}-{x509.random_serial_number():x}"
        files = folder / f"{stem}.pem", folder / f"{stem}.key"
        files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        encoding, plain = serialization.Encoding.PEM, serialization.NoEncryption()
        files[1].write_bytes(key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain))
        return files

    def _draft(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePublicKey,
        valid: timedelta,
        *,
        since: timedelta = timedelta(days=-90),
        issuer: x509.Name = NAME,
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + since)
            .not_valid_after(now + valid)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        )


def _name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
