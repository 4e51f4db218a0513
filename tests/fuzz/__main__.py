"""`python -m tests.fuzz NAME [libFuzzer's options]`, with atheris: `-max_total_time=600`, `-runs=100000` …"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.samples import make_all


def main() -> None:
    import atheris

    with atheris.instrument_imports(include=["player.probe"]):
        from tests.fuzz.seeds import seeds
        from tests.fuzz.targets import TARGETS

    names = sys.argv[1:2]
    if not names or names[0] not in TARGETS:
        sys.exit(f"usage: python -m tests.fuzz {{{','.join(TARGETS)}}} [libFuzzer's options]")
    target = TARGETS[names[0]]
    with tempfile.TemporaryDirectory() as folder:
        corpus, samples = Path(folder, "corpus"), Path(folder, "samples")
        corpus.mkdir()
        samples.mkdir()
        for number, data in enumerate(seeds(names[0], make_all(samples))):
            (corpus / str(number)).write_bytes(data[:40_000])
        # A slow input is a finding too; a crash is written beside the checkout's other builds.
        options = ["-timeout=5", "-max_len=40000", "-artifact_prefix=build/fuzz-", *sys.argv[2:]]
        Path("build").mkdir(exist_ok=True)
        atheris.Setup([sys.argv[0], *options, str(corpus)], lambda data: target(bytes(data)) and None)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
