"""What axe-core finds wrong with a page as it stands: names, roles, contrast, what can be reached and how."""

from __future__ import annotations

import json
from functools import cache

from player.static.bundle import install_node_modules

from tests.browser.stage import Stage


@cache
def _source() -> str:
    return (install_node_modules() / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def violations(stage: Stage, within: str = "steady-player") -> list[str]:
    """One line each: the rule, what is wrong, where. Shadow roots are looked into. For browsers that Playwright drives.

    It is put in from outside the page, where no Content-Security-Policy holds, and takes itself out again.
    """
    # What runs is a function of its own: nothing that it defines may stay as the page's.
    stage.page.evaluate(f"void (() => {{ {_source()}\n }})()")
    found = stage.page.evaluate(
        f"axe.run({json.dumps(within)}, {{ resultTypes: ['violations'] }}).then(({{ violations }}) => violations)"
    )
    stage.page.evaluate("void delete window.axe")
    return [f"{rule['id']}: {node['failureSummary']} {node['html'][:200]}" for rule in found for node in rule["nodes"]]
