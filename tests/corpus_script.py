"""`extract_all` with fakes as a process to kill: LIST TABLE LOG SECONDS WORKERS BACKEND [CLUSTER]."""

import sys
from pathlib import Path

from fake_tools import FakeMaker

from extraction.corpus.clip_list import read_list
from extraction.corpus.run import extract_all
from extraction.corpus.work import Settings
from extraction.corpus.workers import Workers

if __name__ == "__main__":
    listing, table, log, seconds, workers, backend, *cluster = sys.argv[1:]
    maker = FakeMaker(Path(log), float(seconds), Path(log + ".killed"))
    corpus = extract_all(
        read_list(Path(listing)),
        Path(table),
        Settings(maker, modalities=("T",), max_seconds=60.0),
        workers=Workers(int(workers), backend, *cluster),
    )
    print(corpus.clips, corpus.before, len(corpus.failures))
