"""What `./run lint` checks is part of the suite, so that one closing line speaks for everything."""

import subprocess
import sys

import pytest

from tests.lint import ROOT, TOOLS


@pytest.mark.timeout(600)
@pytest.mark.parametrize("tool", TOOLS)
def test_lint(tool: str) -> None:
    done = subprocess.run(
        [sys.executable, "tests/lint.py", tool], cwd=ROOT, check=False, capture_output=True, text=True, timeout=580
    )
    assert done.returncode == 0, done.stdout + done.stderr
