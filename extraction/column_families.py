"""The families that the columns of descriptor sets fall into, each with the paper or manual that defines it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Family:
    """Columns of one kind: those whose name matches `pattern`, the source that defines them, and the unit of those
    whose name has none.
    """

    name: str
    pattern: str
    source: str
    unit: str = ""


GEMAPS = "Eyben et al. 2016, GeMAPS"
COMPARE = "Schuller et al. 2016, ComParE"
_CEPSTRUM = Family("cepstrum", r"MFCC", "Davis and Mermelstein 1980; Slaney 1998", "dB")
_SRH = Family("pitch", r"F0|voiced", "Drugman and Alwan 2011, SRH")
_FACS_TABLE = "derived by the table in extraction/facs.py; FACS: Ekman, Friesen and Hager 2002"
_FACS = "derived by the table in extraction/action_units.py; FACS: Ekman, Friesen and Hager 2002"
CHANNELS = (
    Family("head pose", r"pitch|yaw|roll", "MediaPipe's facial transformation matrix"),
    Family("upper face action units", r"AU([124567]|45) ", _FACS),
    Family("lower face action units", r"AU", _FACS),
    Family("blendshapes", r"", "MediaPipe Blendshape V2; Apple, ARFaceAnchor.BlendShapeLocation"),
)
ACTION = (
    Family("head pose", r"(pitch|yaw|roll) ", "MediaPipe's facial transformation matrix"),
    Family("gaze", r"gaze ", "iris landmarks, gain by the vestibulo-ocular reflex; extraction/gaze.py"),
    Family("blinks", r"blink", "eyeBlink scores; Stern, Walrath and Goldstein 1984"),
    Family("upper face action units", r"AU([124567]|45) ", _FACS_TABLE),
    Family("lower face action units", r"AU", _FACS_TABLE),
    Family("emotion patterns", r"", "derived from the units; Friesen and Ekman 1983, EMFACS-7"),
)
LIBROSA = (
    _SRH,
    _CEPSTRUM,
    Family("level", r"level", "root mean square"),
    Family("spectrum", r"spectral contrast", "Jiang et al. 2002"),
    Family("spectrum", r"", "McFee et al. 2015, librosa"),
)
SOURCE = (
    _SRH,
    _CEPSTRUM,
    Family("glottal source", r"NAQ", "Alku et al. 2002"),
    Family("glottal source", r"QOQ", "Hacki 1989"),
    Family("glottal source", r"H1-H2", "Titze and Sundberg 1992"),
    Family("glottal source", r"HRF", "Childers and Lee 1991"),
    Family("glottal source", r"PSP", "Alku et al. 1997"),
    Family("glottal source", r"MDQ", "Kane and Gobl 2013"),
    Family("glottal source", r"Rd", "Degottex et al. 2011, MSP"),
    Family("voice quality", r"peak slope", "Kane and Gobl 2011", "log10/octave"),
)


def smile(source: str) -> tuple[Family, ...]:
    """The families of openSMILE's sets."""
    return (
        Family("pitch", r"F0|voic", source),
        Family("perturbation", r"jitter|shimmer|harmonics-to-noise", source),
        Family("harmonics", r"H1-", source),
        Family("formants", r"F[123] ", source),
        Family("level", r"loudness|RMS", source),
        Family("cepstrum", r"MFCC .*openSMILE", source),
        _CEPSTRUM,
        Family("spectrum", r"", source),
    )
