"""The commands of the catalogue, as a person or a script meets them."""

from __future__ import annotations

import json
import os
import pty
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from player.catalogue.arrivals import MANY
from player.catalogue.media import from_json
from player.catalogue.store import Catalogue
from player.cli import main
from player.database import open_engine

ROOT = Path(__file__).parent.parent
ENTRY = [sys.executable, "-c", "import sys; from player.cli import main; sys.exit(main(prog_name='steady-player'))"]


def record(media_id: str, **changes: Any) -> dict[str, Any]:
    src = f"https://cdn.example.org/{media_id}.mp3"
    return {"id": media_id, "kind": "audio", "title": media_id.title(), "sources": [{"src": src}], **changes}


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'c.db'}"


@pytest.fixture
def run(url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("PLAYER_DATABASE_URL", url)

    def run(*words: str, stdin: str | bytes | None = None) -> Result:
        result = CliRunner().invoke(main, words, input=stdin, prog_name="steady-player")
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        return result

    return run


def console(url: str, *words: str, stdin: bytes = b"", env: dict[str, str] | None = None) -> Any:
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "PLAYER_DATABASE_URL": url, **(env or {})}
    return subprocess.run([*ENTRY, *words], input=stdin, capture_output=True, timeout=120, env=environ, check=False)


def terminal(url: str, *words: str) -> str:
    """What a person sees on a terminal of 60 columns."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "PLAYER_DATABASE_URL": url, "COLUMNS": "60", "TERM": "xterm"}
    main_end, end = pty.openpty()
    with subprocess.Popen([*ENTRY, *words], stdin=end, stdout=end, stderr=end, env=environ) as process:
        os.close(end)
        seen = b""
        try:
            while piece := os.read(main_end, 65_536):
                seen += piece
        except OSError:  # EIO: the other end is closed
            pass
        os.close(main_end)
        assert process.wait(120) == 0, seen
    return seen.decode()


def held(url: str) -> list[Any]:
    return list(Catalogue(open_engine(url)).all())


def test_add_takes_everything_an_item_can_have(run: Any, url: str) -> None:
    result = run(
        "add", "river-crossing", "--kind", "video", "--title", "عبور", "--duration", "1:03:48.5", "--lang", "fa",
        "--source",
        'https://cdn.example.org/a,b.mp4,type=video/mp4; codecs="avc1.42E01E, mp4a.40.2",size=1830000,width=640',
        "--source", "https://cdn.example.org/a.webm?x=1,2",
        "--track", "https://cdn.example.org/a.vtt,kind=captions,srclang=fa,label=One, two,default",
        "--track", "https://cdn.example.org/b.vtt,kind=subtitles,srclang=en,default=false",
        "--poster", "https://cdn.example.org/p.jpg", "--page", "https://news.example.org/", "--description", "D",
        "--transcript", "https://news.example.org/t", "--published-at", "2026-05-31T20:00:00+02:00",
        "--expires-at", "2027-01-01T00:00:00Z", "--live",
    )  # fmt: skip
    assert (result.exit_code, result.stdout) == (0, "added river-crossing (video, 2 sources)\n")
    assert held(url) == [
        from_json(
            {
                "id": "river-crossing",
                "kind": "video",
                "title": "عبور",
                "duration": 3828.5,
                "lang": "fa",
                "description": "D",
                "poster": "https://cdn.example.org/p.jpg",
                "page": "https://news.example.org/",
                "transcript": "https://news.example.org/t",
                "published_at": "2026-05-31T18:00:00Z",
                "expires_at": "2027-01-01T00:00:00Z",
                "live": True,
                "sources": [
                    {
                        "src": "https://cdn.example.org/a,b.mp4",
                        "type": 'video/mp4; codecs="avc1.42E01E, mp4a.40.2"',
                        "size": 1_830_000,
                        "width": 640,
                    },
                    {"src": "https://cdn.example.org/a.webm?x=1,2"},
                ],
                "tracks": [
                    {"src": "https://cdn.example.org/a.vtt", "srclang": "fa", "label": "One, two", "default": True},
                    {"src": "https://cdn.example.org/b.vtt", "kind": "subtitles", "srclang": "en"},
                ],
            }
        )
    ]


SRC = "https://cdn.example.org/a.mp3"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["A"], "ID: 'A' is no id"),
        (["a", "--source", "a.mp3"], "--source 2: src: expected an http or https address"),
        (["a", "--source", f"{SRC}?2,size=big"], "--source 2: size: expected a whole number"),
        (["a", "--source", f"{SRC}?2,tpye=audio/mpeg"], "did you mean type=?"),
        (["a", "--source", f"{SRC}?2,size=1,size=2"], "size is there twice"),
        (["a", "--duration", "3:78"], "no such time as '3:78'"),
        (["a", "--duration", "soon"], "expected seconds, m:ss or h:mm:ss"),
        (["a", "--track", "https://a.example/t.vtt,kind=subs"], "--track 1: kind: expected one of captions"),
        (["a", "--published-at", "tomorrow"], "--published-at: expected a time with an offset"),
    ],
)
def test_add_refuses_what_is_wrong_as_usage(run: Any, url: str, words: list[str], told: str) -> None:
    result = run("add", "--kind", "audio", "--title", "A", "--source", SRC, *words)
    assert result.exit_code == 2
    assert told in result.stderr
    assert not Path(url.removeprefix("sqlite:///")).exists()


def test_add_needs_a_source_unless_the_item_is_removed(run: Any, url: str) -> None:
    result = run("add", "a", "--kind", "audio", "--title", "A")
    assert result.exit_code == 2
    assert result.stderr.endswith("Error: --source: needs at least one source\n")
    assert run("add", "a", "--kind", "audio", "--title", "A", "--removed").exit_code == 0
    assert held(url)[0].sources == ()


def test_add_twice(run: Any, url: str) -> None:
    words = ["add", "a", "--kind", "audio", "--source", SRC, "--title"]
    assert run(*words, "One").exit_code == 0
    result = run(*words, "Two")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: 'a' is in the catalogue already; give --replace to put this in its place\n"
    assert run(*words, "Two", "--replace").exit_code == 0
    assert [item.title for item in held(url)] == ["Two"]


def test_a_bad_import_names_line_and_field_and_changes_nothing(url: str, tmp_path: Path) -> None:
    first = tmp_path / "first.json"
    first.write_text(json.dumps([record("a"), record("b")]))
    done = console(url, "import", str(first))
    assert (done.returncode, done.stdout, done.stderr) == (0, b"imported 2 items: 2 added, 0 replaced\n", b"")
    before = held(url)
    second = tmp_path / "second.json"
    items = [record("a", title="New"), record("c", duration=-1), record("d", titel="x"), record("a")]
    second.write_text(json.dumps({"version": 1, "items": items}, indent=1))
    lines = [n for n, line in enumerate(second.read_text().splitlines(), 1) if line == "  {"]
    done = console(url, "import", str(second))
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.decode().splitlines() == [
        f"{second}:{lines[1]}: duration: expected seconds above 0 and up to 10000000, not -1",
        f"{second}:{lines[2]}: unknown key 'titel'; did you mean 'title'?",
        f"{second}:{lines[3]}: id: 'a' is on line {lines[0]} already",
        "Error: 3 bad records; nothing was imported",
    ]
    assert held(url) == before


def test_a_bad_first_import_makes_no_database(run: Any, url: str) -> None:
    result = run("import", "-", stdin="[\n{}]")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[0] == "<stdin>:2: id: is missing"
    assert not Path(url.removeprefix("sqlite:///")).exists()


def test_a_bad_last_line_of_a_large_import_changes_nothing(run: Any, url: str, tmp_path: Path) -> None:
    run("import", "-", stdin=json.dumps([record("a"), record("b")]))
    before = held(url)
    lines = [json.dumps(record(f"c{n}")) for n in range(MANY + 10)]
    file = tmp_path / "large.jsonl"
    file.write_text("\n".join([*lines, json.dumps(record("d", duration=-1)), json.dumps(record("c7")), "{"]))
    result = run("import", str(file))
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        f"{file}:{MANY + 11}: duration: expected seconds above 0 and up to 10000000, not -1",
        f"{file}:{MANY + 12}: id: 'c7' is on line 8 already",
        f"{file}:{MANY + 13}: not JSON: Expecting property name enclosed in double quotes (column 2)",
        "Error: 3 bad records; nothing was imported",
    ]
    assert held(url) == before
    file.write_text("\n".join(lines))
    assert run("import", str(file)).stdout == f"imported {MANY + 10} items: {MANY + 10} added, 0 replaced\n"
    assert run("import", str(file)).stdout == f"imported {MANY + 10} items: 0 added, {MANY + 10} replaced\n"


def test_import_from_standard_input(url: str) -> None:
    lines = "\n".join(json.dumps(record(name)) for name in "abc")
    done = console(url, "import", "-", stdin=lines.encode())
    assert done.stdout == b"imported 3 items: 3 added, 0 replaced\n", done.stderr
    done = console(url, "import", "-", stdin=json.dumps(record("a")).encode())
    assert done.stdout == b"imported 1 item: 0 added, 1 replaced\n"


def test_import_can_refuse_known_ids(run: Any, url: str) -> None:
    run("import", "-", stdin=json.dumps([record("b")]))
    before = held(url)
    result = run("import", "-", "--no-replace", stdin=json.dumps([record("a"), record("b")], indent=1))
    assert result.exit_code == 1
    assert result.stderr.startswith("<stdin>:12: id: 'b' is in the catalogue already\nError: nothing was imported")
    assert held(url) == before


def test_what_is_exported_is_imported_back(run: Any, url: str, tmp_path: Path) -> None:
    run("import", "-", stdin=json.dumps([record("b", title="Zwölf — 十二"), record("a", live=True, duration=0.1)]))
    before = held(url)
    for name in ("out.json", "out.jsonl"):
        file = tmp_path / name
        file.write_text("old")
        file.chmod(0o640)
        assert run("export", str(file)).exit_code == 0
        assert file.stat().st_mode & 0o777 == 0o640
        text = file.read_text()
        assert "Zwölf — 十二" in text
        assert text.startswith("[" if name == "out.json" else "{")
        other = f"sqlite:///{tmp_path / name}.db"
        assert run("--database", other, "import", str(file)).exit_code == 0
        assert held(other) == before
        assert run("--database", other, "export").stdout == run("export").stdout
        assert run("export", "--lines").stdout == run("list", "--json").stdout
    assert {path.name for path in tmp_path.iterdir() if path.suffix in (".part", ".tmp")} == set()
    json.loads(run("export").stdout)


def test_an_export_that_fails_leaves_the_old_file(run: Any, url: str, tmp_path: Path) -> None:
    run("import", "-", stdin=json.dumps([record(f"c{n}") for n in range(3)]))
    file = tmp_path / "out.json"
    file.write_text("old")
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE media SET kind = 'smell' WHERE id = 'c2'")
    connection.close()
    result = CliRunner().invoke(main, ["export", str(file)])
    assert result.exit_code != 0
    assert file.read_text() == "old"
    assert {path.name for path in tmp_path.iterdir()} <= {"out.json", "c.db", "c.db-wal", "c.db-shm"}
    result = run("export", str(tmp_path / "none" / "out.json"))
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "No such file or directory" in result.stderr


def test_list(run: Any, url: str) -> None:
    items = [
        record("a", duration=228),
        record("b", kind="video", removed=True),
        record("c", duration=3828, title="十二"),
    ]
    run("import", "-", stdin=json.dumps(items))
    assert run("list").stdout.splitlines() == [
        "a\taudio\tpublished\t3:48\t1\tA",
        "b\tvideo\tremoved\t\t1\tB",
        "c\taudio\tpublished\t1:03:48\t1\t十二",
    ]
    assert [json.loads(line)["id"] for line in run("list", "--json", "--kind", "audio").stdout.splitlines()] == [
        "a",
        "c",
    ]
    assert run("list", "--limit", "1").stdout.count("\n") == 1
    assert run("list", "--limit", "0").exit_code == 2
    assert run("list", "--kind", "text").exit_code == 2


def test_a_terminal_gets_a_table(url: str, run: Any) -> None:
    run("import", "-", stdin=json.dumps([record("a", title="十二" * 40), record("longer", duration=61)]))
    head, first, second = terminal(url, "list").splitlines()
    assert head.split() == ["ID", "KIND", "LIFECYCLE", "LENGTH", "SOURCES", "TITLE"]
    assert first.endswith("…") and "十二" in first and len(first) < 60
    assert second.index("audio") == first.index("audio") == head.index("KIND")
    assert "… and 1 more" in terminal(url, "list", "--limit", "1")


def test_a_terminal_sees_the_progress_of_a_large_import(url: str, tmp_path: Path) -> None:
    file = tmp_path / "large.json"
    file.write_text(json.dumps([record(f"c{n}", description="x" * 400) for n in range(2_500)]))
    seen = terminal(url, "import", str(file))
    assert "Importing" in seen and "100%" in seen
    assert "imported 2500 items: 2500 added, 0 replaced" in seen
    assert b"%" not in console(url, "import", str(file)).stderr


def test_remove(run: Any, url: str) -> None:
    run("import", "-", stdin=json.dumps([record("a"), record("b"), record("c")]))
    result = run("remove", "a", "x", "c", "y")
    assert (result.exit_code, result.stdout) == (1, "removed a\nremoved c\n")
    assert result.stderr == "'x' is not in the catalogue\nError: 'y' is not in the catalogue\n"
    assert [item.id for item in held(url)] == ["b"]
    assert run("remove").exit_code == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["list"], "there is no catalogue yet"),
        (["export"], "there is no catalogue yet"),
        (["remove", "a"], "there is no catalogue yet"),
        (
            ["--database", "sqlite:////no/such/folder/c.db", "import", "{good}"],
            "the folder /no/such/folder does not exist",
        ),
        (["--database", "sqlite:///{tmp}", "import", "{good}"], "is a folder"),
        (["--database", "sqlite:///{good}", "list"], "not a SQLite database"),
        (["--database", "here", "list"], "not a database address"),
        (["import", "{tmp}/none.json"], "No such file or directory"),
        (["import", "{tmp}"], "Is a directory"),
        (["import", "{latin}"], "not UTF-8: byte 0xe9"),
    ],
)
def test_trouble_is_told_in_a_line_and_not_by_a_traceback(
    url: str, tmp_path: Path, words: list[str], told: str
) -> None:
    good, latin = tmp_path / "good.json", tmp_path / "latin.json"
    good.write_text(json.dumps([record("a")] * 1, indent=400))
    latin.write_bytes(b'[{"id": "caf\xe9"}]')
    done = console(url, *(word.format(tmp=tmp_path, good=good, latin=latin) for word in words))
    assert (done.returncode, done.stdout) == (1, b"")
    assert told in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
    assert done.stderr.decode().splitlines()[-1].startswith("Error: ")


def test_a_locked_database_is_told(run: Any, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run("import", "-", stdin=json.dumps([record("a")]))
    monkeypatch.setattr("player.sqlite.BUSY_SECONDS", 0.05)
    holder = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    result = run("remove", "a")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "another process holds it locked" in result.stderr
    assert run("list").stdout.startswith("a\t")  # reading goes on
    holder.close()


def test_a_misspelt_setting_is_told(url: str) -> None:
    done = console(url, "list", env={"PLAYER_PRT": "1"})
    assert done.returncode == 1
    assert done.stderr == b"Error: PLAYER_PRT: there is no such setting; did you mean PLAYER_PORT?\n"


def test_help_names_every_command(run: Any) -> None:
    result = run("--help")
    assert result.exit_code == 0
    for command in ("add", "import", "list", "export", "remove"):
        assert f"\n  {command} " in result.stdout
        assert run(command, "--help").exit_code == 0
