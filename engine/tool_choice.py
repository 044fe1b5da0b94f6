"""Which extraction tools options ask for, as a value that goes to other processes and makes the tools there."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from engine.embedders import MINILM, MPNET, find_embedder, make_embedder
from extraction.descriptor_sets import BLENDSHAPES, EGEMAPS, audio_set, face_set
from extraction.errors import InputError
from extraction.published import RECOGNISERS
from extraction.speech_whisper import LONGEST_PROMPT
from extraction.tools import Tools, whisper
from extraction.whisper_sizes import find_size


@dataclass(frozen=True)
class ToolChoice:
    """A `ToolMaker`: the tools by the names that options give them, folders and files by absolute paths."""

    recogniser: str
    embedder: str | None
    audio: str
    face: str
    prompt: str | None = None

    @property
    def identity(self) -> str:
        """The name of a packaged recogniser, of any other a digest over its model; and its prompt, if there is one."""
        name = self.recogniser if self.recogniser in RECOGNISERS else _digest(Path(self.recogniser))
        return name if self.prompt is None else f"{name}, {self.prompt}"

    def __call__(self, threads: int | None = None) -> Tools:
        """The tools, each made at first use; the recogniser computes on `threads`, or as many as it takes by itself."""
        recogniser = self.recogniser if self.recogniser in RECOGNISERS else Path(self.recogniser)
        return Tools(
            partial(whisper, recogniser, threads, prompt=self.prompt),
            audio=audio_set(self.audio).make,
            face=face_set(self.face).make,
            embedder=partial(make_embedder, self.embedder),
        )


def choose_tools(
    recogniser: str,
    embedder: str | None = None,
    audio: str = EGEMAPS,
    face: str = BLENDSHAPES,
    prompt: str | None = None,
) -> ToolChoice:
    """The tools that options of these names ask for.

    Raises:
        InputError: there is nothing of a name, or nothing of the kind in it, or the prompt is too long.
        WeightsError: the recogniser is a size of faster-whisper that was not fetched yet, or the weights of an embedder
            that is named are not here.
    """
    audio_set(audio)
    face_set(face)
    if recogniser not in RECOGNISERS:
        folder = Path(recogniser) if recogniser.strip() and Path(recogniser).is_dir() else find_size(recogniser)
        if folder is None:
            raise InputError(
                f"--recogniser {recogniser!r} is neither {' nor '.join(RECOGNISERS)} nor a folder: give one of these "
                "names, a size that `s2s weights` lists, or the folder of a faster-whisper model."
            )
        recogniser = str(folder.absolute())
    if embedder is not None:
        find_embedder(embedder)
        if embedder not in {MINILM, MPNET} and Path(embedder).exists():
            embedder = str(Path(embedder).absolute())
    return ToolChoice(recogniser, embedder, audio, face, _checked(prompt))


def _checked(prompt: str | None) -> str | None:
    text = " ".join((prompt or "").split())
    if len(text) > LONGEST_PROMPT:
        raise InputError(
            f"--prompt has {len(text)} characters: give at most {LONGEST_PROMPT}, for the recogniser reads no more."
        )
    return text or None


@cache
def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        with path.open("rb") as file:
            digest.update(f"{path.name} {hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return digest.hexdigest()
