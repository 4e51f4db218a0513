"""Caching: validators, freshness, and the negotiation of precompressed bodies (RFC 9110, RFC 9111).

An ETag is made of the body's bytes alone, so it stays while nothing changes, in every process and after a restart.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from flask import Response, request
from werkzeug.datastructures import Accept

BRIEF = "public, max-age=15, stale-while-revalidate=60"
"""Manifests and availability: what changes with a probe."""

RELEASE = "public, max-age=300, stale-while-revalidate=600"
"""The widget's entry: what changes with a release. An older one may serve while the newer is fetched, but not for
long: the files that it fetches later are those of its own build, which go with the release."""

MINUTES = "public, max-age=300"
"""The iframe page and oEmbed: never served past their time, or a takedown would not reach them."""

IMMUTABLE = "public, max-age=31536000, immutable"
"""Addresses that carry a hash of their content (RFC 8246)."""

NEVER = "no-store"

HEALTH = "application/health+json"


@dataclass(slots=True)
class Document:
    """A whole answer. `holds`: seconds after which it may read otherwise, though nothing was written."""

    status: int
    content_type: str
    body: bytes
    etag: str
    retry_after: int | None
    holds: float
    cache: str = BRIEF


def tag(body: bytes) -> str:
    """A strong entity tag's opaque part: 128 bits of SHA-256 as hex."""
    return hashlib.sha256(body).hexdigest()[:32]


def encode(payload: Any) -> bytes:
    """Compact JSON in UTF-8, keys in the order they stand in."""
    try:
        return orjson.dumps(payload)
    except orjson.JSONEncodeError:  # a number of more than 64 bits, which evidence may hold
        return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def decode(told: str | Mapping[str, Any] | None) -> Any:
    """JSON of ours, as text or read already; what somebody else has spoilt reads as empty, as `tables.Told` does it."""
    if not isinstance(told, str):
        return {} if told is None else told
    try:
        read = orjson.loads(told)
        # To orjson a number of more than 64 bits is a float, and some of what json takes a fault.
        return read if _plain(read) or _LONG.search(told) is None else json.loads(told)
    except ValueError:
        pass
    try:
        return json.loads(told)
    except ValueError:
        return {}


def _plain(read: Any) -> bool:
    """Whether it is an object of single values, none of which can have been too long: which costs less to see than to
    look through the text."""
    if not isinstance(read, dict):
        return False
    for one in read.values():
        kind = one.__class__
        if kind is dict or kind is list or (kind is float and abs(one) >= _LARGE):
            return False
    return True


_LARGE = 1e18
_LONG = re.compile(r"\d{19}")


def json_response(payload: Any, *, cache: str, content_type: str = "application/json", status: int = 200) -> Response:
    """JSON with validator and freshness, and 304 where the client's copy is the same; neither with `NEVER`."""
    response = Response(encode(payload), status=status, content_type=content_type)
    if cache == NEVER:
        response.headers["Cache-Control"] = NEVER
        return response
    return cached(response, cache=cache)


def respond(document: Document) -> Response:
    """A document, or 304."""
    response = Response(document.body, status=document.status, content_type=document.content_type)
    if document.retry_after is not None:
        response.headers["Retry-After"] = str(document.retry_after)
    return cached(response, cache=document.cache, etag=document.etag)


def cached(response: Response, *, cache: str, etag: str | None = None) -> Response:
    """Give a response its Cache-Control and ETag, and answer If-None-Match with 304.

    Only a success is conditional (RFC 9110 section 13.2.1): a monitor that sends the tag of a failing answer gets
    the failure again, never 304.
    """
    response.headers["Cache-Control"] = cache
    response.set_etag(etag or tag(response.get_data()))
    if response.status_code == 200:
        response.make_conditional(request)
    return response


CODINGS = ("br", "gzip")
"""Precompressed siblings that a file may have, the better first."""


def coding(accepted: Accept, there: tuple[str, ...] = CODINGS) -> str | None:
    """The content coding to send, or None for the plain bytes.

    `accepted`: the request's Accept-Encoding. The highest q-value wins; among equals the smaller body. Plain bytes
    rank after every coding that the client takes unless it rates them higher by name, and are sent for want of
    anything else, even against "identity;q=0" (RFC 9110 section 12.5.3 lets a server do so).
    """
    ranked = [(accepted.quality(name), -CODINGS.index(name), name) for name in there]
    quality, _, best = max(ranked, default=(0, 0, ""))
    named = {str(name).lower(): rating for name, rating in accepted}
    return best if quality > 0 and quality >= named.get("identity", 0) else None
