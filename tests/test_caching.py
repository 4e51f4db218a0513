"""JSON of ours is read quickly, and as Python's own reader has it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given

from player.web.caching import decode
from tests.rows import FACTS


def kinds(read: Any) -> Any:
    """With the kinds of its values, as 2.0 ** 70 equals 2 ** 70."""
    if isinstance(read, dict):
        return {name: kinds(one) for name, one in read.items()}
    return [kinds(one) for one in read] if isinstance(read, list) else (type(read), read)


@given(FACTS)
@example({"size": 2**70})
@example({"size": -(2**70), "x": 1e300})
@example({"x": [2**64, {"y": 10**19}]})
@example([2**70])
@example(2**70)
def test_it_reads_as_pythons_own_does(told: Any) -> None:
    for text in (json.dumps(told), json.dumps(told, ensure_ascii=False)):
        assert kinds(decode(text)) == kinds(json.loads(text))


@pytest.mark.parametrize(
    ("told", "read"),
    [
        (None, {}),
        ({"a": 1}, {"a": 1}),
        ("", {}),
        ('{"a": 1', {}),
        ("{'a': 1}", {}),
        ('{"a": Infinity}', {"a": float("inf")}),
    ],
)
def test_what_is_read_already_stays_and_what_is_spoilt_reads_as_empty(told: Any, read: Any) -> None:
    assert decode(told) == read
