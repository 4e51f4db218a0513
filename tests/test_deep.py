"""What only decoding shows: sound containers with nothing to see or to hear in them, and networks that are too slow."""

from __future__ import annotations

import array
import asyncio
import math
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import av
import pytest

from demo.live import Live
from demo.origin import RunningOrigin, run_origin
from demo.streams import prepare
from player.probe import decoding, deep
from player.probe.observe import Prober, Target
from player.probe.verdict import Verdict, judge
from tests.streams import StreamMedia

RATE, FPS = 8_000, 5
Pixel = Callable[[int, float], int]  # (index, second) -> grey
Wave = Callable[[float], float]  # second -> -1 to 1


def alive(index: int, second: float) -> int:
    return (index * 3 + round(second * 40)) % 200 + 30


def dark(index: int, second: float) -> int:
    return 16


def still(index: int, second: float) -> int:
    return index % 200 + 30


def late(index: int, second: float) -> int:
    return dark(index, second) if second < 12 else alive(index, second)


def tone(second: float) -> float:
    return math.sin(2 * math.pi * 440 * second) / 4


def hush(second: float) -> float:
    return 0.0


def late_tone(second: float) -> float:
    return hush(second) if second < 12 else tone(second)


def make(path: Path, pixel: Pixel | None, wave: Wave | None, seconds: int = 10, fps: int = FPS) -> Path:
    with av.open(str(path), "w", options={"movflags": "faststart"}) as out:
        picture: Any = out.add_stream("libx264", rate=fps, options={"g": "5", "preset": "ultrafast"}) if pixel else None
        if picture:
            picture.width, picture.height, picture.pix_fmt = 96, 64, "yuv420p"
        sound: Any = out.add_stream("libmp3lame" if path.suffix == ".mp3" else "aac", rate=RATE) if wave else None
        if sound:
            sound.layout = "mono"
        for number in range(seconds * fps if pixel else 0):
            frame = av.VideoFrame(96, 64, "yuv420p")
            assert pixel
            for plane, value in zip(frame.planes, (None, 128, 128), strict=True):
                grey = [pixel(index, number / fps) for index in range(256)] if value is None else [value] * 256
                plane.update((bytes(grey) * (plane.buffer_size // 256 + 1))[: plane.buffer_size])
            frame.pts = number
            out.mux(picture.encode(frame))
        if picture:
            out.mux(picture.encode(None))
        if sound:
            assert wave
            frame_of_sound = av.AudioFrame("s16", "mono", RATE * seconds)
            frame_of_sound.rate = RATE
            samples = (round(32000 * wave(index / RATE)) for index in range(RATE * seconds))
            frame_of_sound.planes[0].update(array.array("h", samples).tobytes())
            resampler = av.AudioResampler(sound.format.name, "mono", RATE, sound.codec_context.frame_size or 1024)
            for ready in [*resampler.resample(frame_of_sound), *resampler.resample(None)]:
                out.mux(sound.encode(ready))
            out.mux(sound.encode(None))
    return path


def noise(path: Path, clip: Path) -> None:
    """The same container, and nothing that was ever encoded in it."""
    data = bytearray(clip.read_bytes())
    at = data.index(b"mdat") + 4
    data[at:] = random.Random(7).randbytes(len(data) - at)
    path.write_bytes(data)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningOrigin]:
    root = tmp_path_factory.mktemp("deep")
    make(root / "alive.mp4", alive, tone)
    make(root / "black.mp4", dark, tone)
    make(root / "frozen.mp4", still, tone)
    make(root / "silent.mp4", alive, hush)
    make(root / "mute.mp4", alive, None)
    make(root / "silent.mp3", None, hush)
    make(root / "tone.mp3", None, tone)
    make(root / "late.mp4", late, late_tone, seconds=40)
    make(root / "nothing.mp4", dark, hush, seconds=40)
    noise(root / "noise.mp4", root / "alive.mp4")
    with run_origin(root) as origin:
        yield origin


def probe(url: str, *, deeply: bool = True, allow: bool = True, timeout: float = 10) -> Verdict:
    async def run() -> Verdict:
        networks = (ip_network("127.0.0.0/8"),) if allow else ()
        async with Prober(allow_networks=networks, timeout=timeout) as prober:
            target = Target(url, deep=deeply)
            return judge(target, await prober.observe(target), interval=60)

    return asyncio.run(run())


def reasons(verdict: Verdict) -> set[str]:
    return {str(finding["reason"]) for finding in verdict.evidence.get("findings", ())}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("alive.mp4", set()),
        ("mute.mp4", set()),
        ("tone.mp3", set()),
        ("late.mp4", set()),
        ("black.mp4", {"black"}),
        ("frozen.mp4", {"frozen"}),
        ("silent.mp4", {"silent"}),
        ("silent.mp3", {"silent"}),
        ("nothing.mp4", {"black", "silent"}),
        ("noise.mp4", {"undecodable"}),
    ],
)
def test_what_is_in_the_container_is_told(clips: RunningOrigin, name: str, expected: set[str]) -> None:
    assert probe(clips.url(name), deeply=False).reason == "playable"
    assert reasons(probe(clips.url(name))) == expected


@pytest.mark.parametrize("fault", ["no-range", "chunked", "octet-stream"])
def test_odd_servers_are_no_hindrance(clips: RunningOrigin, fault: str) -> None:
    assert reasons(probe(clips.url("alive.mp4", fault))) <= {"no-range", "mislabelled"}
    assert "black" in reasons(probe(clips.url("black.mp4", fault)))


