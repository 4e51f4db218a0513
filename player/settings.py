"""Every setting, typed, from `PLAYER_*` variables or from a Flask app's config.

A variable is named after its field: `PLAYER_PROBE_TIMEOUT` is `Settings.probe_timeout`. An unknown
`PLAYER_*` name is an error, because a misspelt setting that is silently ignored is found in production.
"""

from __future__ import annotations

import base64
import binascii
import difflib
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network, ip_network
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from player.quiet import QuietHours

PREFIX = "PLAYER_"
SUITE = "PLAYER_TEST_"  # what tells the test suite which browsers to use is no setting, and no misspelt one
MOST_WORKERS = 64
HOME = "home"  # the vantage point of those who name none
Network = IPv4Network | IPv6Network


class SettingsError(ValueError):
    """A setting cannot be used. `name`: the variable's; the message says the value and what is expected."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name}: {problem}")
        self.name = name
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator can choose. Times in seconds."""

    database_url: str = "sqlite:///steady-player.db"
    allow_networks: tuple[Network, ...] = ()  # private networks that a probe may reach all the same
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1  # processes that serve
    public_url: str | None = None  # base of absolute addresses, without a final slash; None: the request's own
    probe_interval: float = 60.0  # between two probes of one source
    probe_timeout: float = 10.0  # for one whole probe
    probe_concurrency: int = 200
    probe_per_host: int = 8
    probe_rate: float = 50.0  # probes a second that are planned for; beyond it the older items are probed less often
    probe_host_rate: float = 200.0  # probes a second that begin at one host
    probe_origin: str = "https://www.example.org"  # of the article pages; what probes send as Origin
    deep_hours: float = 0.0  # between two deep looks at a source; 0: none by themselves
    max_redirects: int = 20
    tls_warn_days: float = 14.0  # before its end, a certificate is worth a word
    monitor: bool = True  # whether `serve` probes in the same process
    vantage: str = HOME  # the place that this monitor looks from
    keep_days: int = 400  # that transitions and ended incidents are kept
    public_health: bool = True  # whether all but what readers' pages need may be read without a token
    fail_below: float = 1.0  # share of published items that must not be unavailable
    webhooks: tuple[str, ...] = field(default=(), repr=False)  # addresses that incidents are posted to
    webhook_secret: str | None = field(default=None, repr=False)  # whsec_…: signs them
    notify: tuple[str, ...] = field(default=(), repr=False)  # Apprise addresses of people
    quiet_hours: QuietHours | None = None  # people are told afterwards

    @classmethod
    def load(cls, environ: Mapping[str, str], overrides: Mapping[str, object] = MappingProxyType({})) -> Settings:
        """Read `environ`, then let `overrides` win; both are searched for `PLAYER_*` names only.

        Values are strings or already of the field's type; an empty string means the default.
        Raises `SettingsError`.
        """
        values: dict[str, Any] = {}
        for name, value in [*environ.items(), *overrides.items()]:
            if name.startswith(PREFIX) and not name.startswith(SUITE):
                values.update(_read(name, value))
        return cls(**values)


def _read(name: str, value: object) -> dict[str, object]:
    field = name.removeprefix(PREFIX).lower()
    reader = _READERS.get(field)
    if reader is None or not name.isupper():
        raise SettingsError(name, f"there is no such setting; {_nearest(name)}")
    if value == "":
        return {}
    try:
        return {field: reader(value)}
    except (ValueError, TypeError) as error:
        raise SettingsError(name, f"{value!r} will not do: {error}") from None


def _nearest(name: str) -> str:
    near = difflib.get_close_matches(name.removeprefix(PREFIX).lower(), _READERS, 1)
    if near:
        return f"did you mean {PREFIX}{near[0].upper()}?"
    return f"the settings are {', '.join(PREFIX + field.upper() for field in _READERS)}"


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("expected a string")
    return value


def _address(value: object, *, query: bool = False) -> str | None:
    if value is None:
        return None
    expected = "expected an http or https address such as https://media.example.org"
    text = _text(value).rstrip("/")
    try:
        parts = urlsplit(text)
    except ValueError:
        raise ValueError(expected) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or (parts.query and not query) or parts.fragment:
        raise ValueError(expected)
    return text


