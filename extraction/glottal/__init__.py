"""The glottal source of a voice: pitch, closure instants, glottal flow and what is measured on it.

The acoustic features of COVAREP's glottal set (Degottex et al. 2014, ICASSP), written from the papers each file names.
Everything works on mono sound at 16 kHz and counts positions in samples from 0. Shape letters: N samples, F frames,
G closure instants. Sounds of any length are worked through in blocks; only what a method defines over the whole sound
(polarity, range of the pitch, median pitch, the residual's scale) is taken over the whole sound.
"""
