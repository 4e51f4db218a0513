"""Leaves out the tests marked `slow`, unless asked for `--all` (`./run test --all`), and says how many it left."""

from typing import Any

import pytest

LEFT = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="run the tests marked slow too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # Whoever names a test (tests/test_x.py::test_y) means it.
    if config.getoption("--all") or any("::" in word for word in config.args):
        return
    slow = [item for item in items if _is_slow(item)]
    items[:] = [item for item in items if item not in slow]
    if slow:
        config.hook.pytest_deselected(items=slow)
    config.stash[LEFT] = len(slow)


def _is_slow(item: pytest.Item) -> bool:
    daily = item.get_closest_marker("daily")
    params = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    engine = params.get("engine") or params.get("player")
    return item.get_closest_marker("slow") is not None or (daily is not None and engine not in daily.args)


def pytest_sessionfinish(session: pytest.Session) -> None:
    # Under xdist only the workers collect; this is what they hand back.
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["left"] = session.config.stash.get(LEFT, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    # Every worker collects everything, so that the last one's count is as good as any.
    node.config.stash[LEFT] = getattr(node, "workeroutput", {}).get("left", 0)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if left := config.stash.get(LEFT, 0):
        tests = "test" if left == 1 else "tests"
        terminalreporter.write_line(f"{left} slow {tests} left to ./run test --all", yellow=True)