def _origin(value: object) -> str:
    found = _address(value)
    if found is None or urlsplit(found).path:
        raise ValueError("expected scheme and host alone, such as https://www.example.org")
    return found


def secret_key(secret: str) -> bytes:
    """`whsec_` and Base64 of 24 to 64 bytes. Raises `ValueError`."""
    expected = "expected whsec_ and the Base64 of 24 to 64 bytes, such as the output of: openssl rand -base64 32"
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(expected) from None
    if not secret.startswith("whsec_") or not 24 <= len(key) <= 64:
        raise ValueError(expected)
    return key


def _secret(value: object) -> str:
    secret_key(_text(value))
    return _text(value)


def vantage_name(value: object) -> str:
    """A vantage point's name, as it stands in the database, in metrics and in sentences. Raises `ValueError`."""
    text = _text(value)
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?", text):
        raise ValueError("expected 1 to 32 small letters, digits and inner hyphens, such as eu-west")
    return text


def _words(value: object) -> tuple[str, ...]:
    return tuple(_text(value).split()) if isinstance(value, str) else tuple(map(_text, _listed(value)))


def _addresses(value: object) -> tuple[str, ...]:
    return tuple(address for word in _words(value) if (address := _address(word, query=True)))


def _listed(value: object) -> list[object]:
    if not isinstance(value, (list, tuple)):
        raise TypeError("expected addresses separated by spaces")
    return list(value)


def _quiet(value: object) -> QuietHours:
    return value if isinstance(value, QuietHours) else QuietHours.parse(_text(value))


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in ("1", "true", "yes", "on"):
        return True
    if word in ("0", "false", "no", "off"):
        return False
    raise ValueError("expected on or off")


def _networks(value: object) -> tuple[Network, ...]:
    if isinstance(value, (list, tuple)):
        words = list(value)
    else:
        words = [word.strip() for word in _text(value).split(",") if word.strip()]
    found: list[Network] = []
    for word in words:
        try:
            found.append(word if isinstance(word, (IPv4Network, IPv6Network)) else ip_network(word))
        except ValueError:
            expected = "expected networks in CIDR notation joined by commas, such as 127.0.0.0/8,::1/128"
            raise ValueError(f"{word!r} is not a network; {expected}") from None
    return tuple(found)


def _whole(low: int, high: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        expected = f"expected a whole number from {low} to {high}"
        if isinstance(value, bool) or not isinstance(value, (int, str)):
            raise TypeError(expected)
        try:
            number = int(value)
        except ValueError:
            raise ValueError(expected) from None
        if not low <= number <= high:
            raise ValueError(expected)
        return number

    return read


def _number(low: float, high: float) -> Callable[[object], float]:
    def read(value: object) -> float:
        expected = f"expected a number from {low:g} to {high:g}"
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            raise TypeError(expected)
        try:
            number = float(value)
        except (ValueError, OverflowError):
            raise ValueError(expected) from None
        if not math.isfinite(number) or not low <= number <= high:
            raise ValueError(expected)
        return number

    return read


_READERS: dict[str, Callable[[object], object]] = {
    "database_url": _text,
    "allow_networks": _networks,
    "host": _text,
    "port": _whole(0, 65535),
    "workers": _whole(1, MOST_WORKERS),
    "public_url": _address,
    "probe_interval": _number(0.05, 86_400),
    "probe_timeout": _number(0.05, 600),
    "probe_concurrency": _whole(1, 10_000),
    "probe_per_host": _whole(1, 1_000),
    "probe_rate": _number(0.01, 100_000),
    "probe_host_rate": _number(0.01, 100_000),
    "probe_origin": _origin,
    "deep_hours": _number(0, 8760),
    "max_redirects": _whole(0, 50),
    "tls_warn_days": _number(0, 365),
    "monitor": _flag,
    "vantage": vantage_name,
    "keep_days": _whole(91, 36_500),
    "public_health": _flag,
    "fail_below": _number(0, 1),
    "webhooks": _addresses,
    "webhook_secret": _secret,
    "notify": _words,
    "quiet_hours": _quiet,
}

if set(_READERS) != {field.name for field in fields(Settings)}:  # pragma: no cover
    raise AssertionError("every setting needs a reader")
