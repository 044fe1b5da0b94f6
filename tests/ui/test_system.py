"""The check for system libraries, and the launcher's own messages."""

import socket
import subprocess
import sys

from ui import system


def test_missing_libraries_are_named_by_their_debian_package():
    def load(library):
        if library == "libGLESv2.so.2":
            raise OSError

    assert system.missing_packages(load) == ("libgles2",)
    assert system.advice(("libgles2",)) == (
        "The Debian package is missing: libgles2. Install with `apt-get install libgles2`, then run again."
    )


def test_a_taken_port_is_one_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "ui", "--port", port, "--no-browser"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr.strip() == f"Port {port} is taken: choose another with --port, or leave it out."
