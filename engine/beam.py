"""Beam search over the tokens of a translation, with length normalisation.

At every step each hypothesis is continued by its most likely tokens; the `beam` best go on, and those that say END are
finished. A target of several modalities has a head each: a step says one token a head, its log-probability is the sum
over heads, and END is said by all heads or none. Finished hypotheses are compared by

    log P / ((5 + length) / 6) ** penalty

with `length` the steps said, END included. One clip is decoded at a time, its hypotheses as one batch.
Sources: Pham et al. (2018), section 3.2; normalisation: Wu et al. (2016), arXiv 1609.08144, equation 14.
Shape letters: K hypotheses, M heads, S steps, W source words.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.batch import Batch
from engine.codes import END, UNKNOWN
from engine.decoder import Memory
from engine.sequence import States
from engine.targets import CodesTarget
from engine.translator import Translator


@dataclass(frozen=True, eq=False)
class Hypothesis:
    """One finished translation.

    Attributes:
        tokens: (S, M) of each step and head, without END.
        log_probability: of the tokens and END, in nats.
        score: the same, length-normalised.
        attention: (S, W) over the source words.
    """

    tokens: Tensor
    log_probability: float
    score: float
    attention: Tensor


def normalised(log_probability: float, length: int, penalty: float) -> float:
    """A hypothesis' score."""
    return float(log_probability / ((5 + length) / 6) ** penalty)


@torch.no_grad()
def decode(
    translator: Translator, batch: Batch, states: States, *, beam: int, penalty: float, longest: int | None = None
) -> tuple[Hypothesis, ...]:
    """The finished hypotheses of the one clip in `batch`, best first, at most `beam`.

    Args:
        translator: in evaluation mode, its target `codes`.
        batch: one clip, B = 1.
        states: of the stages inside the source, for that clip.
        beam: hypotheses kept.
        penalty: exponent of the length normalisation.
        longest: steps after which every hypothesis must end; twice the source's words if not given.
    """
    target = translator.target
    assert isinstance(target, CodesTarget)
    encoded, mask = translator.encoder(batch, states), batch.mask
    keys, memory = translator.attention.key(encoded), translator.begin(encoded, mask)
    last = longest if longest is not None else 2 * int(mask.sum())
    tokens = torch.zeros(1, 0, len(target.sizes), dtype=torch.int64, device=encoded.device)
    spent = encoded.new_zeros(1)
    seen = encoded.new_zeros(1, 0, mask.shape[1])
    feed = target.start(encoded)
    finished: list[Hypothesis] = []
    for s in range(last + 1):
        width = len(tokens)
        source = encoded.expand(width, -1, -1), keys.expand(width, -1, -1), mask.expand(width, -1)
        logits, attention, memory = translator.step(feed, memory, source)
        heads = [torch.log_softmax(part, dim=-1) for part in target.split(logits)]
        ended = spent + torch.stack([head[:, END] for head in heads]).sum(dim=0)
        finished += [
            Hypothesis(tokens[k], total, normalised(total, s + 1, penalty), seen[k])
            for k, total in enumerate(ended.tolist())
        ]
        finished = sorted(finished, key=lambda found: -found.score)[:beam]
        if s == last or _settled(finished, beam, float(spent.max()), last + 1, penalty):
            break
        origin, said, spent = _continue(heads, spent, beam)
        tokens = torch.cat([tokens[origin], said[:, None]], dim=1)
        seen = torch.cat([seen[origin], attention[origin][:, None]], dim=1)
        memory = _chosen(memory, origin)
        feed = target.embed(said)
    return tuple(finished)


def errors(said: Tensor, truth: Tensor) -> int:
    """Fewest insertions, deletions and replacements of steps from `said` (S, M) to `truth` (R, M).

    A true token below 0 is not known: any token in its place is right.
    """
    alike = ((said[:, None] == truth[None]) | (truth[None] < 0)).all(dim=-1).tolist()
    row = list(range(len(truth) + 1))
    for s, same in enumerate(alike):
        before, row = row, [s + 1]
        for r, right in enumerate(same):
            row.append(min(before[r] + (not right), before[r + 1] + 1, row[r] + 1))
    return row[-1]


def _settled(finished: list[Hypothesis], beam: int, best: float, longest: int, penalty: float) -> bool:
    """Whether nothing unfinished can come in: log-probabilities only fall, and length helps at most as `longest`."""
    return len(finished) == beam and finished[-1].score >= normalised(best, longest, penalty)


def _continue(heads: list[Tensor], spent: Tensor, beam: int) -> tuple[Tensor, Tensor, Tensor]:
    """The `beam` best continuations other than END: whence (K,), tokens (K, M), log-probabilities (K,).

    A sum's best `beam` combinations hold only tokens among the best `beam` of each head, so heads are joined in turn.
    """
    origin, total = torch.arange(len(spent), device=spent.device), spent
    said = torch.zeros(len(spent), 0, dtype=torch.int64, device=spent.device)
    for head in heads:
        allowed = head.clone()
        allowed[:, END] = -torch.inf
        values, classes = allowed.topk(min(beam, head.shape[1] - UNKNOWN), dim=-1)
        sums = (total[:, None] + values[origin]).flatten()
        found = torch.isfinite(sums).nonzero().squeeze(1)
        kept = found[sums[found].topk(min(beam, len(found)) if head is heads[-1] else len(found)).indices]
        row, column = kept // values.shape[1], kept % values.shape[1]
        said = torch.cat([said[row], classes[origin[row], column][:, None]], dim=1)
        origin, total = origin[row], sums[kept]
    return origin, said, total


def _chosen(memory: Memory, rows: Tensor) -> Memory:
    return [tuple(part[rows] for part in held) for held in memory]
