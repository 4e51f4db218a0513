"""A sound card that nobody hears.

Firefox refuses to play audio-only media on a machine without an audio device. A PulseAudio server of our own, with a
null sink, in a folder of its own, is one; the machine's own sound is left alone.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START_SECONDS = 20


@contextmanager
def null_sink() -> Iterator[dict[str, str]]:
    """The environment variables that lead a browser to the null sink."""
    program = shutil.which("pulseaudio")
    if not program:
        raise RuntimeError("pulseaudio is not installed, and Firefox plays no audio without a sound device")
    with tempfile.TemporaryDirectory(prefix="steady-sound-") as name:
        folder, socket = Path(name), Path(name) / "native"
        private = {"XDG_RUNTIME_DIR": name, "PULSE_RUNTIME_PATH": name, "PULSE_STATE_PATH": name, "HOME": name}
        with (folder / "log").open("w+") as log:
            server = subprocess.Popen(
                [
                    *(program, "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes"),
                    f"--load=module-native-protocol-unix socket={socket} auth-anonymous=1",
                    "--load=module-null-sink",
                ],
                env={**os.environ, **private},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
            try:
                _wait_for(socket, server, folder / "log")
                yield {"PULSE_SERVER": f"unix:{socket}"}
            finally:
                server.terminate()
                server.wait(timeout=START_SECONDS)


def _wait_for(socket: Path, server: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while not socket.exists():
        if server.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"pulseaudio did not start:\n{log.read_text()}")
        time.sleep(0.02)
