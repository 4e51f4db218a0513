"""1,000 items on three origins, and the real processes that watch over them: `serve --no-monitor` and `monitor`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from player.catalogue.media import from_json
from player.catalogue.store import Catalogue
from player.database import open_engine
from tests.clips import make_clip

ROOT = Path(__file__).resolve().parents[3]
COMMAND = [sys.executable, "-c", "from player.cli import main; main(prog_name='steady-player')"]
SECRET = "whsec_" + "c3RlYWR5cGxheWVyc3RlYWR5cGxheWVy"
CDN, HOST, ELSEWHERE = "127.0.0.10", "127.0.0.20", [f"127.0.1.{n}" for n in range(1, 11)]
ON_CDN, ON_HOST = 300, 20


@dataclass(slots=True)
class Origin:
    """One origin's process. `name`: the host with its port, as the catalogue has it."""

    folder: Path
    address: str
    process: subprocess.Popen[str]
    port: int

    @property
    def name(self) -> str:
        return f"{self.address}:{self.port}"

    @classmethod
    def start(cls, folder: Path, address: str, port: int = 0) -> Origin:
        (folder / "gone").mkdir(parents=True, exist_ok=True)
        if not (folder / "clip.mp3").exists():
            make_clip(folder / "clip.mp3", 3)
        command = [sys.executable, str(Path(__file__).with_name("origin.py")), str(folder), str(port)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout
        return cls(folder, address, process, int(process.stdout.readline()))

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def again(self) -> None:
        """A killed one, on the same port."""
        self.process = Origin.start(self.folder, self.address, self.port).process

    def tell(self, number: signal.Signals) -> None:
        self.process.send_signal(number)


@dataclass(frozen=True, slots=True)
class World:
    """`url`: of the server that has the dashboard. `ids`: of the items, by the host that they lie on."""

    cdn: Origin
    host: Origin
    rest: Origin
    url: str
    ids: dict[str, list[str]]


@contextmanager
def world(folder: Path, hook: str, items: int, interval: float) -> Iterator[World]:
    origins = [Origin.start(folder / name, name) for name in (CDN, HOST, "rest")]
    started = list(origins)
    processes: list[subprocess.Popen[str]] = []
    cdn, host, rest = origins
    places = [*[cdn.name] * ON_CDN, *[host.name] * ON_HOST]
    places += [f"{ELSEWHERE[n % len(ELSEWHERE)]}:{rest.port}" for n in range(items - len(places))]
    ids: dict[str, list[str]] = {}
    for number, place in enumerate(places):
        ids.setdefault(place, []).append(f"item-{number:04}")
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PLAYER_")},
        "PYTHONPATH": str(ROOT),
        "PLAYER_DATABASE_URL": f"sqlite:///{folder / 'alarm.db'}",
        "PLAYER_ALLOW_NETWORKS": "127.0.0.0/8",
        "PLAYER_PROBE_INTERVAL": f"{interval:g}",
        "PLAYER_PROBE_RATE": "1000",
        "PLAYER_WEBHOOKS": hook,
        "PLAYER_WEBHOOK_SECRET": SECRET,
    }
    try:
        _load(environ["PLAYER_DATABASE_URL"], ids)
        with (folder / "serve.txt").open("w") as told, (folder / "monitor.txt").open("w") as also:
            serve = subprocess.Popen([*COMMAND, "serve", "--no-monitor", "--port", "0"], env=environ, text=True,
                                     stdout=subprocess.PIPE, stderr=told)  # fmt: skip
            processes.append(serve)
            assert serve.stdout
            url = serve.stdout.readline().rpartition(" ")[2].strip()
            processes.append(subprocess.Popen([*COMMAND, "monitor"], env=environ, text=True, stderr=also))
            yield World(cdn, host, rest, url, ids)
    finally:
        for process in processes:
            process.terminate()
            process.wait(30)
        for origin in started:
            origin.process.kill()
            origin.process.wait()


def _load(database: str, ids: dict[str, list[str]]) -> None:
    engine = open_engine(database)
    languages = ("en", "fa", "ar", "fr", "es")
    Catalogue(engine).import_many(
        from_json(
            {
                "id": media_id,
                "kind": "audio",
                "title": f"Report {media_id[5:]}",
                "lang": languages[number % len(languages)],
                "sources": [{"src": f"http://{place}/{media_id}.mp3", "type": "audio/mpeg"}],
            }
        )
        for place, some in ids.items()
        for number, media_id in enumerate(some)
    )
    engine.dispose()
