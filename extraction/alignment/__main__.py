"""`python -m extraction.alignment` compiles the aligner's loops, once an installation: else the first clip waits."""

import numpy as np

from extraction.align_pocketsphinx import PocketsphinxAligner
from extraction.types import SAMPLE_RATE, Waveform, Word

PocketsphinxAligner().align_part(
    Waveform(np.zeros(SAMPLE_RATE, dtype=np.float32), SAMPLE_RATE), (Word("a"),), last=True
)
