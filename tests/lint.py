"""What `./run lint` runs, and tests/test_lint.py one by one: `python tests/lint.py [tool ...]`.

Exit status 0 when every tool is content, else 1; each tool's output is shown.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Python's own rules want player.demo and player.static below player/: a folder of links that has them there.
LINKED = ROOT / "build" / "types"


def ruff() -> int:
    return _call([sys.executable, "-m", "ruff", "check", ".", "run"])


def layout() -> int:
    return _call([sys.executable, "-m", "ruff", "format", "--check", ".", "run"])


def mypy() -> int:
    _link_package()
    return _call([sys.executable, "-m", "mypy", "-p", "player"], MYPYPATH=str(LINKED)) or _call(
        [sys.executable, "-m", "mypy", "run", "tests"],
        # A benchmark is a script, and finds what it shares with others beside itself.
        MYPYPATH=os.pathsep.join(map(str, (LINKED, ROOT, ROOT / "tests" / "benchmarks"))),
    )


def tsc() -> int:
    from player.static.bundle import install_node_modules, node_environment, npm

    install_node_modules()
    return _call([*npm(), "run", "--silent", "check"], **node_environment())


TOOLS: dict[str, Callable[[], int]] = {"ruff": ruff, "layout": layout, "mypy": mypy, "tsc": tsc}


def _link_package() -> None:
    package = LINKED / "player"
    shutil.rmtree(LINKED, ignore_errors=True)
    package.mkdir(parents=True)
    parts = [path for path in (ROOT / "player").iterdir() if path.name != "__pycache__"]
    for path in [*parts, ROOT / "static", ROOT / "demo"]:
        (package / path.name).symlink_to(path)


def _call(command: list[str], **environ: str) -> int:
    return subprocess.run(command, cwd=ROOT, check=False, env={**os.environ, **environ}).returncode


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in TOOLS]
    if unknown:
        print(f"no such tool: {', '.join(unknown)}; there are: {', '.join(TOOLS)}", file=sys.stderr)
        return 2
    failed = [name for name in names or TOOLS if TOOLS[name]()]
    print(f"lint: {', '.join(failed)} failed" if failed else "lint: all clean", file=sys.stderr)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
