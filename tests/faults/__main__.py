"""`python -m tests.faults [NAME…]`: the table; for the named cases everything that was seen of them."""

import json
import sys
import tempfile
from pathlib import Path

from tests.faults.origin import run_faults
from tests.faults.suite import all_cases, hostile_cases, probe_all, table
from tests.samples import make_all


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        make_all(Path(folder))
        names = set(sys.argv[1:])
        found = [*all_cases(Path(folder)), *(hostile_cases(Path(folder)) if names else ())]
        cases = [case for case in found if not names or case.name in names]
        with run_faults(cases) as origin:
            outcomes = probe_all(cases, origin)
    if names:
        for outcome in outcomes:
            print(json.dumps(outcome.verdict.evidence, indent=1))
    print(table(outcomes))
    wrong = [outcome.wrong for outcome in outcomes if outcome.wrong]
    print(*wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
