"""The monitoring tools of others that the suite asks for their opinion, and where they are on this machine.

`./run test` asks this before there is an environment, so it runs on Python 3.8 and imports nothing but the standard
library. Where they are missing and apt can bring them, their tests fail; where it cannot, they are skipped, each with
its reason in the summary.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

TOOLS = {
    # name: (Debian's package, its names there)
    "prometheus": ("prometheus", ("prometheus",)),
    "promtool": ("prometheus", ("promtool",)),
    "blackbox_exporter": ("prometheus-blackbox-exporter", ("prometheus-blackbox-exporter", "blackbox_exporter")),
    "check_http": ("monitoring-plugins-basic", ("check_http",)),
    "systemd-analyze": ("systemd", ("systemd-analyze",)),
}
PLUGINS = os.pathsep.join((os.environ.get("PATH", ""), "/usr/lib/nagios/plugins", "/usr/lib/monitoring-plugins"))


def find(name: str) -> Path | None:
    for command in TOOLS[name][1]:
        path = shutil.which(command, path=PLUGINS)
        if path:
            return Path(path)
    return None


def missing() -> list[str]:
    """Debian's packages that would bring what is not here."""
    return sorted({package for name, (package, _) in TOOLS.items() if find(name) is None})


def by_apt() -> bool:
    """Whether they can be had."""
    return bool(shutil.which("apt-get")) and hasattr(os, "geteuid") and os.geteuid() == 0
