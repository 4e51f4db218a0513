"""Headers that every one of our responses carries, and the answer to a preflight."""

from __future__ import annotations

from typing import TypeVar

from flask import Response

METHODS = "GET, HEAD, OPTIONS"
EXPOSED = "ETag, Date, Retry-After"
PREFLIGHT_SECONDS = 86_400

AnyResponse = TypeVar("AnyResponse", bound=Response)

PUBLIC = {
    # Every address is public and answers the same to every origin, hence "*" and no Vary: Origin.
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": EXPOSED,
    # A page under Cross-Origin-Embedder-Policy: require-corp may load us (Fetch, section 3.7).
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
    "Timing-Allow-Origin": "*",
}


def secure(response: AnyResponse) -> AnyResponse:
    """Add what is missing of the public headers; what a view has set stands."""
    for name, value in PUBLIC.items():
        response.headers.setdefault(name, value)
    return response


def preflight() -> Response:
    """The answer to OPTIONS: any origin, reading only (Fetch, section 3.3)."""
    response = Response(status=204)
    del response.headers["Content-Type"]
    response.headers["Allow"] = METHODS
    response.headers["Access-Control-Allow-Methods"] = METHODS
    # The one header that "*" does not mean (Fetch, section 3.3.4).
    response.headers["Access-Control-Allow-Headers"] = "*, Authorization"
    response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
    response.headers["Cache-Control"] = f"public, max-age={PREFLIGHT_SECONDS}"
    return secure(response)
