"""`steady-player ingest`, as a person at a terminal meets it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from demo.streams import MEDIA
from player.catalogue.media import Media
from player.catalogue.store import Catalogue
from player.cli import main
from player.database import open_engine
from tests.waiting import until

ROOT = Path(__file__).parent.parent
ENTRY = [sys.executable, "-c", "from player.cli import main; main(prog_name='steady-player')"]
BASE = "https://media.example.org/clips"


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'c.db'}"


@pytest.fixture
def run(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("PLAYER_DATABASE_URL", url)

    def run(file: Path | str, *words: str) -> Result:
        result = CliRunner().invoke(main, ["ingest", str(file), "--out", str(tmp_path / "out"), *words])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        return result

    return run


def catalogue(url: str) -> list[Media]:
    return list(Catalogue(open_engine(url, create=True)).all())


def test_a_recording_comes_into_the_catalogue(run: Any, url: str, tmp_path: Path) -> None:
    done = run(MEDIA / "short.wav", "--base-url", BASE, "--id", "short", "--title", "A short one", "--lang", "en")
    assert (done.exit_code, done.stdout) == (0, "added short (audio, 2 sources)\n")
    (item,) = catalogue(url)
    assert (item.id, item.title, item.lang, item.duration) == ("short", "A short one", "en", 2.0)
    for source in item.sources:
        assert (tmp_path / "out" / source.src.removeprefix(f"{BASE}/")).stat().st_size == source.size


def test_without_an_address_the_catalogue_is_left_alone(run: Any, url: str, tmp_path: Path) -> None:
    done = run(MEDIA / "short.wav")
    assert done.exit_code == 0
    assert "give --base-url" in done.stdout
    assert catalogue(url) == []
    assert (tmp_path / "out" / "short" / "audio.mp3").is_file()


def test_names_become_ids(run: Any, url: str, tmp_path: Path) -> None:
    file = tmp_path / "Réouverture du pont (v2) .wav"
    file.write_bytes((MEDIA / "short.wav").read_bytes())
    assert run(file, "--base-url", BASE).exit_code == 0
    assert [(item.id, item.title) for item in catalogue(url)] == [("reouverture-du-pont-v2", file.stem)]


def test_an_id_that_is_taken_is_refused_before_the_work(run: Any, url: str, tmp_path: Path) -> None:
    run(MEDIA / "short.wav", "--base-url", BASE)
    first = catalogue(url)
    again = run(MEDIA / "short.mp3", "--base-url", BASE)
    assert again.exit_code == 1
    assert "'short' is in the catalogue already; give --replace" in again.stderr
    assert catalogue(url) == first
    assert run(MEDIA / "short.mp3", "--base-url", BASE, "--replace").exit_code == 0
    assert catalogue(url)[0].duration == pytest.approx(10, abs=0.1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--id", "No Id"], "--id: "),
        (["--lang", "klingon!"], "--lang: "),
        (["--base-url", "ftp://x/"], "--base-url: "),
        (["--poster-at", "soon"], "--poster-at: "),
        (["--kind", "video"], "has no picture"),
    ],
)
def test_what_cannot_be_is_said_before_the_work(run: Any, tmp_path: Path, words: list[str], said: str) -> None:
    done = run(MEDIA / "short.wav", *words)
    assert done.exit_code in (1, 2)
    assert said in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_file_that_is_no_media_is_an_error_in_one_line(run: Any, url: str, tmp_path: Path) -> None:
    file = tmp_path / "words.mp4"
    file.write_text("no film at all\n" * 100)
    done = run(file, "--base-url", BASE)
    assert done.exit_code == 1
    assert re.fullmatch(rf"Error: {re.escape(str(file))} is no media file.*\n", done.stderr)
    assert catalogue(url) == []


def console(url: str, *words: str) -> subprocess.Popen[str]:
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "PLAYER_DATABASE_URL": url}
    return subprocess.Popen(
        [*ENTRY, "ingest", *words],
        env=environ,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A shell's job in the background ignores it, and so would what the job starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def test_who_stops_it_goes_on_where_it_was(url: str, tmp_path: Path) -> None:
    words = [
        str(MEDIA / "first-light.mp4"),
        "--most",
        "120",
        "--out",
        str(tmp_path),
        "--base-url",
        BASE,
        "--id",
        "bridge",
    ]
    record = tmp_path / "bridge" / "ingest.json"

    def finished() -> dict[str, Any]:
        parts: dict[str, Any] = json.loads(record.read_text())["parts"] if record.exists() else {}
        return parts

    with console(url, *words) as process:
        until(lambda: "peaks.json" in finished(), 120)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 130, said
        assert "goes on with what is missing" in said
        assert "Traceback" not in said
    kept = finished()
    assert "film.mp4" not in kept
    assert not list((tmp_path / "bridge").glob(".part-*"))
    assert catalogue(url) == []
    before = {name: (tmp_path / "bridge" / name).stat().st_mtime_ns for name in kept}

    with console(url, *words) as process:
        said = "".join(process.communicate(timeout=170))
        assert process.returncode == 0, said
    assert {name: (tmp_path / "bridge" / name).stat().st_mtime_ns for name in kept} == before
    assert [item.id for item in catalogue(url)] == ["bridge"]
    assert (tmp_path / "bridge" / "hls" / "master.m3u8").is_file()


def test_without_pyav_it_says_what_to_install(tmp_path: Path) -> None:
    code = "import sys; sys.modules['av'] = None; " + ENTRY[-1]
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "PLAYER_DATABASE_URL": f"sqlite:///{tmp_path / 'c.db'}"}
    done = subprocess.run(
        [sys.executable, "-c", code, "ingest", "x.mp4"], env=environ, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, "Error: ingest needs PyAV: pip install 'steady-player[ingest]'\n")


def test_without_pyav_the_other_commands_work(tmp_path: Path) -> None:
    code = "import sys; sys.modules['av'] = None; " + ENTRY[-1]
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "PLAYER_DATABASE_URL": f"sqlite:///{tmp_path / 'c.db'}"}
    done = subprocess.run(
        [sys.executable, "-c", code, "--help"], env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
