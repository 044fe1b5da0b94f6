"""The transformer below the word vectors as a part of the model that learns along, by low-rank adapters (LoRA).

A frozen sentence-transformers encoder gives every word the vector that `extraction.words_sbert` gives it. With
adapters each of its linear maps becomes `W + (alpha / rank) B A`; A and B are all that learns and all that a
checkpoint keeps, and B starts from 0, so an untrained adapter changes nothing. While training the adapters are
`peft`'s; those of a loaded model are added to its weights, so that they cost nothing.
Sources: Hu et al. (2022), LoRA, arXiv 2106.09685; Reimers and Gurevych (2019), arXiv 1908.10084.
Shape letters: B clips, W words, P word pieces, D columns, r the rank.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.config import AdapterOptions
from engine.embedders import MINILM, MPNET, make_embedder
from extraction.errors import CheckpointError, DataError
from extraction.types import FeatureSpec
from extraction.words_sbert import SbertEmbedder

_SUFFIX = "-words"  # of a feature set of word vectors, after the encoder's name
_STEP = 16  # lengths are rounded up to a multiple: kernels are made anew for each length they meet
_UNUSED = "pooler"  # a map of BERT that word vectors do not pass


class WordEncoder(nn.Module):
    """Words to vectors (B, W, D). Its parameters are the adapters alone: the encoder's own weights stay as they are.

    Args:
        spec: the word vectors a model reads; it names the encoder and holds the hash of its weights.
        options: of the adapters.

    Raises:
        DataError: the vectors are not made by an encoder that can learn along.
        CheckpointError: the encoder here has other weights.
        WeightsError: its weights are missing.
    """

    def __init__(self, spec: FeatureSpec, options: AdapterOptions) -> None:
        super().__init__()
        self.options, self.dim = options, spec.dim
        self._embedder = _embedder_of(spec)
        # in a tuple, so that torch does not count the encoder's own weights among this module's
        self._frozen: tuple[Any] = (copy.deepcopy(self._embedder.encoder).requires_grad_(False),)
        self.maps = tuple(
            name
            for name, module in self._frozen[0].named_modules()
            if isinstance(module, nn.Linear) and _UNUSED not in name
        )
        self.adapters = nn.ModuleDict({_key(name): self._untrained(name) for name in self.maps})

    @property
    def encoder(self) -> Any:
        """The transformer."""
        return self._frozen[0]

    def learn(self) -> None:
        """Let the adapters take part and learn; draws A from torch's generator."""
        from peft import LoraConfig, inject_adapter_in_model

        options = self.options
        inject_adapter_in_model(
            LoraConfig(
                r=options.rank, lora_alpha=options.alpha, lora_dropout=options.dropout, target_modules=list(self.maps)
            ),
            self.encoder,
        )
        for name in self.maps:
            layer = self.encoder.get_submodule(name)
            self.adapters[_key(name)] = nn.ModuleList([layer.lora_A["default"], layer.lora_B["default"]])

    def settle(self) -> None:
        """Add the adapters as they are to the encoder's weights, once, for a model that is only used."""
        with torch.no_grad():
            for name in self.maps:
                first, second = self.adapters[_key(name)].parameters()
                change = second @ first * (self.options.alpha / self.options.rank)
                self.encoder.get_submodule(name).weight += change

    def forward(self, words: Sequence[Sequence[str]], observed: Tensor) -> Tensor:
        """Vectors (B, W, D) of the words that are `observed` (B, W); the others are not read, and NaN."""
        self.encoder.to(observed.device)
        places = [torch.nonzero(row[: len(clip)]).flatten() for row, clip in zip(observed.cpu(), words, strict=True)]
        read = [[clip[w] for w in kept.tolist()] for clip, kept in zip(words, places, strict=True)]
        pieces, owners = self._embedder.tokenize(read)
        windows = self._embedder.windows([len(ids) for ids in pieces])
        total = torch.zeros(observed.numel(), self.dim, device=observed.device)
        count = torch.zeros(observed.numel(), 1, device=observed.device)
        if windows:
            ids, mask = self._embedder.padded([pieces[w.sequence][w.first : w.stop] for w in windows])
            states = self._states(ids.to(observed.device), mask.to(observed.device))
            kept = [states[row, 1 + w.keep - w.first : 1 + w.keep_stop - w.first] for row, w in enumerate(windows)]
            cells = [  # of the B * W, that of the word each piece belongs to
                w.sequence * observed.shape[1]
                + places[w.sequence][torch.from_numpy(owners[w.sequence][w.keep : w.keep_stop])]
                for w in windows
            ]
            where = torch.cat(cells).to(observed.device)
            total = total.index_add(0, where, torch.cat(kept))
            count = count.index_add(0, where, torch.ones(len(where), 1, device=observed.device))
        mean = torch.where(count > 0, total / count.clamp_min(1), torch.nan)
        return mean.view(*observed.shape, self.dim)

    def train(self, mode: bool = True) -> WordEncoder:
        """Switch dropout, of the encoder as well."""
        super().train(mode)
        self.encoder.train(mode)
        return self

    def _states(self, ids: Tensor, mask: Tensor) -> Tensor:
        """The last layer's states (b, P or more, D) as float32."""
        more = -ids.shape[1] % _STEP
        ids, mask = functional.pad(ids, (0, more)), functional.pad(mask, (0, more))
        states: Tensor = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        return states.float()

    def _untrained(self, name: str) -> nn.ModuleList:
        """A and B, both 0."""
        layer, rank = self.encoder.get_submodule(name), self.options.rank
        pair = (nn.Linear(layer.in_features, rank, bias=False), nn.Linear(rank, layer.out_features, bias=False))
        for linear in pair:
            nn.init.zeros_(linear.weight)
        return nn.ModuleList(pair)


def _embedder_of(spec: FeatureSpec) -> SbertEmbedder:
    """The embedder that made word vectors, weights and all."""
    name = spec.name.removesuffix(_SUFFIX)
    if name not in (MINILM, MPNET):
        raise DataError(
            f"The word vectors {spec.name!r} have no encoder that can learn along: embed the words with {MINILM} or "
            f"{MPNET}."
        )
    embedder = _embedder(name)
    difference = spec.difference(embedder.spec)
    if difference:
        raise CheckpointError(
            f"The encoder {name} here is not the one that was trained ({difference}): install the one named."
        )
    return embedder


@cache
def _embedder(name: str) -> SbertEmbedder:
    embedder = make_embedder(name)
    assert isinstance(embedder, SbertEmbedder)
    return embedder


def _key(name: str) -> str:
    """The name of a map as torch allows it for a submodule."""
    return name.replace(".", "-")
