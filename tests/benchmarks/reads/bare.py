"""The floor of the stack: our own server, in front of an application that only says the same bytes again and again.

python bare.py PORT BODY HEADERS   (two files; the headers as JSON)
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from player.cli.serve import _server
from player.settings import Settings


class Bare:
    def __init__(self, body: bytes, headers: list[tuple[str, str]]) -> None:
        self._body, self._headers = body, headers

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        protocol.response_bytes(200, self._headers, self._body)


def load(body: str, headers: str) -> Bare:
    return Bare(Path(body).read_bytes(), [(name, value) for name, value in json.loads(Path(headers).read_text())])


if __name__ == "__main__":
    port, *files = sys.argv[1:]
    _server(replace(Settings(), port=int(port))).serve(target_loader=partial(load, *files), wrap_loader=False)