def test_what_it_looked_at_is_evidence(clips: RunningOrigin) -> None:
    told = probe(clips.url("alive.mp4")).evidence["deep"]
    assert told["video_seconds"] >= 8
    assert told["audio_seconds"] >= 8
    assert told["loudest"] == pytest.approx(0.25, abs=0.05)
    assert told["needed"] < told["bits_per_second"]


def test_a_network_slower_than_the_film_is_told(tmp_path: Path) -> None:
    noisy = random.Random(3)
    make(tmp_path / "heavy.mp4", lambda index, second: noisy.randrange(256), tone, seconds=4, fps=10)
    size = (tmp_path / "heavy.mp4").stat().st_size
    assert size > deep.MEASURABLE
    with run_origin(tmp_path) as origin:
        assert reasons(probe(origin.url("heavy.mp4"))) == set()
        # Two thirds as fast as it plays.
        slow = probe(origin.url("heavy.mp4", f"slow={size // 6}"))
    assert "slow" in reasons(slow), slow
    (found,) = (finding for finding in slow.evidence["findings"] if finding["reason"] == "slow")
    assert found["bits_per_second"] < found["needed"]


@pytest.mark.parametrize(
    "name", ["hls-ts", "hls-ts-range", "hls-fmp4", "hls-audio", "hls-range", "hls-mp3", "dash-number", "dash-base"]
)
def test_sound_streams_are_decoded_and_not_wronged(streams: StreamMedia, name: str) -> None:
    with run_origin(streams.root) as origin:
        verdict = probe(origin.url(streams.entries[name]))
    assert reasons(verdict) & {"black", "frozen", "silent", "undecodable", "slow"} == set(), verdict
    assert verdict.evidence["deep"]["audio_seconds"] >= 7
    if name != "hls-mp3":
        assert verdict.evidence["deep"]["video_seconds"] >= 7


def test_encrypted_streams_are_left_alone(streams: StreamMedia) -> None:
    with run_origin(streams.root) as origin:
        assert reasons(probe(origin.url(streams.entries["hls-aes"]))) <= {"cors"}


def test_a_live_stream_is_decoded_at_its_edge(tmp_path: Path) -> None:
    films = prepare(tmp_path, seconds=6, segment=1.0).films
    with run_origin(tmp_path) as origin:
        origin.mount("live", Live(films, segment=1.0, window=20.0))
        for entry in ("live/master.m3u8", "live/manifest.mpd"):
            verdict = probe(origin.url(entry))
            assert reasons(verdict) & {"black", "frozen", "silent", "undecodable"} == set()
            assert verdict.evidence["deep"]["video_seconds"] > 1


def test_damaged_segments_are_undecodable(streams: StreamMedia, tmp_path: Path) -> None:
    root = tmp_path / "hls-fmp4"
    shutil.copytree(streams.root / "hls-fmp4", root)
    for part in (root / "low").glob("*.m4s"):
        data = bytearray(part.read_bytes())
        at = data.index(b"mdat") + 4
        data[at:] = random.Random(5).randbytes(len(data) - at)
        part.write_bytes(data)
    with run_origin(tmp_path) as origin:
        assert "undecodable" in reasons(probe(origin.url("hls-fmp4/master.m3u8")))


def test_the_guard_holds_for_what_a_playlist_names(clips: RunningOrigin, tmp_path: Path) -> None:
    lines = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n" + "".join(
        f"#EXTINF:2,\n{address}\n" for address in ("http://10.255.255.1/0.ts", "file:///etc/hostname", "concat:a|b")
    )
    (tmp_path / "list.m3u8").write_text(lines + "#EXT-X-ENDLIST\n")
    with run_origin(tmp_path) as origin:
        verdict = probe(origin.url("list.m3u8"))
    assert reasons(verdict) & {"address-refused", "bad-url"}, verdict
    assert "deep" not in verdict.evidence or "video_seconds" not in verdict.evidence["deep"]


def test_a_decoder_that_is_lost_is_not_held_against_the_source(
    clips: RunningOrigin, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Path(str(clips.root)) / "broken.py"
    broken.write_text("import sys\nsys.stdin.buffer.readline()\nsys.exit(1)\n")
    monkeypatch.setattr(decoding, "__file__", str(broken))
    verdict = probe(clips.url("black.mp4"))
    assert (verdict.reason, verdict.evidence["deep"]["gave_up"]) == ("playable", "crash")


def test_a_decoder_that_hangs_is_ended(clips: RunningOrigin, monkeypatch: pytest.MonkeyPatch) -> None:
    hanging = Path(str(clips.root)) / "hanging.py"
    hanging.write_text(
        "import os, sys, time\nprint(os.getpid(), file=open(sys.argv[0] + '.pid', 'w'))\ntime.sleep(600)\n"
    )
    monkeypatch.setattr(decoding, "__file__", str(hanging))
    monkeypatch.setattr(deep, "TIMEOUT", 2.0)
    verdict = probe(clips.url("black.mp4"))
    assert verdict.evidence["deep"] == {"gave_up": "time"}
    pid = int(Path(f"{hanging}.pid").read_text())
    assert not Path(f"/proc/{pid}").exists()


def test_the_decoder_opens_nothing_itself() -> None:
    text = Path(decoding.__file__).read_text()
    assert re.findall(r"av\.open\((\w+),", text) == ["data"]
    assert '"protocol_whitelist": ""' in text


def test_the_command_looks_deep(clips: RunningOrigin) -> None:
    words = ["probe", "--deep", "--allow-network", "127.0.0.0/8", clips.url("black.mp4")]
    code = "from player.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "black" in done.stdout
