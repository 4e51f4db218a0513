"""What the addresses share: one `Service` to an application, kept in `app.extensions`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from typing import cast

from flask import current_app, request
from sqlalchemy import Engine

from player.catalogue.fields import InvalidMedia, slug
from player.catalogue.media import Media
from player.catalogue.store import Catalogue
from player.monitor.board import Board
from player.monitor.history import History
from player.monitor.interest import room
from player.monitor.outbox import channels
from player.monitor.reading import EngineReader, Reader
from player.monitor.worker import Monitor
from player.settings import Settings
from player.tokens import Tokens
from player.web.asked import Asked
from player.web.assets import Assets

EXTENSION = "steady-player"


@dataclass(slots=True)
class Service:
    """`prefix`: where our addresses start in the application, such as "/player", or "".

    `assets`: None while the widget has not been built. `monitor`: the one in this process, if there is one; `beside`:
    what the one says that runs beside several workers.
    """

    settings: Settings
    engine: Engine
    prefix: str
    assets: Assets | None
    monitor: Monitor | None = None
    beside: Board | None = None
    catalogue: Catalogue = field(init=False)
    history: History = field(init=False)
    reader: Reader = field(init=False)
    tokens: Tokens = field(init=False)
    asked: Asked = field(init=False)

    def __post_init__(self) -> None:
        self.catalogue = Catalogue(self.engine)
        self.history = History(self.engine, channels=channels(self.settings), quiet=self.settings.quiet_hours)
        self.tokens = Tokens(self.engine)
        self.reader = EngineReader(self.catalogue, self.history)
        self.asked = Asked(self._tell_interest)

    def item(self, media_id: str) -> Media | None:
        """The item, if there is one; what cannot be an id is not even looked for."""
        try:
            return self.catalogue.get(slug("id", media_id))
        except InvalidMedia:
            return None

    def _tell_interest(self, media_ids: Collection[str]) -> None:
        self.history.interest.tell(media_ids, now(), room(self.settings))

    def start_monitor(self) -> Monitor:
        """Probe from this process, from now on. Raises `AlreadyRunning`."""
        monitor = Monitor(self.history, self.settings)
        monitor.start()
        self.monitor = monitor
        return monitor


def current() -> Service:
    return cast(Service, current_app.extensions[EXTENSION])


def now() -> datetime:
    return datetime.now(UTC)


def absolute(path: str) -> str:
    """The absolute address of one of our paths: PLAYER_PUBLIC_URL and the path, else as the request came in."""
    service = current()
    base = service.settings.public_url or request.url_root.rstrip("/") + service.prefix
    return base + path


def local(path: str) -> str:
    """As short as a page of the same application can have it: without the host, unless PLAYER_PUBLIC_URL is set."""
    service = current()
    return (service.settings.public_url or request.script_root + service.prefix) + path


def version() -> str:
    """The package's version, or "0" in a checkout that was never installed."""
    try:
        return installed_version("steady-player")
    except PackageNotFoundError:
        return "0"
