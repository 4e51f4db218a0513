"""The arrows between the parts point the way that the design has them."""

from pathlib import Path

import pytest

from tests.layers import javascript_arrows, python_arrows

ROOT = Path(__file__).resolve().parent.parent


def test_python_imports_follow_the_layers() -> None:
    sources = {
        str(path.relative_to(ROOT)): path.read_text()
        for folder in ("player", "demo", "static")
        for path in (ROOT / folder).rglob("*.py")
        if "build" not in path.relative_to(ROOT).parts
    }
    assert len(sources) > 20
    assert python_arrows(sources) == []


def test_javascript_imports_follow_the_layers() -> None:
    top = ROOT / "static" / "js"
    sources = {str(path.relative_to(top)): path.read_text() for path in top.rglob("*.js")}
    assert len(sources) > 20
    assert javascript_arrows(sources) == []


@pytest.mark.parametrize(
    ("path", "text", "problem"),
    [
        ("player/probe/fetch.py", "import player.database", "probe may not import database"),
        ("player/probe/fetch.py", "from player.database import open_engine", "probe may not import database"),
        ("player/probe/fetch.py", "from ..monitor import history", "probe may not import monitor"),
        ("player/probe/fetch.py", "def f():\n    from sqlalchemy import text", "probe may not use sqlalchemy"),
        ("player/catalogue/store.py", "import aiohttp", "catalogue may not use aiohttp"),
        ("player/catalogue/store.py", "from urllib import request", "catalogue may not use urllib.request"),
        ("player/catalogue/media.py", "from .store import Catalogue", "media may not import catalogue"),
        ("player/monitor/worker.py", "from flask import g", "monitor may not use flask"),
        ("player/monitor/worker.py", "from player.web.media import x", "monitor may not import web"),
        ("player/web/media.py", "from player import create_app", "web may not import app"),
        ("player/web/media.py", "from player.demo import origin", "web may not import demo"),
        ("player/web/media.py", "from demo import origin", "web may not import demo"),
        ("player/__init__.py", "from .cli import main", "app may not import cli"),
        ("player/web/media.py", "import requests", "does not say who may use requests"),
    ],
)
def test_a_wrong_python_import_is_found(path: str, text: str, problem: str) -> None:
    tree = dict.fromkeys(
        (
            *("player/__init__.py", "player/database.py", "player/cli/__init__.py", "player/demo/origin.py"),
            *("player/catalogue/__init__.py", "player/catalogue/store.py", "player/catalogue/media.py"),
            *("player/monitor/__init__.py", "player/monitor/history.py", "player/web/media.py"),
        ),
        "",
    )
    found = python_arrows({**tree, path: text})
    assert len(found) == 1
    assert path in found[0]
    assert problem in found[0]


def test_right_python_imports_are_not() -> None:
    sources = {
        "player/__init__.py": "from flask import Flask\nfrom .web import routes\nfrom player.settings import Settings",
        "player/web/__init__.py": "from urllib.parse import quote\nfrom ..monitor.worker import Worker\nimport flask",
        "player/monitor/worker.py": "from ..probe.observe import Prober\nimport asyncio",
        "player/probe/observe.py": "import aiohttp\nfrom ..catalogue.media import Kind\nfrom .reasons import State",
        "player/probe/reasons.py": "from enum import StrEnum",
        "player/catalogue/media.py": "from player.probe.reasons import REASONS",
        "player/settings.py": "import ipaddress",
    }
    assert python_arrows(sources) == []


@pytest.mark.parametrize(
    ("path", "text", "problem"),
    [
        ("machine.js", "import { attach } from './engines/native.js';", "pure may not import engines"),
        ("machine.js", "import {\n  attach,\n} from './engines/native.js';", "pure may not import engines"),
        ("timecode.js", "import x from 'some-package';", "imports a package"),
        ("controls/bar.js", "import '../facts/time.js';", "controls may not import facts"),
        ("controls/bar.js", "export { read } from '../session.js';", "controls may not import media"),
        ("features/share.js", "const { attach } = await import('../engines/native.js');", "may not import engines"),
        ("facts/time.js", "import { bar } from '../controls/bar.js'", "facts may not import controls"),
        ("player.js", "import { share } from './features/share.js';", "shell may not import features"),
        ("session.js", "void import('./features/share.js');", "media may not import features"),
        ("session.js", "void import(`./features/${name}.js`);", "computes what it imports"),
        ("controls/bar.js", "void import(where);", "computes what it imports"),
    ],
)
def test_a_wrong_javascript_import_is_found(path: str, text: str, problem: str) -> None:
    found = javascript_arrows({path: f"/* a comment */\n{text}\n"})
    assert len(found) == 1
    assert path in found[0]
    assert problem in found[0]


def test_right_javascript_imports_are_not() -> None:
    sources = {
        "player.js": "import { next } from './machine.js';\nimport { bar } from './controls/bar.js';\n"
        "const more = () => import('./features/more.js');",
        "controls/bar.js": "import { format } from '../timecode.js';\n// import { x } from '../session.js'\n"
        "/** @type {import('../session.js').Session} */\nconst text = \"it's // not a comment\";",
        "session.js": "import { next } from './machine.js';\nimport { attach } from './engines/native.js';",
    }
    assert javascript_arrows(sources) == []
