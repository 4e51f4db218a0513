"""HLS and DASH in every shape, made once a session."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.streams import make


@dataclass(frozen=True, slots=True)
class StreamMedia:
    """`root` is to be served, and not written to; `entries`: by name, the path that a player is given."""

    root: Path
    entries: dict[str, str]


@pytest.fixture(scope="session")
def streams(tmp_path_factory: pytest.TempPathFactory) -> StreamMedia:
    """Twelve seconds of the demo's film in each of `demo.streams.STREAMS`, in segments of two seconds."""
    folder = tmp_path_factory.mktemp("streams")
    return StreamMedia(folder, make(folder))
