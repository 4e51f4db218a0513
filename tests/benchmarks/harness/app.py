"""The real player app, a process of its own, with a catalogue of the bench's clips that it has probed."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import ClientError, ClientSession, ClientTimeout

from . import pages
from .contestants import KINDS
from .media import SECONDS

REPOSITORY = Path(__file__).resolve().parents[3]
DEADLINE = 60
_COMMAND = (sys.executable, "-c", "from player.cli import main; main()")


class AppFailed(Exception):
    """The player's app did not start or did not probe; the message has its output."""


def catalogue(media: str) -> list[dict[str, object]]:
    """The items in the catalogue's JSON: for each kind one that plays and one whose source is gone."""
    items: list[dict[str, object]] = []
    for kind in KINDS:
        for variant in ("one", "dead"):
            source = {
                "src": pages.source(media, kind, variant),
                "type": "video/mp4" if kind == "video" else "audio/mpeg",
            }
            item: dict[str, object] = {
                "id": pages.item_id(kind, variant),
                "kind": kind,
                "title": "The crossing",
                "duration": float(SECONDS),
                "sources": [source],
            }
            if kind == "video":
                item["poster"] = f"{media}/media/poster.jpg"
            items.append(item)
    return items


@asynccontextmanager
async def running(folder: Path, media: str) -> AsyncIterator[str]:
    """Start the app with a new database in `folder`; yields its base address once every item is probed."""
    port = _free_port()
    environ = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, (str(REPOSITORY), os.environ.get("PYTHONPATH")))),
        "PLAYER_DATABASE_URL": f"sqlite:///{folder / 'bench.db'}",
        "PLAYER_ALLOW_NETWORKS": "127.0.0.0/8",
        "PLAYER_PORT": str(port),
        # One probe each: the verdicts stay fresh for the whole run, and nothing is probed while it measures.
        "PLAYER_PROBE_INTERVAL": "7200",
    }
    items = folder / "catalogue.json"
    items.write_text(json.dumps(catalogue(media)), "utf-8")
    with (folder / "app.log").open("w+b") as log:
        for command in (("import", str(items)), ("serve",)):
            process = await asyncio.create_subprocess_exec(
                *_COMMAND, *command, env=environ, cwd=folder, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log
            )
            if command[0] == "import":
                status = await asyncio.wait_for(process.wait(), DEADLINE)
                if status:
                    raise AppFailed((folder / "app.log").read_text())
        try:
            base = f"http://127.0.0.1:{port}"
            try:
                async with asyncio.timeout(DEADLINE):
                    await _probed(base)
            except TimeoutError:
                raise AppFailed((folder / "app.log").read_text()) from None
            yield base
        finally:
            if process.returncode is None:
                process.terminate()
                await asyncio.wait_for(process.wait(), DEADLINE)


async def manifest(base: str, item: str) -> str:
    """What `/media/<id>` answers, as it is inlined in a page."""
    timeout = ClientTimeout(total=10)
    async with ClientSession(timeout=timeout) as session, session.get(f"{base}/media/{item}") as answer:
        return (await answer.text()).strip().replace("</", "<\\/")


async def _probed(base: str) -> None:
    wanted = {pages.item_id(kind, variant): state for kind in KINDS for variant, state in _STATES.items()}
    async with ClientSession(timeout=ClientTimeout(total=5)) as session:
        while wanted:
            for item, state in tuple(wanted.items()):
                try:
                    async with session.get(f"{base}/media/{item}") as answer:
                        if answer.status == 200 and (await answer.json()).get("state") == state:
                            del wanted[item]
                except ClientError:
                    pass  # not listening yet
            await asyncio.sleep(0.2)


_STATES = {"one": "available", "dead": "unavailable"}


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
