"""Computational sequences as CMU-MultimodalSDK writes them, for tests of whatever reads them."""

import json

import h5py
import numpy as np

TEXT = h5py.string_dtype()


def write_csd(path, root, videos, **metadata):
    """`videos`: name -> (features (N, D) of numbers or texts, intervals (N, 2))."""
    with h5py.File(path, "w") as file:
        for video, (features, intervals) in videos.items():
            group = file.create_group(f"{root}/data/{video}")
            rows = np.asarray(features)
            group["features"] = np.char.encode(rows, "utf-8") if rows.dtype.kind == "U" else rows
            group["intervals"] = np.asarray(intervals, dtype=np.float64)
        stored = {"root name": root, "computational sequence version": "1.0", **metadata}
        for key, value in stored.items():
            file.create_dataset(f"{root}/metadata/{key.replace('_', ' ')}", (1,), dtype=TEXT)[0] = json.dumps(value)
    return path


def speech(rng, words=60, start=1.0):
    """Words of several lengths with pauses between them: texts (N, 1) and their true intervals (N, 2)."""
    texts, times = [], [start]
    for _ in range(words):
        text = "sp" if rng.random() < 0.2 and texts and texts[-1] != "sp" else "abcdefghijkl"[: rng.integers(1, 12)]
        texts.append(text)
        times.append(times[-1] + (0.3 if text == "sp" else 0.06 * len(text)) + rng.uniform(0, 0.1))
    return np.array(texts)[:, None], np.column_stack([times[:-1], times[1:]])


def dataset(folder, *, videos=8, moved=False, seed=0):
    """`words.csd` and `labels.csd` of some videos, two labels each; gives video -> (texts, true intervals)."""
    rng = np.random.default_rng(seed)
    said = {f"v{i:02d}": speech(rng) for i in range(videos)}
    stored = {v: (texts, np.vstack([iv[1:], iv[-1:] + 0.1]) if moved else iv) for v, (texts, iv) in said.items()}
    write_csd(folder / "words.csd", "some_words", stored)
    labels = {v: ([[1.2], [-0.5]], [[iv[5, 0], iv[20, 1]], [iv[20, 1], iv[40, 1]]]) for v, (_, iv) in said.items()}
    write_csd(folder / "labels.csd", "Opinion Segment Labels", labels)
    return said
