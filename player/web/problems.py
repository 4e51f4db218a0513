"""Errors as problem details (RFC 9457): one JSON shape for everything that goes wrong under our addresses.

    {"title": "Bad Request", "status": 400, "detail": "…", "parameter": "limit", "allowed": "1 to 500"}

`title` is the status's own phrase, so `type` is "about:blank" and left out (section 4.2.1). `detail` is for an
engineer, never for a reader; what a client may act on stands in members of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Flask, Response, current_app
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from player.web.headers import secure

STORE_RETRY_SECONDS = 5


class Problem(Exception):
    """Ends a request with problem details. `members`: extension members; `headers`: of the response."""

    def __init__(self, status: int, detail: str, *, headers: Mapping[str, str] | None = None, **members: Any) -> None:
        super().__init__(detail)
        self.status = HTTPStatus(status)
        self.detail = detail
        self.headers = dict(headers or {})
        self.members = members

    def response(self) -> Response:
        body = {"title": self.status.phrase, "status": int(self.status), "detail": self.detail, **self.members}
        response = Response(
            json.dumps(body, ensure_ascii=False, separators=(",", ":")) + "\n",
            status=int(self.status),
            content_type="application/problem+json",
        )
        response.headers["Cache-Control"] = "no-store"
        response.headers.update(self.headers)
        return secure(response)


def not_allowed(allowed: str) -> Problem:
    return Problem(405, f"Only {allowed} can be done here.", headers={"Allow": allowed}, allowed=allowed)


def _from_problem(problem: Problem) -> Response:
    return problem.response()


def _from_http(error: HTTPException) -> Response:
    """What Flask itself raises: an unknown address, a method that a route does not have, a malformed request."""
    if error.response is not None or error.code is None or error.code < 400:
        made = error.get_response()  # a redirect, or a response that somebody made on purpose
        return Response(made.get_data(), status=made.status, headers=list(made.headers))
    kept = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After", "WWW-Authenticate")}
    return Problem(error.code, error.description or HTTPStatus(error.code).phrase, headers=kept).response()


def _from_store(error: Exception) -> Response:
    current_app.logger.error("The database does not answer: %s", error)
    return Problem(
        503, "The database does not answer.", headers={"Retry-After": str(STORE_RETRY_SECONDS)}, check="database"
    ).response()


def _from_fault(error: Exception) -> Response:
    current_app.logger.exception("Unhandled error", exc_info=error)
    return Problem(500, "The service met an error of its own; its log says more.").response()


def handle(owner: Flask | Blueprint) -> None:
    """Give an application, or a blueprint within somebody else's, these answers.

    `Problem` is no HTTPException on purpose: Flask prefers a host's handler for a status code to a blueprint's
    handler for a class, and our addresses answer alike in every host.
    """
    owner.register_error_handler(Problem, _from_problem)
    owner.register_error_handler(HTTPException, _from_http)
    owner.register_error_handler(DBAPIError, _from_store)
    owner.register_error_handler(PoolTimeout, _from_store)
    owner.register_error_handler(Exception, _from_fault)
