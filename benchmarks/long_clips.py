"""Clips of any length to measure with: real clips joined end to end, their packets copied and not encoded anew."""

from __future__ import annotations

import csv
import math
import os
from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from itertools import cycle
from pathlib import Path

import av

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "ui" / "samples" / "sample.mp4"


def data_root() -> Path:
    """The folder with mosi/ and the rest."""
    return Path(os.environ.get("S2S_DATA") or ROOT.parent / "shared" / "data")


def talking(seconds: float) -> tuple[Path, ...]:
    """Clips of one CMU-MOSI speaker, the one with the most sound, or the sample again and again without the data."""
    found = speakers()
    return found[0] if found else (SAMPLE,) * (int(seconds / 8) + 1)


def speakers() -> list[tuple[Path, ...]]:
    """The clips of each speaker of CMU-MOSI's 320, in order; who has the most sound comes first."""
    mosi = data_root() / "mosi"
    if not (mosi / "clips.csv").is_file():
        return []
    videos: dict[str, list[tuple[int, Path, float]]] = defaultdict(list)
    with (mosi / "clips.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            clip = (int(row["clip_id"]), mosi / "clips" / row["file"], float(row["duration_s"]))
            videos[row["video_id"]].append(clip)
    most = sorted(videos.values(), key=lambda clips: -sum(clip[2] for clip in clips))
    return [tuple(path for _, path, _ in sorted(clips)) for clips in most]


def join(clips: Sequence[Path], seconds: float, target: Path) -> Path:
    """Write `clips`, all of one encoding, one after another and again from the first until `seconds` are full."""
    with av.open(str(target), "w") as out:
        streams: dict[str, av.stream.Stream] = {}
        at = Fraction(0)
        for clip in cycle(clips):
            with av.open(str(clip)) as source:
                kinds = {kind: source.streams.best(kind) for kind in ("video", "audio")}
                for kind, stream in kinds.items():
                    if kind not in streams and stream is not None:
                        streams[kind] = out.add_stream_from_template(stream)
                ends = [at]
                for packet in _packets(source, at):
                    ends.append((packet.dts + (packet.duration or 1)) * packet.time_base)
                    packet.stream = streams[packet.stream.type]
                    out.mux(packet)
                at = max(ends)
            if at >= seconds:
                return target
    raise ValueError("there are no clips to join")


def _packets(source: av.container.InputContainer, at: Fraction) -> list[av.Packet]:
    """The packets of a clip, the first of them `at` seconds from the start."""
    both = (source.streams.best(kind) for kind in ("video", "audio"))
    packets = [packet for packet in source.demux(*both) if packet.dts is not None and packet.pts is not None]
    later = at - min(packet.dts * packet.time_base for packet in packets)
    for packet in packets:
        ticks = math.ceil(later / packet.time_base)
        packet.pts, packet.dts = packet.pts + ticks, packet.dts + ticks
    return packets
