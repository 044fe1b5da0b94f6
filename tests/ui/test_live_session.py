"""A real clip played in real time into a live session with the real models."""

import re
import threading
import time
from difflib import SequenceMatcher

import av
import numpy as np
import pytest

from engine.predict import load
from extraction.pipeline import extract, transcribe
from ui.live.board import payload
from ui.live.session import REMOVED, LiveSession, warm, word_vectors

pytestmark = [pytest.mark.models, pytest.mark.slow]

LATEST = 2.0  # seconds from a word's end to the moment it is known
SETTLE = 2.5  # seconds after the clip's end


def plain(text):
    return re.sub(r"[^a-z']", "", text.lower())


def frames_of(path):
    """(when it is complete, frame) in that order."""
    with av.open(str(path)) as clip:
        found = [
            (frame.time + (frame.samples / frame.sample_rate if isinstance(frame, av.AudioFrame) else 0), frame)
            for frame in clip.decode(audio=0, video=0)
        ]
    return sorted(found, key=lambda one: one[0])


def play(frames, session):
    began = time.monotonic()
    for at, frame in frames:
        time.sleep(max(began + at - time.monotonic(), 0))
        (session.voice if isinstance(frame, av.AudioFrame) else session.picture)(frame)


def follow(frames):
    """A session after the frames were played, the boards seen on the way, and when each word was there first."""
    session = LiveSession(load("T"))
    player = threading.Thread(target=play, args=(frames, session))
    player.start()
    boards, first = [], {}
    end = None
    while end is None or time.monotonic() < end:
        if end is None and not player.is_alive():
            end = time.monotonic() + SETTLE
        boards.append(session.board())
        for word in payload(boards[-1])["words"]:
            first.setdefault((word["key"], plain(word["text"])), boards[-1].now)
        time.sleep(0.05)
    session.take.stop()
    return session, boards, first


def lateness(boards, first, said):
    """Seconds from the end of each word rightly heard to the moment it was there; and how right the words are."""
    shown = payload(boards[-1])["words"]
    ours, theirs = [plain(word["text"]) for word in shown], [plain(word.text) for word in said]
    match = SequenceMatcher(None, ours, theirs, autojunk=False)
    late = [
        first[shown[block.a + i]["key"], ours[block.a + i]] - said[block.b + i].end
        for block in match.get_matching_blocks()
        for i in range(block.size)
    ]
    return late, match.ratio()


@pytest.fixture(scope="module")
def followed(sample_clip):
    """As `follow` gives it, the models being loaded."""
    warm().result()
    word_vectors().result()
    session, boards, first = follow(frames_of(sample_clip))
    yield session, boards, first
    session.take.discard()


def test_the_words_are_right_and_there_within_two_seconds(followed, sample_clip):
    _, boards, first = followed
    said, _ = transcribe(sample_clip)
    for attempt in range(3):  # whatever else runs on the machine may slow one play down, hardly every one
        late, right = lateness(boards, first, said.words)
        print(f"words shown {np.median(late):.2f} s after their end, {min(late):.2f} to {max(late):.2f} s")
        assert right > 0.85, [word["text"] for word in payload(boards[-1])["words"]]
        if np.median(late) < LATEST or attempt == 2:
            break
        session, boards, first = follow(frames_of(sample_clip))
        session.take.discard()
    assert np.median(late) < LATEST


def test_the_words_feel_as_they_should(followed):
    _, boards, _ = followed
    by_word = {plain(word["text"]): word["sentiment"] for word in payload(boards[-1])["words"]}
    assert by_word["loved"] > 0 > by_word["awful"]
    scores = [score for _, score in boards[-1].scores]
    assert max(scores) > 0.5
    assert np.ptp(scores) > 0.5


def test_face_and_voice_move_while_it_is_spoken(followed):
    _, boards, _ = followed
    looks = {board.look.time: board.look.units for board in boards if board.look is not None and board.look.units}
    assert len(looks) > 20
    assert np.ptp(np.array(list(looks.values())), axis=0).max() > 0.3
    moments = {one.time: one for board in boards for one in board.moments}
    assert sum(one.pitch is not None for one in moments.values()) > 40
    assert 80 < np.median([one.pitch for one in moments.values() if one.pitch is not None]) < 250  # a deep voice


def test_stopping_gives_a_clip_with_the_same_words(followed, tmp_path):
    session, boards, _ = followed
    suffix, data = session.take.media()
    clip = tmp_path / f"live.{suffix}"
    clip.write_bytes(data)
    aligned = extract(clip)
    words = [plain(word.text) for word in aligned.words]
    assert words[:6] == ["i", "really", "loved", "the", "first", "half"]
    assert aligned.streams["V"].observed.mean() > 0.9
    assert aligned.streams["A"].observed.mean() > 0.9
    assert boards[-1].sentences == () or "machine is busy" in " ".join(boards[-1].sentences)


def test_what_was_removed_is_gone_and_said(sample_clip, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    session = LiveSession(load("T"))
    assert session.age == 0
    for _, frame in frames_of(sample_clip)[:40]:
        (session.voice if isinstance(frame, av.AudioFrame) else session.picture)(frame)
    assert session.age > 0
    (folder,) = tmp_path.iterdir()
    session.remove()
    assert not folder.exists()
    assert session.board().sentences == (REMOVED,)


def test_the_workers_end_with_the_take(followed):
    session, _, _ = followed
    session.take.stop()
    for _ in range(100):
        if not any(thread.name.startswith("live ") for thread in threading.enumerate()):
            break
        time.sleep(0.1)
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("live ")] == []
