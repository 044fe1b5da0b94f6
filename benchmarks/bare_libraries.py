"""What our extraction is measured against: each library alone, called in the shortest way that gives its result.

Nothing is warned of, checked, pooled or kept. Each function is given what it needs, loaded, and returns what the next
one needs.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import librosa
import mediapipe as mp
import numpy as np
import opensmile
import pocketsphinx
from faster_whisper import WhisperModel, decode_audio
from mediapipe.tasks.python import BaseOptions, vision
from sentence_transformers import SentenceTransformer

from extraction.speech_whisper import default_threads
from extraction.spoken import spoken
from extraction.weights import FACE_LANDMARKER, MINILM, RECOGNISERS, locate

RATE = 16_000


class Bare:
    """The libraries, loaded and warm; faster-whisper on as many threads as ours has, the fewest CPU seconds."""

    def __init__(self, recogniser: str = "base", threads: int | None = None) -> None:
        self.whisper = WhisperModel(
            str(locate(RECOGNISERS[recogniser])),
            device="cpu",
            compute_type="int8",
            cpu_threads=threads or default_threads(),
        )
        self.smile = opensmile.Smile(opensmile.FeatureSet.eGeMAPSv02, opensmile.FeatureLevel.LowLevelDescriptors)
        self.encoder = SentenceTransformer(str(locate(MINILM)), device="cpu", local_files_only=True)
        self.aligner = pocketsphinx.Decoder(
            lm=None, loglevel="FATAL", bestpath=False, beam=1e-80, pbeam=1e-80, wbeam=1e-60
        )
        self.voice(np.zeros(RATE, np.float32))  # librosa compiles at its first call

    def stages(self, clip: Path, words: list[str] | None) -> dict[str, Callable[[], object]]:
        """What is to be timed, in order; `words` given in place of recognition."""
        got: dict[str, Any] = {"words": words}

        def hear() -> None:
            got["sound"] = decode_audio(str(clip), sampling_rate=RATE)

        def recognise() -> None:
            got["words"] = self.words(got["sound"])

        steps: dict[str, Callable[[], object]] = {"sound": hear, "face": lambda: self.face(clip)}
        if words is None:
            steps["words"] = recognise
        return {
            **steps,
            "times": lambda: self.times(got["sound"], got["words"]),
            "voice": lambda: self.voice(got["sound"]),
            "vectors": lambda: self.encoder.encode(" ".join(got["words"]), output_value="token_embeddings"),
        }

    def face(self, clip: Path, per_second: float = 10.0) -> int:
        """Every tenth of a second a picture, at most 640 pixels long, through the landmarker."""
        options = vision.FaceLandmarkerOptions(
            base_options=BaseOptions(model_asset_path=str(locate(FACE_LANDMARKER))),
            running_mode=vision.RunningMode.VIDEO,
            output_face_blendshapes=True,
            output_facial_transformation_matrixes=True,
        )
        seen = 0
        with av.open(str(clip)) as container, vision.FaceLandmarker.create_from_options(options) as landmarker:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            scale = min(1.0, 640 / max(stream.width, stream.height))
            size = (round(stream.width * scale), round(stream.height * scale))
            wanted = 0.0
            for frame in container.decode(stream):
                if frame.time >= wanted - 0.005:
                    wanted += 1 / per_second
                    pixels = frame.to_ndarray(format="rgb24", width=size[0], height=size[1])
                    picture = mp.Image(image_format=mp.ImageFormat.SRGB, data=pixels)
                    seen += bool(landmarker.detect_for_video(picture, round(frame.time * 1000)).face_blendshapes)
        return seen

    def words(self, sound: Any) -> list[str]:
        """What is said."""
        segments, _ = self.whisper.transcribe(
            sound, vad_filter=True, word_timestamps=True, condition_on_previous_text=False
        )
        return [word.word.strip() for segment in segments for word in segment.words]

    def times(self, sound: Any, words: list[str]) -> int:
        """Forced alignment of the words the dictionary knows."""
        said = [word for token in words for word in spoken(token) if self.aligner.lookup_word(word)]
        noise = 1e-3 * np.random.default_rng(0).standard_normal(len(sound), dtype=np.float32)
        self.aligner.set_align_text(" ".join(said))
        self.aligner.start_utt()
        self.aligner.process_raw((np.clip(sound + noise, -1, 1) * 32767).astype("<i2").tobytes(), full_utt=True)
        self.aligner.end_utt()
        return sum(1 for _ in self.aligner.seg() or ())

    def voice(self, sound: Any) -> tuple[int, int]:
        """The descriptors of eGeMAPS and twelve cepstra every 10 ms."""
        rows = self.smile.process_signal(sound, RATE)
        return len(rows), librosa.feature.mfcc(y=sound, sr=RATE, n_mfcc=13, n_fft=512, hop_length=160).shape[1]
