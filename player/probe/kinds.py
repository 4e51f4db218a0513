"""The literal map from a sniffed code to the module that inspects such a file further.

`await inspect(subject, ask)` gives an `Inspection`. It may raise `Failure` (which becomes a finding), and
nothing else; it is under the probe's deadline, and asks for more through `ask` alone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from player.probe import captions, dash_probe, hls_probe
from player.probe.ask import Ask, Subject
from player.probe.findings import Inspection
from player.probe.target import Role

Inspect = Callable[[Subject, Ask], Awaitable[Inspection]]

BY_CONTAINER: Mapping[str, Inspect] = {"hls": hls_probe.inspect, "dash": dash_probe.inspect}
BY_ROLE: Mapping[Role, Inspect] = {Role.CAPTIONS: captions.inspect}  # goes before the container


def inspector(role: Role, container: str) -> Inspect | None:
    return BY_ROLE.get(role) or (BY_CONTAINER.get(container) if role is Role.MEDIA else None)
