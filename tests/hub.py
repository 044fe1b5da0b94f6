"""The few routes of the Hugging Face hub that a download asks for, on this machine, with a model of a few bytes.

Each size has its own fault: what the server does when that model is asked for.
"""

import hashlib
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "a" * 40
FILES = {
    "model.bin": bytes(range(256)) * 400,
    "config.json": b"{}",
    "tokenizer.json": b"{}",
    "vocabulary.txt": b"a\nb\n",
    "README.md": b"not asked for",
}
FAULTY = {"small": "damaged", "medium": "lacking", "large-v1": "broken", "large-v2": "gone", "base.en": "cut"}


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        parts = self.path.partition("?")[0].strip("/").split("/")
        repository = parts[2:4] if parts[0] == "api" else parts[:2]
        fault = FAULTY.get("/".join(repository).removeprefix("Systran/faster-whisper-"))
        files = {name: data for name, data in FILES.items() if fault != "lacking" or name != "tokenizer.json"}
        if fault == "gone" or repository[:1] != ["Systran"]:
            self.send_error(404)
        elif fault == "broken":
            self.send_error(500)
        elif "tree" in parts:
            self.answer(json.dumps([entry(name, data) for name, data in files.items()]).encode())
        elif parts[0] == "api":
            told = {"id": "/".join(repository), "sha": COMMIT, "siblings": [{"rfilename": name} for name in files]}
            self.answer(json.dumps(told).encode())
        else:
            data = files[parts[-1]]
            headers = {"ETag": f'"{tag(parts[-1], data)}"', "X-Repo-Commit": COMMIT}
            large = parts[-1] == "model.bin"
            wrong = data[:-1] + b"?" if fault == "damaged" and large else data
            self.answer(wrong[:1000] if fault == "cut" and large else wrong, length=len(data), **headers)

    def answer(self, body, length=None, **headers):
        self.send_response(200)
        for name, value in ({"Content-Length": str(length or len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)


def tag(name, data):
    """A large file's is its SHA-256; any other's is shorter."""
    return hashlib.sha256(data).hexdigest()[: 64 if name == "model.bin" else 40]


def entry(name, data):
    large = {"lfs": {"oid": tag(name, data), "size": len(data), "pointerSize": 130}} if name == "model.bin" else {}
    return {"type": "file", "path": name, "size": len(data), "oid": tag("", data)} | large


@contextmanager
def running():
    """Its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
