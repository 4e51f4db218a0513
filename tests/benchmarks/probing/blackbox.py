"""Prometheus's blackbox_exporter, asked as Prometheus asks it."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

from probing.process import ONE, Run, cpu

PACKAGE = "prometheus-blackbox-exporter"
BINARY: str | None = None
_STATUS = re.compile(rb"^probe_http_status_code (\d+)", re.MULTILINE)
_CONFIG = """modules:
  http:
    prober: http
    timeout: {timeout}s
    http:
      preferred_ip_protocol: ip4
      headers: {{Range: "bytes=0-16383"}}
      tls_config: {{ca_file: "{authority}"}}
"""


def find() -> None:
    """Looks for it, and lets apt install it where this is root on Debian or the like."""
    global BINARY
    BINARY = shutil.which(PACKAGE) or shutil.which("blackbox_exporter")
    if BINARY is None and shutil.which("apt-get") and os.geteuid() == 0:
        print(f"installing {PACKAGE} by apt", flush=True)
        environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        quiet = subprocess.DEVNULL
        for command in (["update", "-qq"], ["install", "-qq", "--no-install-recommends", PACKAGE]):
            subprocess.run(["apt-get", *command], check=False, env=environ, stdin=quiet, stdout=quiet)
        BINARY = shutil.which(PACKAGE)


async def measure(targets: Sequence[str], patience: float, concurrency: int, authority: Path, folder: Path) -> Run:
    assert BINARY
    config = folder / "blackbox.yml"
    config.write_text(_CONFIG.format(timeout=f"{patience:g}", authority=authority))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [BINARY, f"--config.file={config}", f"--web.listen-address=127.0.0.1:{port}", "--log.level=error",
               "--timeout-offset=0"]  # fmt: skip
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*ONE.pinned(command), stdout=quiet, stderr=quiet)
    try:
        await _until_ready(port)
        run, waiting = Run(0.0, 0.0), iter(targets)
        began, before = time.monotonic(), cpu(process.pid)
        await asyncio.gather(*(_ask(port, waiting, run, patience) for _ in range(concurrency)))
        run.cpu, run.wall = cpu(process.pid) - before, time.monotonic() - began
    finally:
        process.kill()
        await process.wait()
    return run


async def _until_ready(port: int) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


async def _ask(port: int, waiting: Iterator[str], run: Run, patience: float) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    for url in waiting:
        asked = f"/probe?module=http&target={quote(url, safe='')}"
        head = (
            f"GET {asked} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Prometheus-Scrape-Timeout-Seconds: {patience + 1:g}\r\n\r\n"
        )
        writer.write(head.encode())
        head_text = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head_text)
        if length:
            body = await reader.readexactly(int(length[1]))
        else:
            body = b""
            while size := int(await reader.readline(), 16):
                body += await reader.readexactly(size)
                await reader.readline()
            await reader.readline()
        status = _STATUS.search(body)
        code = int(status[1]) if status else 0
        works = b"\nprobe_success 1\n" in body
        run.reasons["playable" if works else "not-found" if code == 404 else "timeout" if code == 0 else str(code)] += 1
    writer.close()
