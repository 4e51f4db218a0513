"""The fault origin: a good server by default, and really broken where it is told to be."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from demo.faults import FAULTS, UnknownFault, plan
from demo.origin import RunningOrigin

CLIP = bytes(range(256)) * 1024  # 256 KiB, every byte known by its position
WAIT = 60.0  # seconds: far beyond what any of this takes, so that a failure is not a hang


@pytest.fixture(autouse=True)
def clip(origin_root: Path) -> None:
    (origin_root / "clip.mp3").write_bytes(CLIP)


@pytest.fixture
def connection(origin: RunningOrigin) -> Iterator[http.client.HTTPConnection]:
    with closing(http.client.HTTPConnection("127.0.0.1", origin.port, timeout=WAIT)) as opened:
        yield opened


class Got:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status, self.headers = response.status, response.headers
        try:
            self.body, self.complete = response.read(), True
        except http.client.IncompleteRead as error:
            self.body, self.complete = error.partial, False


def get(url: str, headers: dict[str, str] | None = None, method: str = "GET", body: str | None = None) -> Got:
    parts = urlsplit(url)
    assert parts.hostname
    with closing(http.client.HTTPConnection(parts.hostname, parts.port, timeout=WAIT)) as opened:
        opened.request(method, url[url.index("/", 8) :], body, headers or {})
        return Got(opened.getresponse())


def raw(origin: RunningOrigin, path: str, extra: str = "") -> socket.socket:
    """A request under way, seen from below HTTP."""
    sock = socket.create_connection(("127.0.0.1", origin.port), timeout=WAIT)
    sock.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n{extra}\r\n".encode())
    return sock


def receive(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size and (piece := sock.recv(65_536)):
        data += piece
    return data


def test_whole_file_with_the_headers_of_a_good_server(origin: RunningOrigin) -> None:
    got = get(origin.url("clip.mp3"))
    assert (got.status, got.body) == (200, CLIP)
    assert got.headers["Content-Type"] == "audio/mpeg"
    assert got.headers["Accept-Ranges"] == "bytes"
    assert got.headers["Access-Control-Allow-Origin"] == "*"
    assert "Content-Range" in got.headers["Access-Control-Expose-Headers"]
    assert got.headers["ETag"] and got.headers["Last-Modified"]


@pytest.mark.parametrize(
    ("asked", "status", "first", "last"),
    [
        ("bytes=0-99", 206, 0, 99),
        ("bytes=1000-", 206, 1000, len(CLIP) - 1),
        ("bytes=-5", 206, len(CLIP) - 5, len(CLIP) - 1),
        ("bytes=262100-999999", 206, 262100, len(CLIP) - 1),
        ("bytes=0-1,5-6", 200, 0, len(CLIP) - 1),
        ("lines=0-9", 200, 0, len(CLIP) - 1),
        ("bytes=9-1", 200, 0, len(CLIP) - 1),
    ],
)
def test_ranges(origin: RunningOrigin, asked: str, status: int, first: int, last: int) -> None:
    got = get(origin.url("clip.mp3"), {"Range": asked})
    assert (got.status, got.body) == (status, CLIP[first : last + 1])
    if status == 206:
        assert got.headers["Content-Range"] == f"bytes {first}-{last}/{len(CLIP)}"


def test_a_range_past_the_end_is_416(origin: RunningOrigin) -> None:
    got = get(origin.url("clip.mp3"), {"Range": f"bytes={len(CLIP)}-"})
    assert got.status == 416
    assert got.headers["Content-Range"] == f"bytes */{len(CLIP)}"


def test_conditional_requests(origin: RunningOrigin) -> None:
    headers = get(origin.url("clip.mp3")).headers
    assert get(origin.url("clip.mp3"), {"If-None-Match": headers["ETag"]}).status == 304
    assert get(origin.url("clip.mp3"), {"If-Modified-Since": headers["Last-Modified"]}).status == 304
    assert get(origin.url("clip.mp3"), {"Range": "bytes=0-1", "If-Range": '"other"'}).status == 200
    assert get(origin.url("clip.mp3"), {"Range": "bytes=0-1", "If-Range": headers["ETag"]}).status == 206


def test_head_options_and_other_methods(origin: RunningOrigin) -> None:
    head = get(origin.url("clip.mp3"), method="HEAD")
    assert (head.status, head.headers["Content-Length"], head.body) == (200, str(len(CLIP)), b"")
    preflight = get(origin.url("clip.mp3"), method="OPTIONS")
    assert preflight.status == 204
    assert "Range" in preflight.headers["Access-Control-Allow-Headers"]
    assert get(origin.url("clip.mp3"), method="DELETE").status == 405


def test_keep_alive(connection: http.client.HTTPConnection) -> None:
    for first in (0, 1000, 2000):
        connection.request("GET", "/clip.mp3", headers={"Range": f"bytes={first}-{first + 9}"})
        assert Got(connection.getresponse()).body == CLIP[first : first + 10]
    local = connection.sock.getsockname() if connection.sock else None
    connection.request("GET", "/nothing.mp3")
    assert Got(connection.getresponse()).status == 404
    assert connection.sock and connection.sock.getsockname() == local


def test_nothing_outside_the_folder(origin: RunningOrigin) -> None:
    (origin.root.parent / "secret.txt").write_text("secret")
    for path in ("/../secret.txt", "/%2e%2e/secret.txt", "//etc/passwd", "/"):
        with closing(raw(origin, path)) as sock:
            assert receive(sock, 12).startswith(b"HTTP/1.1 404")


def test_media_types(origin: RunningOrigin) -> None:
    expected = {
        "mp4": "video/mp4", "webm": "video/webm", "m4a": "audio/mp4", "ogg": "audio/ogg", "wav": "audio/wav",
        "flac": "audio/flac", "aac": "audio/aac", "vtt": "text/vtt; charset=utf-8", "jpg": "image/jpeg",
        "png": "image/png", "svg": "image/svg+xml", "json": "application/json",
        "m3u8": "application/vnd.apple.mpegurl",
    }  # fmt: skip
    for suffix in expected:
        (origin.root / f"a b.{suffix}").write_bytes(b"x")
    assert {s: get(origin.url(f"a b.{s}")).headers["Content-Type"] for s in expected} == expected


@pytest.mark.parametrize("status", [403, 404, 410, 429, 451, 500, 503])
def test_statuses(origin: RunningOrigin, status: int) -> None:
    got = get(origin.url("clip.mp3", str(status)))
    assert got.status == status
    assert (got.headers["Retry-After"] is not None) == (status in (429, 503))


def test_faults_of_content(origin: RunningOrigin) -> None:
    page = get(origin.url("clip.mp3", "html"))
    assert page.headers["Content-Type"].startswith("text/html") and b"<html" in page.body
    soft = get(origin.url("clip.mp3", "soft-404"))
    assert (soft.headers["Content-Type"], soft.body) == ("audio/mpeg", page.body)
    assert get(origin.url("clip.mp3", "empty")).body == b""
    assert get(origin.url("clip.mp3", "wrong-type")).body.startswith(b"\x89PNG")
    assert get(origin.url("clip.mp3", "mislabelled")).headers["Content-Type"].startswith("text/plain")
    assert get(origin.url("clip.mp3", "mislabelled=image%2Fgif")).headers["Content-Type"] == "image/gif"
    assert get(origin.url("clip.mp3", "untyped")).headers["Content-Type"] is None
    assert get(origin.url("clip.mp3", "gzip")).body[:2] == b"\x1f\x8b"
    assert get(origin.url("clip.mp3", "no-cors")).headers["Access-Control-Allow-Origin"] is None


def test_faults_of_range_and_length(origin: RunningOrigin) -> None:
    ten = {"Range": "bytes=10-19"}
    ignored = get(origin.url("clip.mp3", "no-range"), ten)
    assert (ignored.status, ignored.headers["Accept-Ranges"], ignored.body) == (200, None, CLIP)
    assert get(origin.url("clip.mp3", "strict-range"), {"Range": "bytes=0-999999"}).status == 416
    assert get(origin.url("clip.mp3", "wrong-range"), ten).headers["Content-Range"].startswith("bytes 11-19/")
    short = get(origin.url("clip.mp3", "truncated=1000"), {"Range": "bytes=900-"})
    assert (short.body, short.headers["Content-Range"]) == (CLIP[900:1000], "bytes 900-999/1000")
    assert get(origin.url("clip.mp3", "total=5000000"), ten).headers["Content-Range"] == "bytes 10-19/5000000"
    chunked = get(origin.url("clip.mp3", "chunked"))
    assert (chunked.headers["Content-Length"], chunked.body) == (None, CLIP)
    endless = get(origin.url("clip.mp3", "no-length"))
    assert (endless.headers["Content-Length"], endless.headers["Connection"], endless.body) == (None, "close", CLIP)


def test_redirects(origin: RunningOrigin) -> None:
    with urllib.request.urlopen(origin.url("clip.mp3", "redirect=3"), timeout=WAIT) as response:
        assert response.read() == CLIP
        assert "signature=" in response.url
    assert [entry["status"] for entry in origin.requests] == [302, 302, 302, 200]
    assert "redirect-loop" in get(origin.url("clip.mp3", "redirect-loop")).headers["Location"]
    elsewhere = get(origin.url("clip.mp3", "redirect-to=http%3A%2F%2F169.254.169.254%2F"))
    assert elsewhere.headers["Location"] == "http://169.254.169.254/"
    with urllib.request.urlopen(origin.url("clip.mp3", "login"), timeout=WAIT) as response:
        assert b"Sign in" in response.read()


def test_a_cut_is_at_a_place_in_the_file(origin: RunningOrigin) -> None:
    cut = get(origin.url("clip.mp3", "cut=50000"))
    assert (cut.complete, cut.body) == (False, CLIP[:50_000])
    rest = get(origin.url("clip.mp3", "cut=50000"), {"Range": "bytes=49990-"})
    assert (rest.status, rest.complete, rest.body) == (206, False, CLIP[49_990:50_000])


def test_reset_is_a_reset(origin: RunningOrigin) -> None:
    with closing(raw(origin, "/~reset/clip.mp3")) as sock, pytest.raises(ConnectionResetError):
        receive(sock, 1)
    with closing(raw(origin, "/~reset=50000/clip.mp3")) as sock, pytest.raises(ConnectionResetError):
        receive(sock, len(CLIP))
    with closing(raw(origin, "/~hangup/clip.mp3")) as sock:
        assert receive(sock, 1) == b""
    with closing(raw(origin, "/~garbage/clip.mp3")) as sock:
        assert receive(sock, 10).startswith(b"220 ")


def silent(sock: socket.socket) -> bool:
    sock.settimeout(0.3)
    try:
        return sock.recv(1) is None
    except TimeoutError:
        return True
    finally:
        sock.settimeout(WAIT)


def test_silence(origin: RunningOrigin) -> None:
    with closing(raw(origin, "/~tarpit/clip.mp3")) as sock:
        assert silent(sock)
    with closing(raw(origin, "/~stall=50000/clip.mp3")) as sock:
        head, _, body = receive(sock, 50_000).partition(b"\r\n\r\n")
        body += receive(sock, 50_000 - len(body))
        assert (head[:15], body) == (b"HTTP/1.1 200 OK", CLIP[:50_000])
        assert silent(sock)


def test_slow_goes_on(origin: RunningOrigin) -> None:
    (origin.root / "small.mp3").write_bytes(CLIP[:300])
    assert get(origin.url("small.mp3", "slow=1000")).body == CLIP[:300]
    assert get(origin.url("small.mp3", "delay=0.05")).body == CLIP[:300]


def test_a_switch_hits_the_plain_address_and_heals(origin: RunningOrigin) -> None:
    origin.set_fault("clip.mp3", "404")
    assert get(origin.url("clip.mp3")).status == 404
    assert get(origin.url("clip.mp3", "410")).status == 410
    origin.clear("/clip.mp3")
    assert get(origin.url("clip.mp3")).status == 200
    with pytest.raises(UnknownFault):
        origin.set_fault("clip.mp3", "earthquake")


def test_a_switch_breaks_what_is_under_way(origin: RunningOrigin) -> None:
    origin.set_fault("clip.mp3", "slow=40000")
    with closing(raw(origin, "/clip.mp3")) as sock, closing(raw(origin, "/~slow=40000/clip.mp3")) as other:
        received = len(receive(sock, 1000))
        receive(other, 1000)
        origin.set_fault("clip.mp3", "404")
        with suppress(ConnectionResetError):
            received += len(receive(sock, 10**6))
        assert received < len(CLIP)
        assert receive(other, 1000)  # a faulty address has its own fault, and keeps it


def test_a_stall_under_way_ends_when_it_is_healed(origin: RunningOrigin) -> None:
    origin.set_fault("clip.mp3", "stall=50000")
    with closing(raw(origin, "/clip.mp3", "Connection: close\r\n")) as sock:
        got = receive(sock, 50_000)
        timer = threading.Timer(0.1, lambda: origin.set_fault("clip.mp3", None))
        timer.start()
        got += receive(sock, 10**6)
        timer.join()
    assert got.endswith(CLIP[-1000:])
    assert len(got.partition(b"\r\n\r\n")[2]) == len(CLIP)


def test_tarpit_under_way_can_become_an_answer(origin: RunningOrigin) -> None:
    origin.set_fault("clip.mp3", "tarpit")
    with closing(raw(origin, "/clip.mp3")) as sock:
        assert silent(sock)
        origin.clear()
        assert receive(sock, 15).startswith(b"HTTP/1.1 200 OK")


def test_refused_and_accepted_again(origin: RunningOrigin) -> None:
    with closing(raw(origin, "/~stall=10/clip.mp3")) as sock:
        receive(sock, 300)
        origin.refuse()
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", origin.port), timeout=WAIT)
        with suppress(ConnectionResetError):
            assert receive(sock, 10**6) in (b"", CLIP[:10])
    origin.accept()
    assert get(origin.url("clip.mp3")).status == 200


def post(origin: RunningOrigin, message: object) -> Got:
    return get(origin.url("!fault"), {"Content-Type": "application/json"}, "POST", json.dumps(message))


def test_switches_over_http(origin: RunningOrigin) -> None:
    assert post(origin, {"path": "clip.mp3", "fault": "410"}).status == 200
    assert get(origin.url("clip.mp3")).status == 410
    told = json.loads(get(origin.url("!faults")).body)
    assert told["faults"] == {"clip.mp3": "410"}
    assert set(FAULTS) < set(told["known"])
    assert post(origin, {"path": "clip.mp3", "fault": None}).status == 200
    assert get(origin.url("clip.mp3")).status == 200
    bads: list[object] = [
        {"path": "clip.mp3", "fault": "earthquake"},
        {"fault": "404"},
        {"path": 1, "fault": "404"},
        [],
        {},
    ]
    for bad in bads:
        assert post(origin, bad).status == 400, bad
    assert get(origin.url("!fault"), method="POST", body="{").status == 400
    log = json.loads(get(origin.url("!log")).body)["requests"]
    assert [(e["method"], e["path"], e["status"], e["fault"]) for e in log] == [
        ("GET", "/clip.mp3", 410, "410"),
        ("GET", "/clip.mp3", 200, None),
    ]
    assert log[1]["sent"] == len(CLIP)


def test_refused_for_a_while_over_http(origin: RunningOrigin) -> None:
    assert post(origin, {"fault": "refuse=0.2"}).status == 200
    for _ in range(1000):
        try:
            assert get(origin.url("clip.mp3")).status == 200
            return
        except ConnectionError:
            threading.Event().wait(0.02)
    pytest.fail("the port stayed closed")


def test_the_log_is_bounded(origin: RunningOrigin, connection: http.client.HTTPConnection) -> None:
    for _ in range(1010):
        connection.request("HEAD", "/clip.mp3")
        connection.getresponse().read()
    assert len(origin.requests) == 1000
    assert origin.requests[-1]["n"] == 1009


def test_what_is_no_http_is_answered_with_400(origin: RunningOrigin) -> None:
    with closing(socket.create_connection(("127.0.0.1", origin.port), timeout=WAIT)) as sock:
        sock.sendall(b"\x16\x03\x01\x00\xa5 nonsense")
        assert receive(sock, 12).startswith(b"HTTP/1.1 400")
    assert get(origin.url("clip.mp3", "earthquake")).status == 400


def test_many_connections_at_once(origin: RunningOrigin) -> None:
    socks = [raw(origin, "/~stall=10/clip.mp3") for _ in range(100)]
    for sock in socks:
        assert receive(sock, 10).startswith(b"HTTP/1.1")
    assert origin.peak == 100
    for sock in socks:
        sock.close()


def test_every_fault_has_a_plan_without_an_argument() -> None:
    for name in FAULTS:
        assert plan(name, "clip.mp3").name == name
    both = plan("slow=100,no-cors", "clip.mp3")
    assert (both.rate, both.cors) == (100, False)
    for bad in ("", "slow=fast", "99", "600", "stall=x"):
        with pytest.raises(UnknownFault):
            plan(bad, "clip.mp3")


def test_from_the_command_line(origin_root: Path) -> None:
    root = Path(__file__).parent.parent
    process = subprocess.Popen(
        [sys.executable, "-m", "demo.origin", str(origin_root), "--port", "0"],
        cwd=root, env={**os.environ, "PYTHONPATH": str(root)}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout
        found = re.search(r"http://127\.0\.0\.1:\d+/", process.stdout.readline())
        assert found
        assert get(found[0] + "clip.mp3").body == CLIP
    finally:
        process.terminate()
        process.wait(timeout=WAIT)
