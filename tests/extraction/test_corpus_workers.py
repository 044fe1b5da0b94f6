"""A corpus read by several processes, some of which are killed; and a run that is killed whole."""

import csv
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from media_files import write

from extraction.corpus.report import report_of, warnings_of
from extraction.store import read_table

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="finds and kills processes by /proc"),
]
TESTS = Path(__file__).resolve().parent.parent
KILLS = 5


@pytest.fixture
def corpus(tmp_path):
    """A list of sound files with what is said in each."""

    def make(*said):
        rows = ["file,text"]
        for i, text in enumerate(said):
            write(tmp_path / f"{i:02d}.wav", seconds=0.6 + i / 100, video=False, audio="pcm_s16le", rate=16_000)
            rows.append(f"{i:02d}.wav,{text}")
        (tmp_path / "list.csv").write_text("\n".join(rows) + "\n")
        return tmp_path

    return make


PATH = os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)])}


def start(folder, table, seconds=0.0, workers=1, backend="loky", *, cluster=()):
    command = [sys.executable, TESTS / "corpus_script.py", folder / "list.csv", folder / table, folder / "log"]
    return subprocess.Popen(
        [*map(str, command), str(seconds), str(workers), backend, *cluster],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=PATH,
        start_new_session=True,
    )


def run(folder, table, **options):
    process = start(folder, table, **options)
    out, err = process.communicate(timeout=200)
    assert process.returncode == 0, err
    return out, err


def lines(folder):
    return (folder / "log").read_text().splitlines() if (folder / "log").exists() else []


def finished(folder, table):
    return {path.stem for path in (folder / f".{table}.parts").glob("*.parquet")}


@pytest.mark.parametrize("backend", ["loky", "dask"])
def test_two_workers_give_the_bytes_of_one(corpus, backend):
    folder = corpus(*(f"word{i}" for i in range(9)))
    run(folder, "one.parquet")
    assert run(folder, "two.parquet", workers=2, backend=backend)[0] == "9 0 0\n"
    assert (folder / "one.parquet").read_bytes() == (folder / "two.parquet").read_bytes()


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.long)])
def test_killed_at_random_moments_it_goes_on_and_no_finished_clip_is_read_again(corpus, workers):
    said = [f"word{i}" for i in range(24)]
    folder = corpus(*said)
    run(folder, "whole.parquet")
    (folder / "log").unlink()
    moments, cut = random.Random(workers), 0
    for _ in range(KILLS):
        before = finished(folder, "words.parquet")
        process = start(folder, "words.parquet", seconds=0.05, workers=workers)
        ends = time.monotonic() + 60
        while finished(folder, "words.parquet") <= before and process.poll() is None and time.monotonic() < ends:
            time.sleep(0.01)
        time.sleep(moments.uniform(0, 0.15))
        if process.poll() is not None:
            break
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        cut += 1
    assert cut >= 3, "the run ended too soon to be killed"
    done = len(finished(folder, "words.parquet"))
    out, _ = run(folder, "words.parquet", workers=workers)
    assert out == f"24 {done} 0\n"
    assert (folder / "words.parquet").read_bytes() == (folder / "whole.parquet").read_bytes()
    read = lines(folder)
    assert set(read) == set(said)
    assert len(read) <= len(said) + cut * workers  # only what was under way at a kill is read again
    assert not list(folder.glob(".words*"))


def test_warnings_outlive_a_kill(corpus):
    folder = corpus(*(f"word{i}" for i in range(8)))
    (folder / "said.srt").write_text("00:00,300 --> 00:00,500\ngood\n\n00:00,100 --> 00:00,200\nso\n")
    (folder / "list.csv").write_text("file,transcript\n" + "".join(f"{i:02d}.wav,said.srt\n" for i in range(8)))
    process = start(folder, "words.parquet", seconds=0.1, workers=2)
    ends = time.monotonic() + 60
    while len(finished(folder, "words.parquet")) < 3 and process.poll() is None and time.monotonic() < ends:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    done = len(finished(folder, "words.parquet"))
    assert 3 <= done < 8
    assert run(folder, "words.parquet", workers=2)[0] == f"8 {done} 0\n"
    with warnings_of(folder / "words.parquet").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if "has been sorted" in row["sentence"]]
    assert [(row["clip"], row["file"]) for row in rows] == [
        (f"{i:02d}", str(folder / f"{i:02d}.wav")) for i in range(8)
    ]


@pytest.mark.parametrize("backend", ["loky", "dask"])
def test_a_killed_worker_costs_only_a_clip_that_kills_it_twice(corpus, backend):
    rest = [f"word{i}" for i in range(8)]
    folder = corpus("good", "fine", "kill", *rest[:6], "once", *rest[6:])  # apart: neither dies of the other's kill
    out, _ = run(folder, "words.parquet", seconds=0.1, workers=2, backend=backend)
    assert out == "11 0 1\n"
    assert [entry.aligned.clip for entry in read_table(folder / "words.parquet")] == [
        f"{i:02d}" for i in range(12) if i != 2
    ]
    with report_of(folder / "words.parquet").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["clip"], row["file"]) == ("02", str(folder / "02.wav"))
    assert row["sentence"].startswith("The process that read it was killed twice")
    read = lines(folder)
    assert read.count("kill") == 2
    assert read.count("once") == 2
    assert len(read) <= 12 + 2 * 3  # each of three kills may cost the clip beside it


