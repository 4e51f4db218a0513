"""`steady-player probe` as a person and a script see it: exit status, lines, progress, Ctrl-C."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.origin import RunningOrigin
from player.cli.feed import LONGEST, lines
from tests.faults.case import Case, Reply, U
from tests.faults.hls_made import INDEX, TYPE, playlist, segments, ts
from tests.faults.origin import run_faults

WAIT = 120.0  # seconds: a hang, not a slow machine
COMMAND = [sys.executable, "-c", "from player.cli import main; main(prog_name='steady-player')", "probe"]
LOCAL = ["--allow-network", "127.0.0.0/8"]
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def clip(origin_root: Path, samples: Path) -> None:
    (origin_root / "clip.mp3").write_bytes((samples / "plain.mp3").read_bytes())
    (origin_root / "bare.mp3").write_bytes((samples / "bare.mp3").read_bytes())  # no header says how long it is


def environment(**extra: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PLAYER_")}
    return {**kept, "PYTHONPATH": str(ROOT), **extra}


def run(*arguments: str, stdin: bytes = b"", **environ: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*COMMAND, *arguments], input=stdin, capture_output=True, env=environment(**environ), timeout=WAIT, check=False
    )


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts the command and lets it run; what is left of it in the end is ended."""
    processes: list[subprocess.Popen[bytes]] = []

    def starter(*arguments: str, **options: Any) -> subprocess.Popen[bytes]:
        chosen = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        processes.append(subprocess.Popen([*COMMAND, *LOCAL, *arguments], env=environment(), **chosen))
        return processes[-1]

    yield starter
    for process in processes:
        process.kill()
        process.wait(WAIT)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream and not stream.closed:
                with suppress(BrokenPipeError):
                    stream.close()


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < deadline
        select.select([], [], [], 0.02)


