"""Start the app: `python -m ui`. Checks system libraries, takes a free port, serves on this machine only.

Prints one line with the address once the page answers, and serves until interrupted.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import webbrowser
from pathlib import Path

import click

from ui import system

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
FIRST_PORT = 8501  # Streamlit's own; the next free one after it is taken
START_LIMIT = 120.0  # seconds a slow machine may need


@click.command(help="Serve the app on this machine and print its address.")
@click.option("--port", type=click.IntRange(1, 65535), help="Serve here; the first free port from 8501 if not given.")
@click.option("--browser/--no-browser", default=None, help="Open a browser window (default: when a screen is there).")
def main(port: int | None, browser: bool | None) -> None:
    """Check, start, print the address, wait."""
    missing = system.missing_packages()
    if missing:
        click.echo(system.advice(missing), err=True)
        sys.exit(2)
    if port is not None and not _is_free(port):
        click.echo(f"Port {port} is taken: choose another with --port, or leave it out.", err=True)
        sys.exit(2)
    port = port or _free_port()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a kill takes the server along, as Ctrl+C does
    server = _start(port)
    try:
        _wait(server, port)
        address = f"http://{HOST}:{port}"
        click.echo(f"Seq2Seq2Sentiment is ready: {address}  (Ctrl+C stops it)")
        if browser if browser is not None else bool(os.environ.get("DISPLAY")):
            webbrowser.open(address)
        sys.exit(server.wait())
    except KeyboardInterrupt:
        click.echo("Stopped.")
    finally:
        server.terminate()
        server.wait()


def _start(port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "ui" / "app.py"), "--server.port", str(port)]
    environment = {**os.environ, "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false", "HF_HUB_OFFLINE": "1"}
    # Streamlit's own banner is swallowed: its address line comes before the page answers.
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # this machine is never behind a proxy
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        if server.poll() is not None:
            click.echo("The app stopped while starting; its messages are above.", err=True)
            sys.exit(server.returncode or 1)
        try:
            with direct.open(f"http://{HOST}:{port}/_stcore/health", timeout=1):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    click.echo(f"The app did not answer within {START_LIMIT:.0f} s; start it again.", err=True)
    sys.exit(1)


def _free_port() -> int:
    for port in range(FIRST_PORT, FIRST_PORT + 100):
        if _is_free(port):
            return port
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


if __name__ == "__main__":
    main()
