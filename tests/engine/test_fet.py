import numpy as np
import pytest
from mmsa_files import aligned, pieces_of, vectors, written

from engine.formats import mmsa
from engine.formats.fet import read_fet
from extraction.errors import DataError


def one_clip(text="IT'S PHILLYD", *, times=True, frames=None):
    ids, owners = pieces_of(text)
    words, rows = vectors(owners, 33, 1)
    data = {
        "text": np.random.default_rng(0).normal(size=(len(ids), 768)),
        "text_bert": np.array([ids, np.ones(len(ids)), np.zeros(len(ids))]),
        "audio": rows if frames is None else frames,
        "vision": rows[:, :10],
        "config": {"audio": {"tool": "librosa"}},
    }
    if times:
        said = text.split()
        data["align"] = [{"text": w, "start": i, "end": i + 0.5, "conf": np.float64(0.5)} for i, w in enumerate(said)]
    return data, words


def test_one_clip_of_fet_has_times(tmp_path):
    data, words = one_clip()
    (entry,) = read_fet(written(tmp_path, data, "clip 7.pkl")).table
    assert (entry.aligned.clip, entry.label, entry.split, entry.speaker) == ("clip 7", None, None, None)
    assert [(w.text, w.start, w.end, w.confidence) for w in entry.aligned.words] == [
        ("IT'S", 0, 0.5, 0.5), ("PHILLYD", 1, 1.5, 0.5)
    ]  # fmt: skip
    assert entry.aligned.duration == 1.5
    np.testing.assert_allclose(entry.aligned.streams["A"].values, words, atol=1e-5)
    assert entry.aligned.streams["A"].spec.name == "fet-audio-33"
    assert entry.aligned.streams["A"].spec.names[0] == "audio_0"


@pytest.mark.parametrize("turned", [False, True])
def test_one_clip_of_fet_without_alignment(tmp_path, turned):
    data, _ = one_clip("GOOD FILM", times=False, frames=np.arange(8.0).reshape(8, 1) + 1)
    if turned:
        data["text_bert"] = data["text_bert"].T
    imported = read_fet(written(tmp_path, data))
    (entry,) = imported.table
    assert [word.text for word in entry.aligned.words] == ["good", "film"]
    assert entry.aligned.streams["A"].values[:, 0].tolist() == [2.5, 6.5]
    assert mmsa.SPREAD.format("audio and vision") in imported.findings


def test_one_clip_of_fet_with_another_text_model(tmp_path):
    data, words = one_clip("GOOD FILM")
    del data["text_bert"]
    (entry,) = read_fet(written(tmp_path, data)).table
    np.testing.assert_allclose(entry.aligned.streams["A"].values, words, atol=1e-5)
    del data["align"]
    (entry,) = read_fet(written(tmp_path, data)).table
    assert [word.text for word in entry.aligned.words] == ["w1", "w2", "w3", "w4"]


def test_a_dataset_of_fet_is_mmsas_layout(tmp_path):
    data, _ = aligned()
    data["config"] = {"audio": None}
    assert len(read_fet(written(tmp_path, data)).table) == 4


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"text": None}, "holds no clip with text features"),
        ({"align": [{"text": "GOOD"}]}, "has an 'align' that is no list of text, start and end"),
        ({"align": [{"text": "GOOD", "start": "now", "end": 1}]}, "a word whose times are not numbers"),
    ],
)
def test_bad_clips_of_fet_are_refused(tmp_path, change, sentence):
    data, _ = one_clip()
    with pytest.raises(DataError, match=sentence):
        read_fet(written(tmp_path, {**data, **change}))
