"""The table of reasons, made of what the code and the translations have; `python -m tests.reasons` writes it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from player.probe.reasons import REASONS, State

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "player" / "probe" / "REASONS.md"
EDITORS = ROOT / "player" / "i18n" / "reasons.en.json"
READERS = ROOT / "static" / "js" / "i18n" / "en.js"
WIDGET = ROOT / "static" / "js" / "features" / "reasons.js"
_HEAD = """# Reasons

Every verdict has one. It decides the state; `*` marks those that may pass by themselves, where readers are offered
to try anyway. Made by `python -m tests.reasons` from `reasons.py`, `player/i18n/reasons.en.json` and
`static/js/i18n/en.js`.
"""
_STATES = {
    State.UNAVAILABLE: "Unavailable: it does not play",
    State.DEGRADED: "Degraded: it plays, but not as it should, or not for everyone",
    State.UNKNOWN: "Unknown: nothing is claimed",
    State.AVAILABLE: "Available",
}


def editors() -> dict[str, dict[str, str]]:
    """By code: what it `means`, and what to `do`."""
    found: dict[str, dict[str, str]] = json.loads(EDITORS.read_text())
    return found


def _readers() -> dict[str, str]:
    found = re.search(r"export default (\{.*\});", READERS.read_text(), re.DOTALL)
    assert found
    body: dict[str, Any] = json.loads(found[1])
    sentences: dict[str, str] = body["reasons"]
    return sentences


def table() -> str:
    told, said = _readers(), editors()
    parts = [_HEAD]
    for state, title in _STATES.items():
        parts.append(
            f"\n## {title}\n\n| reason | what it means | what the reader sees | what to do |\n|---|---|---|---|\n"
        )
        for code, reason in REASONS.items():
            if reason.state is state:
                sees = told[reason.tells] if reason.tells else "the player"
                star = "\\*" if reason.transient else ""
                parts.append(f"| `{code}`{star} | {said[code]['means']} | {sees} | {said[code]['do']} |\n")
    return "".join(parts)


def widget() -> str:
    """The map by which the widget finds a reader's sentence."""
    lines = [
        f"  {code if '-' not in code else repr(code)}: '{reason.tells}',"
        for code, reason in REASONS.items()
        if reason.tells not in (code, "")
    ]
    text = WIDGET.read_text()
    begin, end = text.index("TOLD = {\n") + len("TOLD = {\n"), text.index("};")
    return text[:begin] + "\n".join(lines) + "\n" + text[end:]


if __name__ == "__main__":
    WIDGET.write_text(widget())
    TABLE.write_text(table())
