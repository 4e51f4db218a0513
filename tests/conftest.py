"""Fixtures for every test: media, servers on free ports."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.clips import make_clip
from tests.servers import ArticleServer, PlayerServer, run_article_server, run_player

pytest_plugins = [
    "tests.browser.stage",
    "tests.databases",
    "tests.node",
    "tests.origin",
    "tests.samples",
    "tests.slow",
    "tests.streams",
    "tests.widget",
]

# A loaded machine is no fault of the code.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `tone.mp3`, `tone.ogg`, `tone.mp4` and `tone.webm`, ten seconds each."""
    folder = tmp_path_factory.mktemp("clips")
    for name in ("tone.mp3", "tone.ogg", "tone.mp4", "tone.webm"):
        make_clip(folder / name)
    return folder


@pytest.fixture
def article() -> Iterator[ArticleServer]:
    """A server for pages with any Content-Security-Policy, on an origin of its own (`http://localhost:…`)."""
    with run_article_server() as server:
        yield server


@pytest.fixture
def player_server(tmp_path: Path) -> Iterator[Callable[..., PlayerServer]]:
    """Start the real application: `player_server(items, **settings)`, items as the catalogue's JSON has them."""
    with ExitStack() as stack:

        def start(items: list[dict[str, Any]] | None = None, **settings: Any) -> PlayerServer:
            database = f"sqlite:///{tmp_path / 'player.db'}"
            return stack.enter_context(run_player(items or [], {"database_url": database, **settings}))

        yield start
