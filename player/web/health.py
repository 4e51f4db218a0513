"""This service itself, never the media: `/healthz` (the process answers) and `/readyz` (it can do its work)."""

from __future__ import annotations

from typing import Any

from flask import Response
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from player import tables
from player.web.assets import COMMAND
from player.web.caching import HEALTH, NEVER, json_response
from player.web.service import Service, current, version

RETRY_SECONDS = 5

Check = dict[str, Any]
PASS: Check = {"status": "pass"}


def healthz() -> Response:
    return json_response({"status": "pass", "version": version()}, cache=NEVER, content_type=HEALTH)


def readyz() -> Response:
    """503 while something is wrong, with a check for each part and its output naming what."""
    service = current()
    checks = {"database": _database(service), "widget": _widget(service), "monitor": _monitor(service)}
    failing = any(check["status"] == "fail" for check in checks.values())
    told = {
        "status": "fail" if failing else "pass",
        "version": version(),
        # The format's values are lists, for parts that have several instances.
        "checks": {name: [check] for name, check in checks.items()},
    }
    response = json_response(told, cache=NEVER, content_type=HEALTH, status=503 if failing else 200)
    if failing:
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _fail(output: str) -> Check:
    return {"status": "fail", "output": output}


def _database(service: Service) -> Check:
    try:
        with service.engine.connect() as connection:
            connection.execute(select(tables.media.c.id).limit(1))
    except SQLAlchemyError as error:
        # The address may hold a password, and the statement is noise: the driver's own line is enough.
        return _fail(f"the database does not answer: {getattr(error, 'orig', None) or type(error).__name__}")
    return PASS


def _widget(service: Service) -> Check:
    if service.assets is None:
        return _fail(f"the widget has not been built; build it with `{COMMAND}`")
    return {**PASS, "build": service.assets.version}


def _monitor(service: Service) -> Check:
    """Of the monitor in this process, or the one beside all workers, whichever of them is asked."""
    watched = service.monitor or service.beside
    if watched is None:
        return {**PASS, "output": "no monitor runs in this process"}
    status = watched.status
    if not status.alive:
        return _fail("the monitor has stopped" if status.error is None else status.error)
    if status.error is not None:
        since = f" since {status.failing_since:%Y-%m-%dT%H:%M:%SZ}" if status.failing_since else ""
        return _fail(f"the monitor is held up{since}: {status.error}")
    return PASS
