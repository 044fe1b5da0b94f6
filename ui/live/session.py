"""One live session: a take, and the workers that measure it while it grows.

Five threads: two of the take, one for the face (the newest picture, ten a second at most), one for pitch and loudness
(three times a second), one for the words and how they feel. Each does as much as it can and skips what it cannot; all
end when no frame has come for ten seconds or the take is stopped. The recogniser is a small one of its own (`tiny.en`),
so that live words need not wait for a clip that is being read; the models are shared by all live sessions, one
recognition at a time.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

import streamlit as st
from threadpoolctl import threadpool_limits

from engine.predict import Predictor
from extraction.errors import S2SError
from extraction.face_landmarker import FaceModel
from extraction.live.face import LiveFace, Look
from extraction.live.hearing import LiveHearing, Spoken
from extraction.live.take import Take
from extraction.live.voice import LiveVoice, Moment
from extraction.live.voice_activity import Detector, silero
from extraction.protocols import Transcriber, WordEmbedder
from extraction.tools import whisper
from ui import session
from ui.live.board import WORDS, Board, Said
from ui.live.feeling import feel
from ui.live.gone import Recordings

FACE_EVERY, VOICE_EVERY, WORDS_EVERY = 0.1, 0.3, 0.5  # seconds from one beginning to the next
_SLOW = 1.5  # seconds of one recognition, from which the page says that the machine is busy
_NOTHING = 3.0  # seconds without a frame, from which the page says so
T = TypeVar("T")
REMOVED = (
    "The recording was removed, because its hour was over or this page was away for too long: "
    "start anew for another one."
)
_FAULT = "stopped because of a fault in this program: its messages are where the app was started."


@st.cache_resource(show_spinner=False)
def recogniser() -> Transcriber:
    """The recogniser of all live sessions: on one thread, for face and voice are measured beside it, and greedy, for
    what is in doubt is soon heard again.
    """
    return whisper("tiny.en", threads=1, greedy=True)


@st.cache_resource(show_spinner=False)
def detector() -> Detector:
    """The voice detector of all live sessions."""
    return silero()


@st.cache_resource(show_spinner=False)
def face_model() -> FaceModel:
    """The face model of all live sessions."""
    return FaceModel()


@st.cache_resource(show_spinner=False)
def word_vectors() -> Future[WordEmbedder]:
    """The word embedder that clips are read with too. It takes longest to load: words are shown before it is there."""
    return _beside(lambda: session.tools().embedder)


@st.cache_resource(show_spinner=False)
def warm() -> Future[None]:
    """Load every model, once a process, beside what the page does: at the first look at it rather than at Start."""

    def load() -> None:
        for make in (detector, recogniser, face_model, LiveVoice):
            make()
        word_vectors()

    return _beside(load)


@st.cache_resource(show_spinner=False)
def recordings() -> Recordings:
    """What looks after the recordings of all live sessions."""
    return Recordings(session.connected)


def loaded() -> bool:
    """Whether every model is there, or has failed to load."""
    return warm().done() and word_vectors().done()


def _beside(work: Callable[[], T]) -> Future[T]:
    """What `work` gives, or the S2SError it raises, from a thread of its own."""
    done: Future[T] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except Exception as error:
            done.set_exception(error)

    threading.Thread(target=run, name="live models", daemon=True).start()
    return done


class LiveSession:
    """From the first frame to the last.

    Args:
        predictor: how words feel; may be replaced at any time.

    Attributes:
        take: what came.
        predictor: as above.
        removed: whether the recording is gone.
    """

    def __init__(self, predictor: Predictor) -> None:
        self.take = Take()
        self.predictor = predictor
        self.removed = False
        self._look: Look | None = None
        self._moments: deque[Moment] = deque(maxlen=512)
        self._scores: deque[tuple[float, float]] = deque(maxlen=512)
        self._said: deque[Said] = deque(maxlen=WORDS)
        self._faults: dict[str, str] = {}
        self._ready = threading.Event()
        self._slow = False
        self._came = {"picture": 0.0, "voice": 0.0}  # clock seconds of the last frame
        self._beginning = threading.Lock()
        self._begun = False

    @property
    def age(self) -> float:
        """Seconds since the first frame, 0 before it."""
        return self.take.now

    def remove(self) -> None:
        """Stop, and remove what was recorded from the disk."""
        self.removed = True
        self.take.discard()

    def picture(self, frame: Any) -> None:
        """Take an av.VideoFrame; returns at once."""
        self._came["picture"] = time.monotonic()
        self.take.picture(frame)
        self._begin()

    def voice(self, frame: Any) -> None:
        """Take an av.AudioFrame; returns at once."""
        self._came["voice"] = time.monotonic()
        self.take.voice(frame)
        self._begin()

    def board(self) -> Board:
        """What is known now."""
        began = self.take.begun
        now = self.take.now if began else None
        return Board(
            now=now,
            zero=time.time() - (now or 0.0),
            said=tuple(self._said),
            scores=tuple(self._scores),
            look=self._look if self._recent("picture") else None,
            moments=tuple(self._moments),
            sentences=tuple(self._sentences() if began else _before()),
        )

    def _begin(self) -> None:
        with self._beginning:
            if self._begun:
                return
            self._begun = True
        for what, work in (("face", self._follow_face), ("voice", self._follow_voice), ("words", self._follow_words)):
            threading.Thread(target=self._run, args=(what, work), name=f"live {what}", daemon=True).start()

    def _run(self, what: str, work: Callable[[], None]) -> None:
        """One worker; what ends it early is said on the page, and the others go on."""
        try:
            work()
        except S2SError as error:
            self._faults[what] = str(error)
        except Exception:
            logging.getLogger(__name__).exception("live %s", what)
            self._faults[what] = f"The {what} part {_FAULT}"

    def _repeat(self, step: Callable[[], None], every: float, share: float = 0.5) -> None:
        """Call `step` that often while the take goes on, less often where it needs more than `share` of the time."""
        while not self.take.over.is_set():
            began = time.monotonic()
            step()
            took = time.monotonic() - began
            self.take.over.wait(max(every - took, took * (1 / share - 1)))

    def _follow_face(self) -> None:
        face = LiveFace(face_model())
        measured = -1.0

        def step() -> None:
            nonlocal measured
            newest = self.take.newest
            if newest is not None and newest[1] > measured:
                measured = newest[1]
                self._look = face.see(*newest)

        try:
            self._repeat(step, FACE_EVERY)
        finally:
            face.close()

    def _follow_voice(self) -> None:
        voice = LiveVoice()
        self._repeat(lambda: self._moments.extend(voice.listen(self.take.sound)), VOICE_EVERY)

    def _follow_words(self) -> None:
        hearing = LiveHearing(recogniser(), detector())
        vectors = word_vectors()
        self._ready.set()

        def step() -> None:
            began = time.monotonic()
            changed = hearing.listen(self.take.sound)
            if changed:
                self._slow = time.monotonic() - began > _SLOW
            for spoken in changed:
                self._keep(spoken, vectors.result() if vectors.done() else None)

        with threadpool_limits(1, user_api="openmp"):  # this thread's: two would wait for one another on a busy machine
            self._repeat(step, WORDS_EVERY, share=0.9)

    def _keep(self, spoken: Spoken, embedder: WordEmbedder | None) -> None:
        """Show the words at once, with what is known of how they feel, and then how they feel."""
        before = self._said[-1] if self._said and self._said[-1].number == spoken.number else None
        self._put(Said(spoken.number, spoken.words, spoken.final, before.feeling if before else None))
        if embedder is not None:
            feeling = feel(spoken.words, self.predictor, embedder)
            self._put(Said(spoken.number, spoken.words, spoken.final, feeling))
            self._scores.append((spoken.words[-1].end or 0.0, feeling.score))

    def _put(self, said: Said) -> None:
        if self._said and self._said[-1].number == said.number:
            self._said[-1] = said  # in one step, for the page may look at any moment
        else:
            self._said.append(said)

    def _recent(self, kind: str) -> bool:
        return time.monotonic() - self._came[kind] < _NOTHING

    def _sentences(self) -> list[str]:
        """What the user should know just now, the gravest first."""
        said = list(self._faults.values())
        if self.removed:
            return [*said, REMOVED]
        if self.take.full:
            said.append("Ten minutes are recorded, which is as long as it may be: press Stop to analyse them.")
            return said
        if not self._recent("voice") and not self._recent("picture"):
            return [*said, "Nothing comes from the browser any more: press Stop, then Start again."]
        if not self._recent("voice"):
            said.append("No sound comes from a microphone: words, pitch and loudness stay empty.")
        elif not self._ready.is_set():
            said.append("The models are being loaded: words follow in a moment.")
        elif self._said and not word_vectors().done():
            said.append("The model of sentiment is being loaded: colours follow in a moment.")
        elif not self._said:
            said.append("No words yet: say a sentence in English.")
        if not self._recent("picture"):
            said.append("No picture comes from a camera: the face stays empty.")
        elif self._look is not None and self._look.units is None:
            said.append("No face is seen: move into the picture, with light on your face.")
        if self._slow:
            said.append("This machine is busy: words may come later than usual.")
        return said


def _before() -> list[str]:
    """What the user should know before Start."""
    return [] if loaded() else ["The models are being loaded: words and colours will be late at first."]
