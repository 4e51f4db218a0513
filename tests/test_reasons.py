"""The vocabulary is the same everywhere: in the prober, for editors, in the widget and in its table."""

from __future__ import annotations

import re
from pathlib import Path

from player.probe.reasons import REASONS
from tests.faults.suite import all_cases
from tests.reasons import TABLE, WIDGET, editors, table, widget

HINT = "run python -m tests.reasons"
# What no server of the suite can bring about, and what is only found by decoding.
UNSERVED = {
    "unchecked", "probe-failed", "starved", "offline", "budget", "flapping", "not-everywhere", "dns", "bad-url",
    "cors", "track-dead", "poster-dead", "black", "frozen", "silent", "undecodable",
}  # fmt: skip


def test_every_reason_has_sentences_for_an_editor() -> None:
    said = editors()
    assert list(said) == list(REASONS)
    for code, words in said.items():
        assert set(words) == {"means", "do"}, code
        assert all(re.fullmatch(r"[A-Z].*[\w)]\.", sentence) for sentence in words.values()), code


def test_the_table_and_the_widget_have_them() -> None:
    assert TABLE.read_text() == table(), HINT
    assert WIDGET.read_text() == widget(), HINT


def test_every_reason_is_met_by_a_case(samples: Path) -> None:
    met = {reason for case in all_cases(samples) for reason in case.reasons}
    assert met <= set(REASONS)
    assert set(REASONS) - met - UNSERVED == set()
