"""Catalogue files: every form is read, and what is wrong is told by its real line."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from player.catalogue.media import Media, to_json
from player.catalogue.records import MAX_PROBLEMS, BadRecords, Records, write
from tests.strategies import media

ROOT = Path(__file__).parent.parent


def record(media_id: str, **changes: Any) -> dict[str, Any]:
    src = f"https://cdn.example.org/{media_id}.mp3"
    return {"id": media_id, "kind": "audio", "title": media_id, "sources": [{"src": src}], **changes}


def read(data: bytes) -> list[Media]:
    """Every item, or all that is wrong."""
    found = Records(io.BytesIO(data))
    try:
        return list(found)
    except BadRecords:
        raise found.all_that_is_bad() from None


def bad(text: str | bytes) -> list[str]:
    with pytest.raises(BadRecords) as caught:
        read(text if isinstance(text, bytes) else text.encode())
    return [str(problem) for problem in caught.value.problems]


def ids(text: str) -> list[str]:
    return [item.id for item in read(text.encode())]


A, B = json.dumps(record("a")), json.dumps(record("b"))
PRETTY = json.dumps([record("a"), record("b")], indent=2)


@pytest.mark.parametrize(
    "text",
    [
        f"[{A},{B}]",
        PRETTY,
        PRETTY.replace("\n", "\r\n"),
        f"\ufeff \n{PRETTY}\n\n",
        f"{A}\n{B}",
        f"\n{A}\r\n\r\n{B}\r\n",
        f'{{"items": [{A}, {B}]}}',
        f'{{"version": 1,\n"meta": {{"items": []}},\n"items":\n[{A}, {B}], "more": [1]\n}}\n',
    ],
)
def test_every_form_is_read(text: str) -> None:
    assert ids(text) == ["a", "b"]


@pytest.mark.parametrize("text", [A, f"{A}\n", json.dumps(record("a"), indent=4), f"[{A}]"])
def test_one_item(text: str) -> None:
    assert ids(text) == ["a"]


@pytest.mark.parametrize("text", ["[]", " [ ] ", '{"items": []}', '{"items":[],"version":1}'])
def test_no_items(text: str) -> None:
    assert ids(text) == []


def test_lines_are_those_of_the_file() -> None:
    text = json.dumps(
        [record("a"), record("b", kind="text"), record("c"), record("d", sources=[{"src": "x"}])], indent=2
    )
    lines = text.splitlines()
    starts = [number for number, line in enumerate(lines, 1) if line == "  {"]
    first, second = bad(text)
    assert first.startswith(f"{starts[1]}: kind: expected one of audio, video")
    assert second.startswith(f"{starts[3]}: sources[0].src: expected an http or https address")
    found = Records(io.BytesIO(json.dumps([record("a"), record("b")], indent=2).encode()))
    assert [found.line_of(item.id) for item in found] == starts[:2]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ["1: expected a JSON array"]),
        ("\n\n  hello", ["3: expected a JSON array, object or JSON Lines, not 'hello'"]),
        (f"[\n{A},\n{A}\n]", ["3: id: 'a' is on line 2 already"]),
        (f"[{A},{A}]", ["1: id: 'a' is on line 1 already"]),
        (f"{A}\n\n{B}\n{A}", ["4: id: 'a' is on line 1 already"]),
        (f'{{"items": [\n{A}\n], "x"}}', ["3: expected : after a key, not '}'"]),
        (f"{A}\n{{broken\n{B}\n[1]\n", ["2: not JSON", "4: expected an object, not an array"]),
        (f"{A[:-1]}\n{B}\n", ["1: not JSON"]),
        (f"[\n{A},\n{B}\n", ["4: expected , or ] after a record, not the end of the file"]),
        (f"[\n{A}\n{B}\n]", ["3: expected , or ] after a record, not '{"]),
        (f"[\n{A},\n]", ["3: not JSON"]),
        (f"[{A}]\n[{B}]", ["2: expected the end of the file"]),
        (f'{{"items":\n{A}}}', ["2: expected [ before the records"]),
        (f'{{"items": [{A}],\n"items": []}}', ["2: the key 'items' is there twice"]),
        (f'{{"items": [{A}]\n', ["2: expected , or } after a value, not the end"]),
        ('{"id": "a",\n"kind"}', ["2: expected : after a key, not '}'"]),
        ('{"id": "a",\n}', ["2: expected a key in double quotes"]),
        (f'[{A},\n{{"id": "b", "id": "c"}}]', ["2: the key 'id' is there twice"]),
        (f'{A}\n{{"id": "b", "sources": [{{"src": 1, "src": 2}}]}}', ["2: the key 'src' is there twice"]),
        (f"[\n{A},\n\n7]", ["4: expected an object, not 7"]),
        ("[" * 100_000, ["1: nested too deeply"]),
        ('[\n{"id": "a", "duration": ' + "9" * 5000 + "}]", ["2: holds a number of too many digits"]),
        (f'[{A},\n{{"id": "b", "kind": "audio", "title": "B", "duration": NaN}}]', ["2: duration: expected seconds"]),
        ('[\n{"id": "a",\n "title": "a\tb"}]', ["3: not JSON"]),
    ],
)
def test_what_is_wrong_is_told_by_line_and_field(text: str, told: list[str]) -> None:
    found = bad(text)
    assert len(found) == len(told)
    for line, start in zip(found, told, strict=True):
        assert line.startswith(start)
        assert line.isprintable()


def test_other_encodings_are_named() -> None:
    assert bad(f"[\n{A},\n".encode() + b'"caf\xe9"]') == ["3: not UTF-8: byte 0xe9; save the file as UTF-8"]
    assert bad(PRETTY.encode("utf-16")) == ["1: the file is UTF-16; save it as UTF-8"]
    assert bad(f"{A}\n{B}".encode("utf-16")) == ["1: the file is UTF-16; save it as UTF-8"]
    told = bad(f"{A}\n".encode() + b'{"id": "caf\xe9"}\n' + b'{"id": "b"}')
    assert told == ["2: not UTF-8: byte 0xe9; save the file as UTF-8", "3: kind: is missing"]


def test_many_problems_are_counted_rather_than_all_told() -> None:
    with pytest.raises(BadRecords) as caught:
        read(b"[" + b",".join([b"{}"] * 1000) + b"]")
    assert caught.value.count == 1000
    assert len(caught.value.problems) == MAX_PROBLEMS


@pytest.mark.parametrize("text", [f"{A}\n{B}\n", f"{A}\n{B}", PRETTY, f"[{A},{B}]"])
def test_how_far_it_is_grows_to_the_end(text: str) -> None:
    found = Records(io.BytesIO(text.encode()))
    seen = [found.done for _ in found]
    assert len(seen) == 2 and 0 < seen[0] < seen[1] <= len(text)


def test_lines_are_read_no_sooner_than_they_are_asked_for() -> None:
    class Pipe(io.BytesIO):
        def read(self, *_: Any) -> bytes:
            raise AssertionError("read whole")

    found = iter(Records(Pipe(f"{A}\n{B}\n{{broken\n".encode())))
    assert (next(found).id, next(found).id) == ("a", "b")
    with pytest.raises(BadRecords, match="3: not JSON"):
        next(found)


MEASURED = """
import resource, sys
from player.catalogue.records import Records
count = sum(1 for _ in Records(sys.stdin.buffer))
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def test_a_long_file_takes_no_more_memory_than_a_short_one() -> None:
    def megabytes(count: int) -> int:
        lines = "".join(f"{json.dumps(record(f'c{n}', description='x' * 2000))}\n" for n in range(count))
        command = [sys.executable, "-c", MEASURED]
        told = subprocess.run(command, input=lines.encode(), capture_output=True, timeout=120, check=True, cwd=ROOT)
        read, memory = map(int, told.stdout.split())
        assert read == count
        return memory

    assert megabytes(20_000) - megabytes(100) < 20  # of text alone there are 40


@given(st.lists(media(), max_size=4, unique_by=lambda item: item.id), st.booleans())
def test_what_is_written_is_read(items: list[Media], lines: bool) -> None:
    text = "".join(write(items, lines=lines))
    if items or not lines:
        assert read(text.encode()) == items
    assert len(text.splitlines()) >= len(items)
    if not lines:
        assert json.loads(text) == [to_json(item) for item in items]


@given(st.text(alphabet='[]{}":,\n ab1\\', max_size=40))
def test_any_text_is_read_or_told(text: str) -> None:
    try:
        read(text.encode())
    except BadRecords as error:
        last = text.count("\n") + 1
        assert all(1 <= problem.line <= last for problem in error.problems)
