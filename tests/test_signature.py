"""Until when signed addresses are good."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from player.probe.signature import expiry

MOMENT = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "?Expires=1893456000&Signature=x", "?X-Amz-Date=20291231T230000Z&X-Amz-Expires=3600", "?exp=1893456000000",
        "?se=2030-01-01T00%3A00%3A00Z&sig=x", "?hdnts=st=1893450000~exp=1893456000~acl=/*", "?valid_until=1893456000",
        "/hdnea=exp=1893456000~hmac=5f/clip.mp4", "?Expires=1893456000&exp=1999999999", "?auth_key=1893456000-0-0-5f",
        "?t=eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE4OTM0NTYwMDB9.c2ln",
    ],
)  # fmt: skip
def test_the_moment_is_read(text: str) -> None:
    assert expiry(f"https://cdn.example.org{text}") == MOMENT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "?id=1893456000",
        "?expires=soon",
        "?exp=12",
        "?e=1893456000000000",
        "?se=tomorrow",
        "?t=eyJx.eyJ.x",
        "?st=1893456000",
    ],
)
def test_what_names_no_moment(text: str) -> None:
    assert expiry(f"https://cdn.example.org/{text}") is None


@given(st.text(max_size=80))
def test_any_address_is_read(text: str) -> None:
    found = expiry(f"https://cdn.example.org/?exp={text}")
    assert found is None or found.tzinfo is not None
