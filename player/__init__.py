"""Steady Player: a media player for article pages, and a backend that knows whether the media plays."""

from __future__ import annotations

import os
import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the command line's quick answers should not wait for Flask
    from flask import Flask
    from sqlalchemy import Engine

    from player.settings import Settings

__all__ = ["MediaPlayer", "create_app"]


def create_app(settings: Settings | Mapping[str, object] | None = None) -> Flask:
    """The player's own application.

    `settings`: ready, or `PLAYER_*` names and values that win over the environment's. Raises `SettingsError`,
    `DatabaseError`. No monitor is started: `steady-player serve` does that, or `Service.start_monitor`.
    """
    from flask import Flask

    from player.web import problems

    app = Flask(__name__, static_folder=None)
    problems.handle(app)
    if settings is not None and isinstance(settings, Mapping):
        app.config.update(settings)
        settings = None
    MediaPlayer(app, settings=settings)
    return app


class MediaPlayer:
    """The player's addresses and its template helper for a Flask application that exists already.

        MediaPlayer(app, url_prefix="/player")
        {{ media_player("river-crossing") }}

    Settings come from `PLAYER_*` in `app.config`, else in the environment. Nothing outside the prefix changes: the
    host's error handlers, hooks and templates stay as they are. Where its pages are behind a proxy that rewrites
    paths, `PLAYER_PUBLIC_URL` says where the prefix is seen from outside.
    """

    def __init__(self, app: Flask | None = None, *, url_prefix: str = "", settings: Settings | None = None) -> None:
        self.url_prefix = _prefix(url_prefix)
        self._settings = settings
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Raises `SettingsError`, `DatabaseError`; RuntimeError if the application has a player already."""
        from player.database import open_engine
        from player.files import static
        from player.settings import Settings
        from player.web.assets import load
        from player.web.markup import media_player
        from player.web.routes import blueprint
        from player.web.service import EXTENSION, Service

        if EXTENSION in app.extensions:
            raise RuntimeError("this application has a MediaPlayer already")
        settings = self._settings or Settings.load(os.environ, app.config)
        engine = open_engine(settings.database_url)
        _leave_to_parent(engine)
        app.extensions[EXTENSION] = Service(settings, engine, self.url_prefix, load(static() / "build"))
        app.jinja_env.globals["media_player"] = media_player
        app.register_blueprint(blueprint(self.url_prefix))


def _prefix(given: str) -> str:
    prefix = given.rstrip("/")
    if prefix and not prefix.startswith("/"):
        raise ValueError(f"url_prefix={given!r} has to begin with a slash")
    return prefix


def _leave_to_parent(engine: Engine) -> None:
    """A server that loads the application and then forks must not share the pool's connections with its workers
    (https://docs.sqlalchemy.org/en/20/core/pooling.html#using-connection-pools-with-multiprocessing-or-os-fork)."""
    held = weakref.ref(engine)

    def forget() -> None:
        if (ours := held()) is not None:
            ours.dispose(close=False)

    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=forget)
