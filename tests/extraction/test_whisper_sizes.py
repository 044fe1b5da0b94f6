"""Recognisers that are fetched when asked, from a hub on this machine."""

import json
import os
import resource
import subprocess
import sys

import hub
import pytest

from extraction import whisper_sizes as module
from extraction.errors import InputError, WeightsError
from extraction.speech_whisper import find_model
from extraction.whisper_sizes import fetch, fetched, find_size, sizes

FETCH = """
import json, sys
from extraction.errors import S2SError
from extraction.whisper_sizes import fetch
told = {}
for name in sys.argv[1:]:
    try:
        told[name] = str(fetch(name))
    except S2SError as error:
        told[name] = f"{type(error).__name__}: {error}"
print(json.dumps(told))
"""


@pytest.fixture
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setattr(module, "cache_folder", lambda: folder)
    return folder


def place(folder, name="small.en"):
    path = folder / "faster-whisper" / name
    path.mkdir(parents=True)
    for one in ("model.bin", "config.json", "tokenizer.json", "vocabulary.txt"):
        (path / one).write_bytes(b"{}")
    return path


def fetching(tmp_path, address, *names, room=None, **variables):
    """What `fetch` says of each name, in a process that reads its variables anew, and what it leaves."""
    limit = None if room is None else lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    environment = {**os.environ, "HF_ENDPOINT": address, "HF_HOME": str(tmp_path / "hub"), "HF_HUB_OFFLINE": "0"}
    environment |= {"XDG_CACHE_HOME": str(tmp_path), "HOME": str(tmp_path)} | variables
    command = [sys.executable, "-c", FETCH, *names]
    done = subprocess.run(
        command, env=environment, preexec_fn=limit, check=False, capture_output=True, text=True, timeout=200
    )
    assert (done.returncode, done.stderr) == (0, "")
    folder = tmp_path / "seq2seq2sentiment" / "faster-whisper"
    return json.loads(done.stdout), sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_size_is_found_once_it_is_there_whole(cache):
    with pytest.raises(
        WeightsError, match=r"small\.en is not on this machine: fetch it with `s2s weights --download s"
    ):
        find_size("small.en")
    assert fetched() == ()
    folder = place(cache)
    assert fetched() == ("small.en",)
    assert find_model("small.en") == (folder, "faster-whisper small.en")
    (folder / "tokenizer.json").unlink()
    assert fetched() == ()
    with pytest.raises(WeightsError, match="is not on this machine"):
        find_model("small.en")


@pytest.mark.parametrize("name", ["huge", "", ".", "..", "../faster-whisper", ".small.en"])
def test_what_is_no_size_is_not_found(cache, name):
    place(cache, ".small.en")
    assert find_size(name) is None


def test_an_unknown_size_is_refused_and_nothing_is_asked_of_the_network(cache):
    with pytest.raises(InputError, match=r"There is no recogniser 'huge' to download: the names are tiny, "):
        fetch("huge")
    assert {"small.en", "medium", "large-v3", "distil-large-v3", "turbo"} <= set(sizes())
    assert not {"base", "tiny.en"} & set(sizes())
    assert not cache.exists()


@pytest.mark.slow
def test_a_download_is_whole_and_a_faulty_one_leaves_nothing(tmp_path):
    with hub.running() as address:
        told, left = fetching(tmp_path, address, "tiny", "tiny", *hub.FAULTY)
    folder = tmp_path / "seq2seq2sentiment" / "faster-whisper" / "tiny"
    wanted = {name: data for name, data in hub.FILES.items() if name != "README.md"}
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == wanted
    assert left == sorted(["tiny", *(f"tiny/{name}" for name in wanted)])
    assert told["tiny"] == str(folder)
    unfetched = f"could not be fetched from {address} ({{}}): connect to the internet and try again, or give the folder"
    sentences = {
        "small": "came damaged: model.bin is not as published; try again.",
        "medium": "that came holds no tokenizer.json: try again, or take another size.",
        "large-v1": unfetched.format("HTTP 500"),
        "large-v2": unfetched.format("HTTP 404"),
        "base.en": unfetched.format("RemoteProtocolError"),
    }
    for name, sentence in sentences.items():
        assert told[name].startswith(f"WeightsError: The recogniser {name} {sentence}")


@pytest.mark.slow
def test_without_a_hub_and_where_downloads_are_forbidden_nothing_is_left(tmp_path):
    nowhere = "http://127.0.0.1:9"
    told, left = fetching(tmp_path, nowhere, "tiny")
    assert told["tiny"].startswith(f"WeightsError: The recogniser tiny could not be fetched from {nowhere} (Connect")
    assert left == []
    told, left = fetching(tmp_path, nowhere, "tiny", HF_HUB_OFFLINE="1")
    forbidden = "HF_HUB_OFFLINE forbids downloads: unset it for `s2s weights --download tiny`."
    assert told["tiny"] == f"WeightsError: {forbidden}"
    assert left == []


@pytest.mark.slow
def test_on_a_full_disk_nothing_is_left(tmp_path):
    with hub.running() as address:
        told, left = fetching(tmp_path, address, "tiny", room=50_000)
    place = tmp_path / "seq2seq2sentiment"
    assert told["tiny"] == (
        f"WeightsError: The cache folder {place} cannot be written (File too large): free space or allow it."
    )
    assert left == []