def under_way(folder, backend):
    """Two workers reading twelve clips, three of them begun."""
    process = start(folder, "words.parquet", seconds=0.3, workers=2, backend=backend)
    ends = time.monotonic() + 60
    while len(lines(folder)) < 3 and time.monotonic() < ends:
        time.sleep(0.01)
    return process


@pytest.mark.parametrize("backend", ["loky", "dask"])
def test_a_worker_killed_from_outside_costs_nothing(corpus, backend):
    folder = corpus(*(f"word{i}" for i in range(12)))
    process = under_way(folder, backend)
    os.kill(workers_of(process.pid)[0], signal.SIGKILL)
    out, err = process.communicate(timeout=100)
    assert process.returncode == 0, err
    assert out == "12 0 0\n"
    assert len(lines(folder)) <= 14


@pytest.mark.parametrize("backend", ["loky", "dask"])
def test_workers_end_with_the_process_that_started_them(corpus, backend):
    folder = corpus(*(f"word{i}" for i in range(12)))
    process = under_way(folder, backend)
    workers = workers_of(process.pid)
    ends = time.monotonic() + 60
    process.kill()
    process.communicate()
    while [worker for worker in workers if alive(worker)] and time.monotonic() < ends:
        time.sleep(0.05)
    assert not [worker for worker in workers if alive(worker)]


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def workers_of(pid):
    """The processes below `pid` that read clips: they have loaded PyAV."""
    below, found = [pid], []
    while below:
        parent = below.pop()
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            below += [int(child) for child in task.read_text().split()]
        if parent != pid and "/av/" in Path(f"/proc/{parent}/maps").read_text():
            found.append(parent)
    assert found
    return found


def test_a_dask_cluster_of_ours_listens_on_this_machine_only(corpus):
    psutil = pytest.importorskip("psutil")
    folder = corpus(*(f"word{i}" for i in range(6)))
    process = start(folder, "words.parquet", seconds=0.3, workers=2, backend="dask")
    ends = time.monotonic() + 60
    while len(lines(folder)) < 2 and time.monotonic() < ends:
        time.sleep(0.01)
    family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    open_to = [c.laddr.ip for one in family for c in one.net_connections("inet") if c.status == psutil.CONN_LISTEN]
    assert len(open_to) >= 3
    assert set(open_to) == {"127.0.0.1"}
    assert process.wait(60) == 0
    process.communicate()


CLUSTER = """\
import sys
from distributed import LocalCluster

if __name__ == "__main__":
    with LocalCluster(2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=50) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""


@pytest.fixture
def cluster(tmp_path):
    """Two workers of Dask that somebody else started: the process they are below, and their scheduler's address."""
    (tmp_path / "cluster.py").write_text(CLUSTER)
    process = subprocess.Popen(
        [sys.executable, tmp_path / "cluster.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=PATH
    )
    try:
        yield process.pid, process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait(60)
        process.stdout.close()


def test_on_a_cluster_of_ones_own_a_killed_worker_costs_nothing_and_the_others_stay(corpus, cluster):
    folder = corpus(*(f"word{i}" for i in range(16)))
    pid, address = cluster
    run(folder, "one.parquet")
    (folder / "log").unlink()
    process = start(folder, "words.parquet", seconds=0.3, backend="dask", cluster=[address])
    ends = time.monotonic() + 60
    while (len(lines(folder)) < 3 or len(workers_of(pid)) < 2) and time.monotonic() < ends:
        time.sleep(0.01)
    both = workers_of(pid)
    os.kill(both[0], signal.SIGKILL)
    out, err = process.communicate(timeout=100)
    assert process.returncode == 0, err
    assert out == "16 0 0\n"
    assert len(lines(folder)) <= 18
    assert (folder / "words.parquet").read_bytes() == (folder / "one.parquet").read_bytes()
    assert alive(both[1])  # a cluster that was there before is there afterwards


def test_an_address_where_no_cluster_is_ends_with_a_sentence(corpus):
    folder = corpus("word")
    process = start(folder, "words.parquet", backend="dask", cluster=["nonsense"])
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert err.rstrip().endswith("No Dask scheduler answers at nonsense: give the address it prints.")


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupt_stops_it_and_leaves_what_was_done(corpus, workers):
    folder = corpus(*(f"word{i}" for i in range(12)))
    process = start(folder, "words.parquet", seconds=0.2, workers=workers)
    ends = time.monotonic() + 60
    while len(finished(folder, "words.parquet")) < 3 and time.monotonic() < ends:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert "KeyboardInterrupt" in err
    done = len(finished(folder, "words.parquet"))
    assert done >= 3
    assert run(folder, "words.parquet", workers=workers)[0] == f"12 {done} 0\n"
