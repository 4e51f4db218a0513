"""Fixtures over the fault origin: a folder to put media into, served on a free port from a thread.

A module of tests takes them by `pytest_plugins = ["tests.origin"]`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.origin import RunningOrigin, run_origin


@pytest.fixture
def origin_root(tmp_path: Path) -> Path:
    root = tmp_path / "origin"
    root.mkdir()
    return root


@pytest.fixture
def origin(origin_root: Path) -> Iterator[RunningOrigin]:
    with run_origin(origin_root) as running:
        yield running
