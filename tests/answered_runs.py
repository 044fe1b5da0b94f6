"""Made-up runs that were trained and evaluated already: cards and saved answers, and neither weights nor data."""

import dataclasses
from pathlib import Path

import numpy as np

from engine.answers import Clip, TestResult, write_answers
from engine.checkpoint import read_card, save_card
from engine.config import RegressionOptions
from engine.notation import parse
from engine.run import Run

SHIPPED = Path(__file__).resolve().parent.parent / "checkpoints"


def labels(clips=60, seed=0):
    return np.round(np.random.default_rng(seed).uniform(-3, 3, clips), 1).tolist()


def answers(noise, seed=0, clips=60, *, speakers=6, weights="0" * 64):
    """A result whose scores are the labels with normal noise of that standard deviation."""
    truth = labels(clips)
    scores = np.array(truth) + np.random.default_rng((7, seed)).normal(0, noise, clips)
    made = (
        Clip(f"c{i:03d}", f"s{i % speakers}" if speakers else None, label, float(score))
        for i, (label, score) in enumerate(zip(truth, scores, strict=True))
    )
    return TestResult(weights, (-1.0, 0.0, 2.0), tuple(made))


def write_runs(runs, variant, noise, *, seeds=3, protocol="standard", folds=3, **how):
    """Folders of evaluated runs of `variant`; in the protocol `speakers` each fold answers for its own speakers."""
    card = dataclasses.replace(read_card(SHIPPED / "T"), regression=RegressionOptions())
    for seed in range(seeds):
        whole = answers(noise, seed, **how)
        turns = range(folds) if protocol == "speakers" else [None]
        for fold in turns:
            run = Run(parse(variant), Path(), protocol=protocol, folds=folds, fold=fold, seed=seed)
            folder = run.folder(runs)
            folder.mkdir(parents=True)
            changes = {"variant": variant, "protocol": protocol, "folds": folds, "fold": fold, "seed": seed}
            save_card(dataclasses.replace(card, weights_sha256=whole.weights_sha256, **changes), folder)
            mine = [c for c in whole.clips if fold is None or int(c.speaker[1:]) % folds == fold]
            write_answers(dataclasses.replace(whole, clips=tuple(mine)), folder)
