"""Until when a signed address is good, as far as its own text tells.

Signing is not standardised; these are the spellings of the large stores and networks: AWS Signature 4 and its
likes (`X-Amz-Date` with `X-Amz-Expires`), CloudFront (`Expires`, or a base64 `Policy`), Azure (`se`), Akamai's
tokens (`hdnts=exp=…~acl=…`, in the query or the path), JSON web tokens (RFC 7519, `exp`), and plain numbers
under a telling name.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote, urlsplit

_LONGEST = 16_384
_NAMES = frozenset(
    {
        "e", "et", "end", "endtime", "exp", "expire", "expireat", "expires", "expiresat", "expiretime", "expiry",
        "expiration", "deadline", "until", "validto", "validuntil", "wowzatokenendtime", "tokenexpires",
    }
)  # fmt: skip
# They overlap: the value of one may be the name of the next, as in `hdnea=exp=1893456000~hmac=…`.
_PAIR = re.compile(r"(?<![\w.-])(?=([\w.-]{1,40})=([^=&~;/!*]{1,2000}))")
_STAMP = re.compile(r"\d{8}T\d{6}Z")
_JWT = re.compile(r"eyJ[\w-]{2,4000}\.(eyJ[\w-]{2,8000})\.[\w-]*")
# Alibaba, type A; Fastly
_TIMED_KEY = re.compile(r"(?:auth_key=(?=\d{10}-)|token=(?=\d{10}_(?:0x)?[0-9a-f]))(\d{10})")
_MOMENT = re.compile(r"[0-9]{4}(?:[0-9]{4}|W|-[0-9W])")  # what any moment has in it that is not encoded
_FIRST, _LAST = datetime(2001, 9, 9, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def expiry(url: str) -> datetime | None:
    """When the address stops being good: the earliest moment that it names, in UTC; None where it names none."""
    if "=" not in url and "%" not in url and "eyJ" not in url:
        return None  # most addresses
    if not (_MOMENT.search(url) or "%" in url or "eyJ" in url or "olicy" in url.lower()):
        return None  # most of the others
    try:
        parts = urlsplit(url[:_LONGEST])
    except ValueError:
        return None
    text = unquote(f"{parts.path}&{parts.query}")
    moments = [moment for moment in _moments(text) if _FIRST <= moment < _LAST]
    return min(moments, default=None)


def _moments(text: str) -> Iterator[datetime]:
    pairs = {name.lower(): value for name, value in _PAIR.findall(text)}
    for name, value in pairs.items():
        if name.endswith("-expires") and (began := _stamp(pairs.get(name.removesuffix("-expires") + "-date", ""))):
            if value.isascii() and value.isdigit():
                yield began + timedelta(seconds=int(value[:9]))
        elif name == "se" or name.replace("_", "").replace("-", "") in _NAMES:
            yield from _when(value)
        elif name == "policy":
            yield from _policy(value)
    for payload in _JWT.findall(text):
        yield from _stated(payload, ("exp",))
    if found := _TIMED_KEY.search(text):
        yield from _when(found[1])


def _stamp(text: str) -> datetime | None:
    """The basic format of ISO 8601, as AWS writes it: 20200101T000000Z."""
    if not _STAMP.fullmatch(text):
        return None
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def _when(text: str) -> Iterator[datetime]:
    """Seconds or milliseconds since 1970, or a date of ISO 8601."""
    if text.isascii() and text.isdigit():
        if 9 <= len(text) <= 13:
            yield datetime.fromtimestamp(int(text) / (1000 if len(text) > 11 else 1), UTC)
        return
    if stamp := _stamp(text):
        yield stamp
        return
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return
    yield moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _policy(text: str) -> Iterator[datetime]:
    """CloudFront's custom policy: base64 with `-~_` for `+/=`; the value ends where the pattern of pairs does."""
    yield from _stated(text.replace("-", "+").replace("_", "="), ("AWS:EpochTime", "expiration"))


def _stated(payload: str, names: tuple[str, ...]) -> Iterator[datetime]:
    """The moments under these names, however deep, in base64 JSON."""
    try:
        padded = payload.rstrip("=") + "=" * (-len(payload.rstrip("=")) % 4)
        data = base64.b64decode(padded.replace("-", "+").replace("_", "/"))
        found = json.loads(data)
    except (binascii.Error, ValueError, RecursionError):
        return
    queue = [found]
    while queue:
        value = queue.pop()
        if isinstance(value, list):
            queue += value
        elif isinstance(value, dict):
            queue += value.values()
            for name in names:
                yield from _when(str(value.get(name, "")))
