"""A decoded picture as it is to be seen: upright, with square pixels, at one moment, no larger than asked for.

Interlaced video (the decoder flags each picture) holds two moments in the odd and the even lines of every picture, a
fiftieth of a second apart. Only the lines of the field that is shown first are kept, so that nothing combs and the
picture is what was seen at its timestamp; from 720 lines up, half of them are more than faces are looked for in. Where
the stream does not say which field is first, the upper is taken, wrong by one field's time at most. Telecined film is
not put together again.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

import av
import numpy as np
from numpy.typing import NDArray

_LOWER_FIRST: Final = (3, 4)  # FFmpeg's AVFieldOrder: coded and shown lower first; coded upper, shown lower first


class Upright:
    """Makes RGB pictures (height, width, 3) uint8 of what `stream` decodes to.

    Args:
        stream: PyAV's video stream, or None where nothing will be decoded.
        longer_side: pixels at most.
    """

    def __init__(self, stream: Any | None, longer_side: int) -> None:
        self._stream = stream
        self._aspect = float(getattr(stream, "sample_aspect_ratio", None) or 1.0)  # of a pixel
        self._longer_side = longer_side
        self._fields: _FirstField | None = None

    def __call__(self, picture: Any) -> NDArray[np.uint8]:
        """The picture, scaled down, turned as the container's display matrix says."""
        width, height = picture.width * self._aspect, float(picture.height)
        scale = min(1.0, self._longer_side / max(width, height))
        size = {"width": max(1, round(width * scale)), "height": max(1, round(height * scale))}
        turns = round(picture.rotation / 90)
        if picture.interlaced_frame:
            picture = self._first_field(picture)
        image = picture.reformat(**size, format="rgb24", interpolation="BILINEAR").to_ndarray()
        return np.ascontiguousarray(np.rot90(image, turns))

    def _first_field(self, picture: Any) -> Any:
        shape = (picture.width, picture.height, picture.format.name)
        if self._fields is None or self._fields.shape != shape:
            order = self._stream.codec_context.field_order if self._stream is not None else 0
            self._fields = _FirstField(shape, "bottom" if order in _LOWER_FIRST else "top")
        return self._fields.of(picture)


class _FirstField:
    """FFmpeg's `field` filter for pictures of one shape (width, height, pixel format)."""

    def __init__(self, shape: tuple[int, int, str], field: str) -> None:
        self.shape = shape
        width, height, form = shape
        self._graph = av.filter.Graph()
        source = self._graph.add_buffer(width=width, height=height, format=form, time_base=Fraction(1, 1000))
        chosen = self._graph.add("field", field)
        sink = self._graph.add("buffersink")
        source.link_to(chosen)
        chosen.link_to(sink)
        self._graph.configure()

    def of(self, picture: Any) -> Any:
        """The lines of that field, half as many."""
        self._graph.push(picture)
        return self._graph.pull()
