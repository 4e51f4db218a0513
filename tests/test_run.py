"""`./run` itself, in a small project of its own and with a `uv` that only takes notes."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

FAKE_UV = f"""#!/bin/sh
echo "$1 $2" >>"$NOTES"
case "$1" in
  --version) exit 0 ;;
  venv) for last; do :; done; mkdir -p "$last/bin"; ln -sf {sys.executable} "$last/bin/python" ;;
  pip) mkdir -p static/build; echo '{{}}' >static/build/build.json ;;
esac
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "static" / "js").mkdir(parents=True)
    (folder / "tests").mkdir()
    (folder / "bin").mkdir()
    shutil.copy2(ROOT / "run", folder)
    for name in ("setup.cfg", "pyproject.toml", "package.json", "package-lock.json"):
        (folder / name).write_text("as it was\n")
    (folder / "static" / "js" / "embed.js").write_text("1;\n")
    (folder / "tests" / "lint.py").write_text("import sys; print('lint', *sys.argv[1:]); sys.exit(7)\n")
    uv = folder / "bin" / "uv"
    uv.write_text(FAKE_UV)
    uv.chmod(0o755)
    return folder


def start(project: Path, *arguments: str) -> "subprocess.Popen[str]":
    path = f"{project / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return subprocess.Popen(
        # By name of the interpreter: what else may be called python3 can change the PATH on the way.
        [sys.executable, project / "run", *arguments],
        env={**os.environ, "PATH": path, "NOTES": str(project / "notes")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(project: Path, *arguments: str) -> tuple[int, str, str]:
    process = start(project, *arguments)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def notes(project: Path) -> list[str]:
    """What uv was asked to do since the last look."""
    path = project / "notes"
    lines = path.read_text().splitlines() if path.exists() else []
    path.unlink(missing_ok=True)
    return [line for line in lines if not line.startswith("--version")]


def test_help_names_the_commands_and_a_wrong_one_is_refused(project: Path) -> None:
    status, out, _ = finish(project, "help")
    assert status == 0
    assert all(f"./run {command}" in out for command in ("demo", "test", "lint", "bench", "fuzz"))
    status, out, err = finish(project, "dance")
    assert status == 2
    assert "unknown command: dance" in err
    assert notes(project) == []


def test_the_environment_is_made_once_and_again_when_its_sources_change(project: Path) -> None:
    finish(project, "lint")
    assert notes(project) == ["venv --quiet", "pip install"]
    finish(project, "lint")
    assert notes(project) == []
    for changed in ("setup.cfg", "package-lock.json", "static/js/embed.js"):
        (project / changed).write_text("otherwise\n")
        finish(project, "lint")
        assert notes(project) == ["pip install"], changed
    shutil.rmtree(project / "static" / "build")
    finish(project, "lint")
    assert notes(project) == ["pip install"]


def test_an_environment_that_moved_is_made_anew(project: Path) -> None:
    finish(project, "lint")
    moved = project.rename(project.parent / "elsewhere")
    notes(moved)
    finish(moved, "lint")
    assert notes(moved) == ["venv --quiet", "pip install"]


def test_arguments_and_the_exit_status_pass_through(project: Path) -> None:
    status, out, _ = finish(project, "lint", "mypy", "ruff")
    assert status == 7
    assert out == "lint mypy ruff\n"


def test_a_signal_reaches_what_is_running(project: Path) -> None:
    (project / "tests" / "lint.py").write_text("import signal; print('up', flush=True); signal.pause()\n")
    process = start(project, "lint")
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGTERM


def test_an_installation_that_fails_is_not_taken_for_done(project: Path) -> None:
    uv = project / "bin" / "uv"
    uv.write_text(FAKE_UV.replace("pip)", "pip) echo no network >&2; exit 3;"))
    for _ in range(2):
        status, _, err = finish(project, "lint")
        assert status == 3
        assert "no network" in err


def test_an_unknown_benchmark_is_refused_with_the_names(project: Path) -> None:
    (project / "tests" / "benchmarks").mkdir()
    (project / "tests" / "benchmarks" / "widget.py").write_text("")
    status, _, err = finish(project, "bench", "gadget")
    assert status == 2
    assert "widget" in err


SLOW = """
import pytest

def test_quick(): pass

@pytest.mark.slow
@pytest.mark.parametrize("n", range(3))
def test_slow(n): pass
"""


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "parallel"])
def test_slow_tests_are_left_to_all_and_the_run_says_how_many(tmp_path: Path, workers: list[str]) -> None:
    (tmp_path / "test_it.py").write_text(SLOW)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = slow\n")

    def run(*words: str) -> str:
        command = [sys.executable, "-m", "pytest", "-p", "tests.slow", *workers, *words]
        environ = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=100)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    out = run()
    assert "3 slow tests left to ./run test --all" in out
    assert "1 passed" in out
    for words in (["--all"], ["test_it.py::test_quick", "test_it.py::test_slow"]):
        out = run(*words)
        assert "4 passed" in out
        assert "left to" not in out


def test_continuous_integration_leaves_only_slow_tests_out(project: Path) -> None:
    shutil.copytree(ROOT / ".ci", project / ".ci")
    (project / "run").write_text('#!/bin/sh\necho "run $*"\n')
    out = subprocess.run([project / ".ci" / "run", "-x"], capture_output=True, text=True, check=True, timeout=20).stdout
    assert out == "run test -x\n"
