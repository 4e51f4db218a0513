"""Where PostgreSQL's programs are on this machine. For `./run` too, and so without any package."""

from __future__ import annotations

import shutil
from pathlib import Path


def find() -> Path | None:
    """The folder of the newest `initdb` where Debian puts it, else of the one on the PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    found = versions[-1] if versions else shutil.which("initdb")
    return Path(found).parent if found else None
