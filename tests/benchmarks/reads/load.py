"""What is measured (nginx, our server) and what measures it (wrk), each on cores of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from probing.process import ONE, OTHERS, cpu

PACKAGES = {"wrk": "wrk", "nginx": "nginx-light"}
CONNECTIONS = 64
START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Server:
    """`pids`: of all its processes."""

    url: str
    pids: Sequence[int]


@dataclass(frozen=True, slots=True)
class Load:
    """`rate` in requests a second, `cpu` in microseconds of the server's processor for one, times in ms."""

    rate: float
    cpu: float
    half: float
    most: float
    failed: int


def need() -> None:
    """wrk and nginx, by apt where they are missing and that can be done. Exits with 2 without them."""
    missing = [package for name, package in PACKAGES.items() if shutil.which(name) is None]
    if missing and shutil.which("apt-get") and os.geteuid() == 0:
        command = ["apt-get", "install", "-qq", "--no-install-recommends", *missing]
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    if any(shutil.which(name) is None for name in PACKAGES):
        print(f"This needs {' and '.join(PACKAGES)}: apt install {' '.join(PACKAGES.values())}", file=sys.stderr)
        sys.exit(2)


@contextmanager
def nginx(folder: Path, body: bytes, headers: dict[str, str]) -> Iterator[Server]:
    """The same bytes and headers as a file, by one worker that has them in the page cache."""
    (folder / "body").write_bytes(body)
    told = " ".join(f"add_header {name} '{value}';" for name, value in headers.items())
    config = folder / "nginx.conf"
    config.write_text(
        f"worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/log crit; user root;"
        "events { worker_connections 1024; } http { access_log off; keepalive_requests 1000000000;"
        " open_file_cache max=10; sendfile on; tcp_nopush on; server { listen 127.0.0.1:18480;"
        f" location = /body {{ root {folder}; default_type application/json; {told} }} }} }}"
    )
    url = "http://127.0.0.1:18480/body"
    with _running(["nginx", "-c", config], url) as server:
        yield server


@contextmanager
def ours(database: Path) -> Iterator[Server]:
    command: list[str | Path] = [
        Path(sys.executable).with_name("steady-player"),
        "serve",
        "--no-monitor",
        "--port",
        "18481",
    ]
    environ = {"PLAYER_DATABASE_URL": f"sqlite:///{database}"}
    with _running(command, "http://127.0.0.1:18481/healthz", environ) as server:
        yield Server(server.url.removesuffix("/healthz"), server.pids)


@contextmanager
def bare(folder: Path, body: bytes, headers: dict[str, str]) -> Iterator[Server]:
    """The server that ours is, with nothing in it but the same bytes and headers."""
    (folder / "body").write_bytes(body)
    told = folder / "headers.json"
    told.write_text(json.dumps([["content-length", str(len(body))], *headers.items()]))
    command: list[str | Path] = [sys.executable, Path(__file__).with_name("bare.py"), "18482", folder / "body", told]
    with _running(command, "http://127.0.0.1:18482/") as server:
        yield server


def measure(server: Server, seconds: int, *, script: Path | None = None, path: str = "", **headers: str) -> Load:
    extra = [f"-H{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    extra += ["-s", str(script)] if script else []
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", *extra, server.url + path]
    before = sum(map(cpu, server.pids))
    said = subprocess.run(OTHERS.pinned(command), check=True, capture_output=True, text=True).stdout
    spent = sum(map(cpu, server.pids)) - before
    requests = int(_find(r"(\d+) requests in", said))
    failed = int(_find(r"Non-2xx or 3xx responses: (\d+)", said, "0")) + sum(
        map(int, re.findall(r"(?:connect|read|write|timeout) (\d+)", said))
    )
    return Load(
        rate=float(_find(r"Requests/sec:\s+([\d.]+)", said)),
        cpu=spent / max(requests, 1) * 1e6,
        half=_ms(_find(r"\n\s+50%\s+(\S+)", said)),
        most=_ms(_find(r"\n\s+99%\s+(\S+)", said)),
        failed=failed,
    )


def memory(megabytes: int) -> str | None:
    """A folder in memory with room for so much, where there is one."""
    shared = Path("/dev/shm")
    try:
        return str(shared) if shutil.disk_usage(shared).free > 2 * megabytes * 10**6 else None
    except OSError:
        return None


def warm(path: Path) -> None:
    """Into the page cache, as a server that has run for an hour has it."""
    with path.open("rb") as file:
        while file.read(2**24):
            pass


def fetch(url: str) -> tuple[bytes, dict[str, str]]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read(), {name.lower(): value for name, value in answer.headers.items()}


def _find(pattern: str, text: str, default: str | None = None) -> str:
    found = re.search(pattern, text)
    if found is None and default is None:
        raise RuntimeError(f"wrk said nothing of {pattern}:\n{text}")
    return found[1] if found else str(default)


def _ms(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(\w+)", text).groups()  # type: ignore[union-attr]
    return float(number) * {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}[unit]


@contextmanager
def _running(command: list[str | Path], url: str, environ: dict[str, str] | None = None) -> Iterator[Server]:
    process = subprocess.Popen(
        ONE.pinned(command), env={**os.environ, **(environ or {})}, stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        ends = time.monotonic() + START_SECONDS
        while True:
            try:
                fetch(url)
                break
            except (urllib.error.URLError, ConnectionError):
                if process.poll() is not None or time.monotonic() > ends:
                    raise RuntimeError(f"{command[0]} does not answer") from None
                time.sleep(0.1)
        yield Server(url, [process.pid, *_children(process.pid)])
    finally:
        process.terminate()
        process.wait(30)


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [one for child in map(int, found) for one in (child, *_children(child))]
