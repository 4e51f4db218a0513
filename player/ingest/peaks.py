"""The shape of a sound, for a timeline that is drawn as a waveform."""

from __future__ import annotations

import json
from pathlib import Path

from player.ingest.ladder import Tell
from player.ingest.sound import resampled
from player.ingest.source import Input, sounds

RATE = 8000
STRETCH = 400  # samples: the finest stretch that is looked at, a twentieth of a second
BARS = 1000  # pairs of peaks at most; more than a timeline has pixels for


def write_peaks(given: Input, path: Path, *, tell: Tell) -> None:
    """The JSON of audiowaveform, version 2: the least and the greatest sample of each stretch, in 8 bits, mono.

    https://github.com/bbc/audiowaveform/blob/master/doc/DataFormat.md. Raises `BadInput`.
    """
    least, greatest = bytearray(), bytearray()
    for frame in resampled(sounds(given), "s16", "mono", RATE, STRETCH):
        samples = memoryview(frame.planes[0])[: 2 * frame.samples].cast("h")
        least.append((min(samples) >> 8) & 0xFF)
        greatest.append((max(samples) >> 8) & 0xFF)
        tell(frame.time or 0.0)
    low, high = memoryview(least).cast("b"), memoryview(greatest).cast("b")
    each = max(1, -(-len(low) // BARS))
    data = [value for at in range(0, len(low), each) for value in (min(low[at : at + each]), max(high[at : at + each]))]
    told = {"version": 2, "channels": 1, "sample_rate": RATE, "samples_per_pixel": each * STRETCH, "bits": 8}
    path.write_text(json.dumps({**told, "length": len(data) // 2, "data": data}, separators=(",", ":")) + "\n")
