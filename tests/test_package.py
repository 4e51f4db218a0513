"""What is installed is the whole thing: from the checkout, in place, and from a wheel that was built from the sdist."""

import json
import re
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from configparser import ConfigParser
from contextlib import contextmanager
from pathlib import Path

import pytest
import uv
from playwright.sync_api import sync_playwright

from tests.browser.engines import launch
from tests.browser.tab import BrowserMissing

ROOT = Path(__file__).resolve().parent.parent
UV = uv.find_uv_bin()
SOURCES = (
    *("player", "static", "demo"),
    *("setup.cfg", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE", "package.json", "package-lock.json"),
)
WHERE = "from player import files; import json; print(json.dumps([str(files.static()), str(files.demo())]))"

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources, without git and without anything that a build left behind."""
    copy = tmp_path_factory.mktemp("source")
    ignore = shutil.ignore_patterns("__pycache__", "build", "*.egg-info")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=ignore)
        else:
            shutil.copy2(ROOT / name, copy)
    return copy


@pytest.fixture(scope="module")
def built(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that was built from that sdist alone."""
    folder = tmp_path_factory.mktemp("built")
    run(UV, "build", "--out-dir", folder, source)
    return folder


@pytest.fixture(scope="module")
def wheel_environment(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty environment outside the checkout, and then the wheel in it."""
    return environment(tmp_path_factory.mktemp("wheel"), next(built.glob("*.whl")))


def environment(folder: Path, *packages: object) -> Path:
    run(UV, "venv", "--quiet", folder / "venv")
    run(UV, "pip", "install", "--quiet", "--python", folder / "venv" / "bin" / "python", *packages)
    return folder / "venv"


def run(*command: object, cwd: Path | None = None) -> str:
    """Standard output; the test fails with everything that was said when the command does."""
    words = [str(word) for word in command]
    done = subprocess.run(words, check=False, cwd=cwd, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_every_folder_of_code_is_a_package_of_the_distribution() -> None:
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    listed = set(config["options"]["packages"].split())
    folders = {path.parent.relative_to(ROOT) for top in ("player", "static", "demo") for path in code(top)}
    names = {".".join(path.parts if path.parts[0] == "player" else ("player", *path.parts)) for path in folders}
    assert listed == names


def code(top: str) -> list[Path]:
    return [path for path in (ROOT / top).rglob("*.py") if "build" not in path.relative_to(ROOT).parts]


def test_the_wheel_carries_everything(source: Path, built: Path) -> None:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
        made = json.loads(wheel.read("player/static/build/build.json"))
    expected = {f"player/{path.relative_to(source)}" for path in (source / "demo").rglob("*") if path.is_file()}
    expected |= {str(path.relative_to(source)) for path in (source / "player").rglob("*") if path.is_file()}
    expected |= {f"player/static/build/{made['embed']['file']}"}
    expected |= {f"player/static/build/assets/{made['hash']}/{name}" for name in made["assets"]}
    assert expected - names == set()
    # The build's own folders stay behind.
    assert not [name for name in names if "node_modules" in name or "__pycache__" in name]


def test_the_sdist_carries_what_the_widget_is_built_from(source: Path, built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    inputs = [source / "package.json", source / "package-lock.json", *(source / "static").glob("*.mjs")]
    inputs += [path for folder in ("js", "css") for path in (source / "static" / folder).rglob("*") if path.is_file()]
    assert {str(path.relative_to(source)) for path in inputs} - names == set()


def test_the_lock_names_no_registry() -> None:
    """Where packages come from is the machine's business, and the hashes say whether they are the right ones."""
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert not [name for name, package in packages.items() if "resolved" in package]
    assert all("integrity" in package for name, package in packages.items() if name)


def test_the_wheel_stands_alone(wheel_environment: Path, tmp_path: Path) -> None:
    usage = run(wheel_environment / "bin" / "steady-player", "--help", cwd=tmp_path)
    for command in ("serve", "demo", "probe", "import"):
        assert command in usage
    folders = json.loads(run(wheel_environment / "bin" / "python", "-c", WHERE, cwd=tmp_path))
    for folder in map(Path, folders):
        assert folder.is_relative_to(wheel_environment)
    assert (Path(folders[0]) / "build" / "build.json").is_file()
    assert list((Path(folders[1]) / "media").iterdir())


def test_the_demo_plays_from_the_wheel(wheel_environment: Path, tmp_path: Path) -> None:
    """The article is on one origin, the player on another; a reader presses play, and time passes."""
    with demo(wheel_environment, tmp_path) as address, sync_playwright() as playwright:
        try:
            with launch("chromium", playwright) as chromium:
                tab = chromium.tab()
                tab.open(address)
                tab.evaluate_until("document.querySelector('steady-player')?.phase")
                tab.click("[part~=pill], [part~=play]")
                tab.evaluate_until("document.querySelector('steady-player audio').currentTime > 0.5", timeout=30)
        except BrowserMissing as missing:
            pytest.fail(str(missing), pytrace=False)


@contextmanager
def demo(environment: Path, folder: Path) -> Iterator[str]:
    """`steady-player demo` from the environment, on any ports; the address of its article."""
    with (folder / "log").open("w+") as log:
        server = subprocess.Popen(
            [environment / "bin" / "steady-player", "demo", "--port", "0"],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            assert server.stdout is not None
            found = (re.search(r"http://localhost:\d+/", line) for line in server.stdout)
            article = next(filter(None, found), None)
            assert article, f"the demo ended with {server.wait(timeout=30)}:\n{(folder / 'log').read_text()}"
            yield article[0]
        finally:
            server.terminate()
            server.communicate(timeout=30)


# As a copy it is what the wheel is, which has tests of its own.
@pytest.mark.parametrize(
    "options", [pytest.param((), id="copied", marks=pytest.mark.slow), pytest.param(("--editable",), id="editable")]
)
def test_pip_installs_the_checkout(source: Path, tmp_path: Path, options: tuple[str, ...]) -> None:
    checkout = tmp_path / "checkout"
    shutil.copytree(source, checkout)
    run(UV, "venv", "--quiet", "--seed", tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "--no-deps", *options, checkout, cwd=tmp_path)
    static, demo = map(Path, json.loads(run(python, "-c", WHERE, cwd=tmp_path)))
    home = checkout if options else tmp_path / "venv"
    assert static.is_relative_to(home)
    assert demo.is_relative_to(home)
    assert (static / "build" / "build.json").is_file()
    # What a build leaves in the source tree is what git ignores.
    left = {path.relative_to(checkout).parts[:2] for path in checkout.rglob("*") if path.is_file()}
    new = {parts for parts in left if not (source / Path(*parts)).exists()}
    ignored: Callable[[tuple[str, ...]], bool] = lambda parts: parts[0].endswith(".egg-info") or "build" in parts  # noqa: E731
    assert [parts for parts in new if not ignored(parts) and "__pycache__" not in parts] == []


def test_a_bundle_that_fails_says_why(source: Path, tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    shutil.copytree(source, checkout)
    (checkout / "static" / "build.mjs").write_text('throw new Error("a brush is missing");\n')
    done = subprocess.run(
        [UV, "build", "--wheel", "--out-dir", tmp_path, checkout], check=False, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert "cannot bundle the widget" in done.stderr
    assert "a brush is missing" in done.stderr