def reports(output: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


@pytest.mark.parametrize(
    ("faults", "status"),
    [
        ([None], 0),
        (["no-range", None], 1),
        (["404", None, "no-range"], 2),
        (["403", None], 3),
        (["403", "no-range"], 3),
        (["403", "404"], 2),
    ],
)
def test_exit_status_is_the_worst(origin: RunningOrigin, faults: list[str | None], status: int) -> None:
    done = run(*LOCAL, *(origin.url("clip.mp3", fault) for fault in faults))
    assert done.returncode == status, done.stderr
    assert len(done.stdout.splitlines()) == len(faults)


@pytest.mark.parametrize(
    "arguments",
    [[], ["--timeout", "soon", "x"], ["--no-such"], ["--kind", "radio", "x"], ["--allow-network", "10.0.0.1/8", "x"]],
)
def test_wrong_usage_is_no_verdict(arguments: list[str]) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (64, b"")
    assert b"Usage:" in done.stderr


def test_settings_apply(origin: RunningOrigin) -> None:
    assert run(origin.url("clip.mp3")).returncode == 3
    assert run(origin.url("clip.mp3"), PLAYER_ALLOW_NETWORKS="127.0.0.0/8").returncode == 0
    wrong = run(origin.url("clip.mp3"), PLAYER_ALLOW_NETWORKS="everything")
    assert wrong.returncode == 64
    assert b"PLAYER_ALLOW_NETWORKS" in wrong.stderr


@pytest.mark.parametrize(
    ("name", "options", "reason", "requests"),
    [
        ("clip.mp3", ["--role", "captions"], "bad-captions", 1), ("clip.mp3", ["--role", "image"], "wrong-type", 1),
        ("bare.mp3", ["--size", "9000000"], "truncated", 1), ("clip.mp3", ["--duration", "60"], "wrong-duration", 1),
        ("clip.mp3", ["--kind", "audio", "--duration", "6"], "playable", 1),
    ],
)  # fmt: skip
def test_what_they_should_be(origin: RunningOrigin, name: str, options: list[str], reason: str, requests: int) -> None:
    said = json.loads(run(*LOCAL, "--json", *options, origin.url(name)).stdout)
    assert (said["reason"], said["requests"]) == (reason, requests), said


def test_nothing_is_asked_for_what_no_page_may_load() -> None:
    said = json.loads(run("--json", "--page", "https://news.example/a", "http://media.example/a.mp3").stdout)
    assert (said["state"], said["reason"], said["requests"]) == ("unavailable", "mixed-content", 0)


def test_a_live_stream_is_waited_for_beyond_the_timeout() -> None:
    window = playlist(segments("0.ts", "1.ts", "2.ts"), end=False)
    stopped = Case("stopped", U, set(), ts(Reply(window.encode(), TYPE)), INDEX)
    with run_faults([stopped]) as faults:
        begun = time.monotonic()
        said = json.loads(run(*LOCAL, "--json", "--timeout", "2", faults.url(stopped)).stdout)
        took = time.monotonic() - begun
    assert said["reason"] == "live-stopped", said
    # One and a half target durations by the clock on the wall: "ms" leaves out what a busy prober was late.
    assert took > 3.0
    assert said["ms"] > 2000


def test_help_tells_the_exit_status() -> None:
    done = run("--help")
    assert done.returncode == 0
    for word in ("64", "130", "degraded", "unknown", "unavailable"):
        assert word in done.stdout.decode()


def test_json_has_the_facts_in_the_order_of_completion(
    origin: RunningOrigin, start: Callable[..., subprocess.Popen[bytes]]
) -> None:
    origin.set_fault("clip.mp3", "tarpit")
    slow, quick = origin.url("clip.mp3"), origin.url("clip.mp3", "truncated=9000")
    process = start("--json", "--timeout", "100", slow, quick)
    assert process.stdout
    first = json.loads(process.stdout.readline())
    assert set(first) == {"url", "state", "reason", "requests", "bytes", "ms", "evidence"}
    assert (first["url"], first["state"], first["reason"]) == (quick, "unavailable", "truncated")
    assert (first["requests"], first["bytes"], first["evidence"]["box"]) == (1, 9000, "Info")
    origin.clear()
    second = json.loads(process.stdout.readline())
    assert (second["url"], second["reason"]) == (slow, "playable")
    assert second["ms"] > first["ms"]


def test_lines_for_people(origin: RunningOrigin) -> None:
    done = run(*LOCAL, "-", stdin=f"{origin.url('clip.mp3')}\nevil\x1b[2J\n{origin.url('clip.mp3', '404')}\n".encode())
    told = sorted(done.stdout.decode().splitlines())
    assert re.fullmatch(r"available +playable +[\d,]+ ms  http://\S+/clip.mp3", told[0])
    assert re.fullmatch(r"unavailable +bad-url +0 ms  evil\\x1b\[2J  \(line 2\)", told[1])
    assert re.fullmatch(r"unavailable +not-found +[\d,]+ ms  http://\S+", told[2])
    assert told[0].index("http") == told[2].index("http")
    assert re.search(rb"3 probed: 1 available, 2 unavailable; 2 requests", done.stderr)
    assert b"\x1b" not in done.stderr


def test_bad_lines_stop_nothing(origin: RunningOrigin) -> None:
    good = origin.url("clip.mp3").encode()
    bad = [b"river.mp3", b"\xff\xfe\x00", b"http://exa\x00mple.org/", b"x" * 3_000_000, b"http://user:pw@example.org/"]
    done = run(*LOCAL, "--json", "-", stdin=b"\xef\xbb\xbf" + good + b"\n\n" + b"\n".join(bad) + b"\r\n  " + good)
    found = reports(done.stdout)
    assert Counter(one["reason"] for one in found) == {"playable": 2, "bad-url": len(bad)}
    assert sorted(one["evidence"]["line"] for one in found if one["reason"] == "bad-url") == [3, 4, 5, 6, 7]
    assert {one["state"] for one in found if one["reason"] == "bad-url"} == {"unavailable"}
    assert all(len(one["url"]) < 1000 for one in found)
    assert done.returncode == 2


def test_two_thousand_with_two_hundred_in_flight(
    origin: RunningOrigin, start: Callable[..., subprocess.Popen[bytes]]
) -> None:
    origin.set_fault("clip.mp3", "tarpit")
    process = start("--json", "--timeout", "100", "--per-host", "200", "-")
    bad = {n for n in range(2000) if n % 100 == 50}
    text = "".join("not a url\n" if n in bad else f"{origin.url('clip.mp3')}?{n}\n" for n in range(2000))
    assert process.stdin
    process.stdin.write(text.encode())  # some 70 kB: more than a pipe holds, so it is read while all places wait
    until(lambda: origin.connections == 200)
    assert process.poll() is None
    origin.clear()
    out, err = process.communicate(timeout=WAIT)
    found = reports(out)
    assert Counter(one["reason"] for one in found) == {"playable": 2000 - len(bad), "bad-url": len(bad)}
    assert {one["evidence"]["line"] - 1 for one in found if one["reason"] == "bad-url"} == bad
    assert len({one["url"] for one in found}) == 2000 - len(bad) + 1
    assert origin.peak == 200
    assert b"2,000 probed" in err
    assert process.returncode == 2


def test_places_and_places_per_host(origin: RunningOrigin, start: Callable[..., subprocess.Popen[bytes]]) -> None:
    origin.set_fault("clip.mp3", "tarpit")
    for option in ("--concurrency", "--per-host"):
        process = start(option, "7", *([origin.url("clip.mp3")] * 20))
        until(lambda: origin.connections == 7)
        origin.clear()
        process.communicate(timeout=WAIT)
        origin.set_fault("clip.mp3", "tarpit")
        assert origin.peak == 7


def test_input_is_taken_as_it_comes(origin: RunningOrigin, start: Callable[..., subprocess.Popen[bytes]]) -> None:
    process = start("--json", "-")
    assert process.stdin and process.stdout
    for _ in range(3):
        process.stdin.write(f"{origin.url('clip.mp3')}\n".encode())
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["reason"] == "playable"
    process.stdin.close()
    assert process.wait(WAIT) == 0


def test_no_more_is_read_than_is_needed(origin: RunningOrigin, start: Callable[..., subprocess.Popen[bytes]]) -> None:
    origin.set_fault("clip.mp3", "tarpit")
    process = start("--concurrency", "10", "-", "--timeout", "100")
    assert process.stdin
    line, written = f"{origin.url('clip.mp3')}\n".encode() * 100, 0
    process.stdin.write(line)
    process.stdin.flush()
    until(lambda: origin.connections == 10)
    os.set_blocking(process.stdin.fileno(), False)
    while select.select([], [process.stdin], [], 1.0)[1]:
        written += os.write(process.stdin.fileno(), line)
        assert written < 1_000_000


def test_interrupted(origin: RunningOrigin, start: Callable[..., subprocess.Popen[bytes]]) -> None:
    process = start("--json", "--timeout", "100", "-")
    assert process.stdin and process.stdout
    urls = [*([origin.url("clip.mp3")] * 5), *([origin.url("clip.mp3", "tarpit")] * 50)]
    process.stdin.write("\n".join(urls).encode() + b"\n")
    process.stdin.flush()
    known = [json.loads(process.stdout.readline())["reason"] for _ in range(5)]
    assert known == ["playable"] * 5
    process.send_signal(signal.SIGINT)
    assert process.wait(WAIT) == 130  # though standard input is still open
    assert process.stderr
    assert re.search(rb"^interrupted; 5 probed: 5 available", process.stderr.read())


def test_a_reader_that_leaves_ends_it(origin: RunningOrigin, start: Callable[..., subprocess.Popen[bytes]]) -> None:
    process = start("-")
    assert process.stdin and process.stdout
    process.stdin.write(f"{origin.url('clip.mp3')}\n".encode())
    process.stdin.flush()
    process.stdout.readline()
    process.stdout.close()
    with pytest.raises(BrokenPipeError):
        for _ in repeat(None, 100_000):
            process.stdin.write(f"{origin.url('clip.mp3')}\n".encode())
            process.stdin.flush()
    assert process.wait(WAIT) in (0, 1, 2, 3)


def test_progress_on_a_terminal(origin: RunningOrigin, start: Callable[..., subprocess.Popen[bytes]]) -> None:
    ours, theirs = pty.openpty()
    origin.set_fault("clip.mp3", "tarpit")
    process = start("--json", *([origin.url("clip.mp3")] * 3), stderr=theirs)
    os.close(theirs)
    seen = b""
    while "3 in flight" not in seen.decode(errors="ignore"):
        assert select.select([ours], [], [], WAIT)[0]
        seen += os.read(ours, 4096)
    origin.clear()
    assert process.stdout
    assert len(process.stdout.readlines()) == 3
    assert process.wait(WAIT) == 0
    while b"requests" not in seen:
        seen += os.read(ours, 4096)
    os.close(ours)
    assert seen.rpartition(b"\r\x1b[K")[2].startswith(b"3 probed: 3 available; 3 requests")  # in the progress's place


def test_lines_and_progress_share_a_terminal(
    origin: RunningOrigin, start: Callable[..., subprocess.Popen[bytes]]
) -> None:
    ours, theirs = pty.openpty()
    process = start(origin.url("clip.mp3"), origin.url("clip.mp3", "delay=0.5"), stdout=theirs, stderr=theirs)
    os.close(theirs)
    seen = b""
    while b"requests" not in seen:
        seen += os.read(ours, 4096)
    assert process.wait(WAIT) == 0
    os.close(ours)
    shown = [line.rpartition("\r\x1b[K")[2] for line in seen.decode().strip().split("\r\n")]
    assert [line.split()[0] for line in shown] == ["available", "available", "2"]


@given(st.lists(st.binary(max_size=40).filter(lambda line: b"\n" not in line)), st.integers(1, 7))
def test_lines_are_the_same_however_they_arrive(written: list[bytes], size: int) -> None:
    data = b"\n".join(written)
    pieces = chain((data[at : at + size] for at in range(0, len(data), size)), repeat(b""))
    got = list(lines(lambda: next(pieces)))
    whole = chain([data], repeat(b""))
    assert got == list(lines(lambda: next(whole)))
    for line in got:
        assert line.text.encode() in written[line.number - 1] or line.problem == "utf-8"


def test_a_line_without_end_is_not_kept() -> None:
    pieces = chain(repeat(b"x" * 65_536, 200), [b"\nhttp://example.org/\n"], repeat(b""))
    got = list(lines(lambda: next(pieces)))
    assert [(line.number, line.problem) for line in got] == [(1, "length"), (2, None)]
    assert len(got[0].text) < LONGEST
