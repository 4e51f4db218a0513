"""The local web server, a process of its own: `python -m harness.site FOLDER`.

Serves one folder on two ports, so that the article and everything it embeds have different origins.
HTTP/1.1 with keep-alive, ranges, and the precompressed `.br` sibling where the browser takes it (which
Chromium does for loopback addresses). Prints the two ports as a line of JSON, then serves until its
standard input closes. `GET /!log` answers the requests so far as JSON: `[{"path", "range", "status"}]`;
`DELETE /!log` forgets them.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from aiohttp import web

Log = list[dict[str, str | int | None]]


def application(root: Path) -> web.Application:
    log: Log = []

    async def show(_request: web.Request) -> web.Response:
        return web.json_response(log)

    async def forget(_request: web.Request) -> web.Response:
        log.clear()
        return web.Response(status=204)

    async def serve(request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        path = root / name
        known = path.is_file() and root in path.resolve().parents
        log.append({"path": f"/{name}", "range": request.headers.get("Range"), "status": 200 if known else 404})
        headers = {"Access-Control-Allow-Origin": "*", "Timing-Allow-Origin": "*", "Cache-Control": "max-age=600"}
        return web.FileResponse(path, headers=headers) if known else web.Response(status=404, headers=headers)

    app = web.Application()
    app.router.add_get("/!log", show)
    app.router.add_delete("/!log", forget)
    app.router.add_get("/{name:.+}", serve)
    return app


async def main(root: Path) -> None:
    runner = web.AppRunner(application(root), access_log=None, keepalive_timeout=75)
    await runner.setup()
    sites = [web.TCPSite(runner, "127.0.0.1", 0) for _ in range(2)]
    for site in sites:
        await site.start()
    print(json.dumps([address[1] for address in runner.addresses]), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]).resolve()))
