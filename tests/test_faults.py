"""Every fault found, no healthy oddity wronged, at the cost of a few requests; the cases are in tests/faults/."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.faults.origin import run_faults
from tests.faults.suite import all_cases, hostile_cases, probe_all, sums, table

COMMAND = [sys.executable, "-c", "from player.cli import main; main(prog_name='steady-player')", "probe"]
FAULTS, HEALTHY = 80, 30  # at least
MOST_REQUESTS, MOST_BYTES, MOST_EVIDENCE = 40, 5_000_000, 40_000  # of one, whatever it does
REQUESTS, BYTES = 3.5, 24_000  # a source, at most, on average


def test_all_faults_are_found_and_no_healthy_oddity_is_wronged(samples: Path) -> None:
    cases = all_cases(samples)
    names = [case.name for case in cases]
    assert len(names) == len(set(names))
    with run_faults(cases) as origin:
        outcomes = probe_all(cases, origin)
        methods = set(origin.methods)
    print(table(outcomes))
    assert [outcome.wrong for outcome in outcomes if outcome.wrong] == []
    for outcome in outcomes:
        json.dumps(outcome.verdict.evidence)
    assert methods == {"GET"}
    total = sums(outcomes)
    assert total.faults >= FAULTS
    assert total.healthy >= HEALTHY
    assert total.requests <= REQUESTS
    assert total.bytes <= BYTES


def test_what_means_harm_is_bounded_and_has_a_reason(samples: Path) -> None:
    cases = hostile_cases(samples)
    with run_faults(cases) as origin:
        outcomes = probe_all(cases, origin)
    print(table(outcomes))
    assert [outcome.wrong for outcome in outcomes if outcome.wrong] == []
    for outcome in outcomes:
        assert len(json.dumps(outcome.verdict.evidence)) < MOST_EVIDENCE, outcome.case.name
        assert outcome.seen.requests <= MOST_REQUESTS, outcome.case.name
        assert outcome.seen.bytes <= MOST_BYTES, outcome.case.name


def test_the_command_says_the_same(samples: Path) -> None:
    cases = [case for case in all_cases(samples) if not case.silent and not case.target and case.host == "127.0.0.1"]
    some = cases[:: max(1, len(cases) // 40)]
    with run_faults(some) as origin:
        urls = {origin.url(case): case for case in some}
        done = subprocess.run(
            [*COMMAND, "--json", "--allow-network", "127.0.0.0/8", "--timeout", "60",
             *urls],
            capture_output=True, text=True, timeout=150,
        )  # fmt: skip
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(said) == len(urls), done.stderr
    for line in said:
        case = urls[line["url"]]
        assert (line["state"], line["reason"] in case.reasons) == (case.state, True), line
