"""The demo's catalogue: valid, and with an item for every way in which a source can fail."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

import av
import pytest

from demo.faults import plan
from demo.items import items
from player import files
from player.catalogue.media import Lifecycle, Media, from_json
from player.probe.reasons import REASONS, State

MEDIA, ARTICLE = "http://127.0.0.1:8002", "http://localhost:8001"
NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)

# No server can be made to show these to a probe: a catalogue refuses the address, the page's scheme and the browser's
# decoders decide, there is no verdict yet, or the prober itself has failed.
NOT_SHOWN = {"bad-url", "mixed-content", "unsupported", "unchecked", "probe-failed"}


@pytest.fixture(scope="module")
def catalogue() -> dict[str, Media]:
    return {item["id"]: from_json(item) for item in items(media=MEDIA, article=ARTICLE, now=NOW)}


def test_there_is_an_item_for_every_reason_that_readers_tell_apart(catalogue: dict[str, Media]) -> None:
    prefixes = {State.UNAVAILABLE: "dead-", State.UNKNOWN: "unknown-", State.DEGRADED: ""}
    wanted = {
        prefixes[reason.state] + code
        for code, reason in REASONS.items()
        if reason.state in prefixes and reason.tells == code and code not in NOT_SHOWN
    }
    assert wanted <= set(catalogue)


def test_every_fault_that_an_item_names_exists(catalogue: dict[str, Media]) -> None:
    folder = files.demo() / "media"
    seen = 0
    for media in catalogue.values():
        for source in media.sources:
            if not source.src.startswith(f"{MEDIA}/"):
                continue
            path = urlsplit(source.src).path.lstrip("/")
            if path.startswith("~"):
                fault, _, path = path[1:].partition("/")
                plan(fault, path)
                seen += 1
            if path.startswith(("stream/", "live/")):  # made when the demo starts
                continue
            assert (folder / path).is_file(), source.src
            assert source.size == (folder / path).stat().st_size
    assert seen > 15


def test_dates_are_relative_to_today(catalogue: dict[str, Media]) -> None:
    found = {media.id: media.lifecycle(NOW) for media in catalogue.values()}
    assert found["scheduled"] is Lifecycle.SCHEDULED
    assert found["expired"] is Lifecycle.EXPIRED
    assert found["removed"] is Lifecycle.REMOVED
    assert found["river-crossing"] is Lifecycle.PUBLISHED


@pytest.mark.parametrize("media_id", ["river-crossing", "river-crossing-video", "river-crossing-fa"])
def test_the_story_says_how_long_it_is(catalogue: dict[str, Media], media_id: str) -> None:
    media = catalogue[media_id]
    for source in media.sources:
        with av.open(str(files.demo() / "media" / source.src.rpartition("/")[2])) as container:
            assert container.duration == pytest.approx((media.duration or 0) * av.time_base, abs=0.02 * av.time_base)
    assert media.transcript and media.poster and media.page and media.tracks
