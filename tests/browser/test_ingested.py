"""What `ingest` makes plays in a browser: the ladder, and the ordinary film beside it."""

from pathlib import Path

import pytest

from demo.origin import RunningOrigin
from demo.streams import MEDIA
from player.ingest.run import Description, Options, look, make
from tests.browser.conftest import Launch
from tests.browser.engines import PlaywrightTab
from tests.test_ingest import no_bar

# Plays from the start, from where one seeks, and to the end; says how long it is.
PLAY = """async (src) => {
  const video = document.createElement('video');
  document.body.append(video);
  Object.assign(video, { muted: true, src });
  const heard = (name) => new Promise((resolve, reject) => {
    video.addEventListener(name, resolve, { once: true });
    video.addEventListener('error', () => reject(new Error(`${name}: ${video.error?.message}`)), { once: true });
  });
  const playing = heard('playing');
  await video.play();
  await playing;
  const ended = heard('ended');
  video.currentTime = 8.5;
  await ended;
  return [video.currentTime, video.videoWidth, video.videoHeight];
}"""


@pytest.mark.parametrize("name", ["hls/master.m3u8", "film.mp4"])
def test_it_plays_and_seeks_and_ends(launch: Launch, origin: RunningOrigin, origin_root: Path, name: str) -> None:
    said = Description("bridge", "The bridge", None, origin.url(""))
    make(look(MEDIA / "short.mp4", None), Options(segment=2.0), origin_root / "bridge", said, no_bar)
    (origin_root / "page.html").write_text("<!doctype html><title>A page</title>")
    tab = launch("chromium").tab()
    assert isinstance(tab, PlaywrightTab)
    tab.page.goto(origin.url("page.html"))
    end, width, height = tab.page.evaluate(PLAY, origin.url(f"bridge/{name}"))
    assert end == pytest.approx(10, abs=0.3)
    assert (width, height) == (256, 144)
    tab.close()
