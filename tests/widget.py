"""A stand-in for what the widget's build leaves, for tests of how it is served. A plugin with the fixture `built`."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from player.web.assets import load

HASH = "ab12cd34"
VERSION = "98fe76dc"
ENTRY = b"customElements.define('steady-player', class extends HTMLElement {});\n" * 20
MORE = b"export const more = 1;\n" * 40
BROTLI = b"\x0b\x02\x80not really brotli, but nobody here decodes it\x03"


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a build; applications made from now on serve it."""
    folder = tmp_path / "static" / "build"
    _write(folder / "embed.js", ENTRY)
    _write(folder / "assets" / HASH / "more.js", MORE)
    _write(folder / "assets" / HASH / "i18n" / "fa.js", MORE)
    described = {
        "hash": HASH,
        "version": VERSION,
        "embed": {"file": "embed.js", "sri": "sha384-x", "bytes": len(ENTRY)},
        "assets": {},
    }
    (folder / "build.json").write_text(json.dumps(described))
    serve_build(monkeypatch, folder)
    return folder


def serve_build(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Have applications that are made from now on serve the build in this folder, or none where there is none.

    `player.files.static` stays as it is: a module that is imported meanwhile would keep the stand-in for good, and the
    dashboard look for its own files there in every test that follows.
    """
    monkeypatch.setattr("player.web.assets.load", lambda _folder: load(folder))


def _write(path: Path, plain: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(plain)
    path.with_name(path.name + ".gz").write_bytes(gzip.compress(plain, mtime=0))
    path.with_name(path.name + ".br").write_bytes(BROTLI)
