"""No bytes make a parser raise, or ask for what it has been given."""

from __future__ import annotations

import random
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.seeds import seeds, spoilt
from tests.fuzz.targets import TARGETS

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 60  # of every seed


@pytest.mark.parametrize("name", TARGETS)
def test_spoilt_files_are_read(samples: Path, name: str) -> None:
    chance = random.Random(name)
    found = seeds(name, samples)
    assert found
    for data in found:
        TARGETS[name](data)
        for number in range(ROUNDS):
            broken = spoilt(data, chance)
            try:
                TARGETS[name](broken)
            except Exception as error:
                error.add_note(f"{name}: round {number}, {len(broken)} bytes: {broken[:200].hex()}")
                raise


@pytest.mark.parametrize("name", TARGETS)
@given(data=st.binary(max_size=400))
def test_any_bytes_are_read(name: str, data: bytes) -> None:
    TARGETS[name](data)


@pytest.mark.slow
@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris has no wheel for this machine")
@pytest.mark.parametrize("name", ["mp4", "mp3", "hls"])
def test_the_fuzzer_finds_nothing(name: str) -> None:
    command = [sys.executable, "-m", "tests.fuzz", name, "-max_total_time=30"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=150)
    assert done.returncode == 0, done.stderr[-3000:]
