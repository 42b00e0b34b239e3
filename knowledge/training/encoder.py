"""Teaches the encoder three of its uses: `./run train [matching] [danger] [spans]`; the fourth is facet_encoder.py.

Made once, by hand, when much of the content or the bank has changed; nothing is learned while the bot runs. It needs
torch, which nothing else does, and some ten minutes a use on two cores. The files that are there were made with torch 2.9. After `matching` renew the
table with `./run train embeddings`.
"""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import yaml
from torch import nn
from torch.nn import functional

from knowledge.danger.judge import NOT_DANGER, read_whole
from knowledge.encoder.transformer import HEADS, LAYERS, MATRICES, WIDTH
from knowledge.encoder.weights import LEARNED, learned, published
from knowledge.loader import load
from knowledge.matching import span_tagger
from knowledge.matching.index import read
from knowledge.text.normalise import clean, split_words
from knowledge.training import span_bank
from knowledge.training.danger_classifier import BEYOND, held_out
from knowledge.training.lessons import Lessons

RANK = {"matching": 16, "danger": 32, "spans": 12, "facets": 16}
"""The rank of each change: how much can be learned."""
ROUNDS = {"matching": 4, "danger": 4, "spans": 8, "facets": 4}
RATE = {"matching": 8e-4, "danger": 5e-4, "spans": 8e-4, "facets": 5e-4}
WARM_UP = 60
MORE_ROUNDS, MORE_RATE = 1, 4e-4
"""Where matching goes on from what it learned, as entries were added: `./run train matching --go-on`."""
KEPT_LAYERS = 2
"""The lowest layers, which are not taught anew where teaching goes on from what was learned before."""
BATCH, BUCKET = 32, 1_024
"""Texts of a step; and texts that are sorted by length together, so that little is padded."""
SPREAD = 0.1
"""What a dropout takes away, and how much of the truth is given to the other classes (label smoothing)."""
SHARPNESS = 16.0
"""What the cosine of a text with a class is multiplied by."""
KEPT = 128
"""Numbers of a text's vector that are kept: the directions in which the content's phrases differ most."""
WHOLE_A_ROUND = 1_500
"""Phrases of the content that stand among the marked messages of each round: all of a phrase is asked."""
NOTHING = -100
"""The mark of a piece that belongs to no word."""
STOPS = ".,!?;:-–—()\"'"


@dataclass(frozen=True)
class Batch:
    """Some texts as pieces of words, padded to the longest."""

    ids: Any
    mask: Any
    rows: list[int]


class Matrix(nn.Module):
    """A matrix of the model as it is, and the small change that is learned: `wide @ narrow`."""

    def __init__(self, weight: Any, bias: Any, rank: int) -> None:
        super().__init__()
        self.register_buffer("weight", torch.tensor(weight))
        self.register_buffer("bias", torch.tensor(bias))
        self.narrow = nn.Parameter(torch.randn(rank, weight.shape[1]) / math.sqrt(weight.shape[1]))
        self.wide = nn.Parameter(torch.zeros(weight.shape[0], rank))

    def forward(self, x: Any) -> Any:
        """Multiply by both."""
        return functional.linear(x, self.weight, self.bias) + functional.linear(
            functional.linear(x, self.narrow), self.wide
        )


class Model(nn.Module):
    """The transformer of knowledge/encoder, as something that can learn."""

    def __init__(self, weights: dict[str, Any], rank: int) -> None:
        super().__init__()
        types = weights["embeddings.token_type_embeddings.weight"]
        self.register_buffer("words", torch.tensor(weights["embeddings.word_embeddings.weight"]))
        self.register_buffer("places", torch.tensor(weights["embeddings.position_embeddings.weight"] + types[0]))
        self.first_norm = _norm("embeddings.", weights)
        self.dropout = nn.Dropout(SPREAD)
        self.layers = nn.ModuleList()
        for number in range(LAYERS):
            place = f"encoder.layer.{number}."
            layer: dict[str, nn.Module] = {
                name: Matrix(weights[f"{place}{long}.weight"], weights[f"{place}{long}.bias"], rank)
                for name, long in MATRICES.items()
            }
            layer["mix_norm"] = _norm(f"{place}attention.output.", weights)
            layer["down_norm"] = _norm(f"{place}output.", weights)
            self.layers.append(nn.ModuleDict(layer))

    def forward(self, batch: Batch) -> Any:
        """The mean over the pieces of each text. Shape (texts, 384)."""
        mask = batch.mask[..., None]
        return (self.told(batch) * mask).sum(1) / mask.sum(1)

    def told(self, batch: Batch) -> Any:
        """What the last layer says of each piece. Shape (texts, pieces, 384)."""
        texts, size = batch.ids.shape
        x = self.dropout(self.first_norm(self.words[batch.ids] + self.places[:size]))
        hidden = (1 - batch.mask)[:, None, None] * -1e4
        for layer in self.layers:
            query, key, value = (
                layer[name](x).view(texts, size, HEADS, -1).transpose(1, 2) for name in ("query", "key", "value")
            )
            shares = (query @ key.transpose(-1, -2) / math.sqrt(WIDTH / HEADS) + hidden).softmax(-1)
            seen = (shares @ value).transpose(1, 2).reshape(texts, size, WIDTH)
            x = layer["mix_norm"](x + self.dropout(layer["mix"](seen)))
            thought = layer["down"](functional.gelu(layer["up"](x), approximate="tanh"))
            x = layer["down_norm"](x + self.dropout(thought))
        return x

    def taught(self) -> dict[str, Any]:
        """What was learned, as knowledge/encoder reads it."""
        return {
            f"{number}.{name}.{part}": getattr(layer[name], part).detach().numpy().astype(np.float16)
            for number, layer in enumerate(self.layers)
            for name in MATRICES
            for part in ("narrow", "wide")
        }


def _norm(place: str, weights: dict[str, Any]) -> nn.LayerNorm:
    norm = nn.LayerNorm(WIDTH, eps=1e-12)
    norm.weight.data, norm.bias.data = (
        torch.tensor(weights[f"{place}LayerNorm.{part}"]) for part in ("weight", "bias")
    )
    return norm.requires_grad_(False)


def batches(
    pieces: Sequence[Sequence[int]], rows: Sequence[int], chance: random.Random | None = None
) -> Iterator[Batch]:
    """The texts at these rows in batches of like length, those in any order where there is a chance."""
    for start in range(0, len(rows), BUCKET):
        bucket = sorted(rows[start : start + BUCKET], key=lambda row: len(pieces[row]))
        parts = [bucket[at : at + BATCH] for at in range(0, len(bucket), BATCH)]
        if chance is not None:
            chance.shuffle(parts)
        for part in parts:
            longest = max(len(pieces[row]) for row in part)
            ids = torch.zeros(len(part), longest, dtype=torch.long)
            mask = torch.zeros(len(part), longest)
            for at, row in enumerate(part):
                ids[at, : len(pieces[row])] = torch.tensor(pieces[row])
                mask[at, : len(pieces[row])] = 1
            yield Batch(ids, mask, part)


def teach(
    use: str,
    model: Model,
    head: nn.Module,
    pieces: Sequence[Sequence[int]],
    loss_of: Callable[[Batch], Any],
    rounds: Callable[[random.Random], list[int]],
    after: Callable[[], None] = lambda: None,
    *,
    more: bool = False,
) -> None:
    """Learn what makes the loss small: `rounds` gives the rows of each round. The rate grows at first, then falls.

    `after` is called after each round, so that a long one can be stopped at any. `more` goes on from what was learned.
    """
    times, rate = (MORE_ROUNDS, MORE_RATE) if more else (ROUNDS[use], RATE[use])
    chance = random.Random(0)
    learned = [one for one in (*model.parameters(), *head.parameters()) if one.requires_grad]
    optimiser = torch.optim.AdamW(learned, lr=rate, weight_decay=0.01)
    steps, done = times * (len(rounds(chance)) // BATCH + 1), 0
    model.train()
    for number in range(times):
        rows, total = rounds(chance), 0.0
        chance.shuffle(rows)
        for batch in batches(pieces, rows, chance):
            for group in optimiser.param_groups:
                group["lr"] = rate * min(1.0, (done + 1) / WARM_UP) * max(0.02, fall(done / steps))
            loss = loss_of(batch)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(learned, 1.0)
            optimiser.step()
            done += 1
            total += loss.item()
            if done % 200 == 0:
                print(f"step {done} of {steps}: {loss.item():.3f}", flush=True)  # noqa: T201
        print(f"round {number + 1} of {times}: {total / (len(rows) / BATCH):.3f}", flush=True)  # noqa: T201
        after()
    model.eval()


def fall(share: float) -> float:
    """What is left of the rate after a share of the steps: half a cosine (Loshchilov and Hutter 2017)."""
    return 0.5 * (1 + math.cos(math.pi * min(1.0, share)))


def classes_of(model: Model, head: nn.Module, labels: Sequence[int]) -> Callable[[Batch], Any]:
    """The loss of telling the classes of texts apart."""

    def loss(batch: Batch) -> Any:
        wanted = torch.tensor([labels[row] for row in batch.rows])
        return functional.cross_entropy(head(model(batch)), wanted, label_smoothing=SPREAD)

    return loss


def vectors(model: Model, pieces: Sequence[Sequence[int]]) -> Any:
    """The vectors of all texts, shape (texts, 384)."""
    out = np.zeros((len(pieces), WIDTH), np.float32)
    with torch.no_grad():
        for batch in batches(pieces, range(len(pieces))):
            out[batch.rows] = model(batch).numpy()
    return out


class Nearness(nn.Module):
    """The cosine with one learned vector a class."""

    def __init__(self, classes: Any) -> None:
        super().__init__()
        self.classes = nn.Parameter(torch.tensor(classes))

    def forward(self, x: Any) -> Any:
        """The scores of each class."""
        return SHARPNESS * functional.normalize(x, dim=1) @ functional.normalize(self.classes, dim=1).T


def matching(*, more: bool = False) -> dict[str, Any]:
    """Learn which entry a text asks for. A linear softmax over cosines (Wang et al. 2018, without a margin)."""
    library = load()
    found = read(library)
    asked = np.flatnonzero(~found.weak).tolist()
    beyond: list[str] = yaml.safe_load(BEYOND.read_text(encoding="utf-8"))
    texts = [found.phrases[at].meaning for at in asked]
    texts += [found.reader.phrase(split_words(clean(text))).meaning for text in beyond]
    labels = [*found.owners[asked].tolist(), *[len(library.entries)] * len(beyond)]
    model, split = begin("matching", texts)
    if more and (held := learned("matching")) is not None:
        change(model, held)
    pieces = [text.ids for text in split]
    first = vectors(model.eval(), pieces)
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    classes = np.stack([first[np.array(labels) == one].mean(0) for one in range(len(library.entries) + 1)])
    head = Nearness(classes)
    rows = list(range(len(texts)))
    teach("matching", model, head, pieces, classes_of(model, head, labels), lambda chance: list(rows), more=more)
    last = vectors(model, pieces)
    last /= np.linalg.norm(last, axis=1, keepdims=True)
    basis = np.linalg.svd(last.T @ last)[2][:KEPT].T
    outside = last[len(asked) :] @ basis
    outside /= np.linalg.norm(outside, axis=1, keepdims=True)
    mean = outside.mean(0)
    return model.taught() | {
        "basis": basis.astype(np.float16),
        "beyond": (mean / np.linalg.norm(mean)).astype(np.float16),
    }


def begin(use: str, texts: Sequence[str]) -> tuple[Model, list[Any]]:
    """A model that has learned nothing yet, and the texts split into pieces, each with its `ids` and their `offsets`.

    ImportError where its package is not installed.
    """
    torch.manual_seed(0)
    model = published()
    if model is None:
        raise ImportError("the package of the model is not installed: see requirements-vectors.in")
    weights, pieces = model
    return Model(weights, RANK[use]), [pieces.encode(text) for text in texts]


class Peaks(nn.Module):
    """Classes by the mean over a text and, added to that, by whichever of its pieces says most of each.

    The mean drowns a clause among sixty words; a piece that has looked at all the others says it in their light (as in
    learning from many instances, of which one decides: Ilse et al. 2018).
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.mean = nn.Linear(WIDTH, classes)
        self.peak = nn.Linear(WIDTH, classes, bias=False)

    def forward(self, told: Any, mask: Any) -> Any:
        """The scores of each class."""
        shown = mask[..., None]
        most = self.peak(told).masked_fill(shown == 0, -1e4).amax(1)
        return self.mean((told * shown).sum(1) / shown.sum(1)) + most


def danger() -> dict[str, Any]:
    """Learn which kind of danger a message speaks of, if any. What it counts beside the rules stands in danger/judgement.json.

    It goes on from what is there. Each round is put together anew: see `Lessons`.
    """
    lessons = Lessons()
    kinds = [*dict.fromkeys(one for _, one in lessons.everything if one not in NOT_DANGER), *NOT_DANGER]
    model, _ = begin("danger", [])
    head = Peaks(len(kinds))
    go_on(model, head, kinds)
    split = published()
    assert split is not None
    pieces: list[list[int]] = []
    labels: list[int] = []

    def rounds(chance: random.Random) -> list[int]:
        fresh = lessons.round(chance)
        begin = len(pieces)
        pieces.extend(found.ids for found in split[1].encode_batch([read_whole(text) for text, _ in fresh]))
        labels.extend(kinds.index(kind) for _, kind in fresh)
        return list(range(begin, len(pieces)))

    def loss(batch: Batch) -> Any:
        wanted = torch.tensor([labels[row] for row in batch.rows])
        return functional.cross_entropy(head(model.told(batch), batch.mask), wanted, label_smoothing=SPREAD / 2)

    def learned_so_far() -> dict[str, Any]:
        return model.taught() | {
            "head": head.mean.weight.detach().numpy().astype(np.float32),
            "head_bias": head.mean.bias.detach().numpy().astype(np.float32),
            "peak": head.peak.weight.detach().numpy().astype(np.float32),
            "kinds": np.array(kinds),
        }

    def keep() -> None:
        np.savez_compressed(LEARNED / "danger.npz", **learned_so_far())

    teach("danger", model, head, pieces, loss, rounds, keep)
    return learned_so_far()


def go_on(model: Model, head: Peaks, kinds: Sequence[str]) -> None:
    """Begin with the change that was learned before, where it fits.

    The lowest layers stay as they were: words there mean what they mean, and a step is a sixth shorter.
    """
    held = learned("danger")
    nn.init.normal_(head.peak.weight, std=0.02)
    for layer in model.layers[:KEPT_LAYERS]:
        layer.requires_grad_(False)
    if held is None:
        return
    change(model, held)
    with torch.no_grad():
        for row, kind in enumerate(held["kinds"].tolist()):
            at = list(kinds).index(kind)
            head.mean.weight[at], head.mean.bias[at] = torch.tensor(held["head"][row]), float(held["head_bias"][row])
            if "peak" in held:
                head.peak.weight[at] = torch.tensor(held["peak"][row])


def change(model: Model, held: Mapping[str, Any]) -> None:
    """Give a model the change that was learned; one of lower rank fills the first of its rows."""
    for number, layer in enumerate(model.layers):
        for name in MATRICES:
            narrow, wide = (
                torch.tensor(held[f"{number}.{name}.{part}"].astype(np.float32)) for part in ("narrow", "wide")
            )
            if len(narrow) <= len(layer[name].narrow):
                layer[name].narrow.data[: len(narrow)] = narrow
                layer[name].wide.data[:, : len(narrow)] = wide


def spans() -> dict[str, Any]:
    """Learn what each word of a message is: asked, rejected, or beside the matter."""
    messages = [one for words, kinds in span_bank.bank() for one in ((words, kinds), bare(words, kinds))]
    marked = len(messages)
    for entry in load().entries:
        messages += [(words, asked_whole(words)) for words in (clean(text).split() for text in entry.phrases)]
    texts = [" ".join(words) for words, _ in messages]
    known = sorted({*range(marked)} - {row + at for row in held_out(range(0, marked, 2)) for at in (0, 1)})
    content = range(marked, len(messages))
    model, split = begin(span_tagger.USE, texts)
    pieces = [text.ids for text in split]
    head = nn.Linear(WIDTH, span_tagger.REJECTED + 1)
    labels = [labelled(text.offsets, *message) for text, message in zip(split, messages, strict=True)]

    def loss(batch: Batch) -> Any:
        told = head(model.told(batch))
        wanted = torch.full(told.shape[:2], NOTHING)
        for at, row in enumerate(batch.rows):
            wanted[at, : len(labels[row])] = torch.tensor(labels[row])
        return functional.cross_entropy(told.flatten(0, 1), wanted.flatten(), ignore_index=NOTHING)

    teach(span_tagger.USE, model, head, pieces, loss, lambda chance: known + chance.sample(content, WHOLE_A_ROUND))
    weight, bias = (part.detach().numpy() for part in (head.weight, head.bias))
    return model.taught() | {"head": weight, "head_bias": bias}


def asked_whole(words: Sequence[str]) -> list[int]:
    """A phrase of the content asks with every word, and rejects nothing."""
    return [span_tagger.ASKED if at else span_tagger.BEGUN for at in range(len(words))]


def bare(words: Sequence[str], kinds: Sequence[int]) -> tuple[list[str], list[int]]:
    """The message as it is typed without any stops."""
    kept = [(word.strip(STOPS), kind) for word, kind in zip(words, kinds, strict=True) if word.strip(STOPS)]
    return [word for word, _ in kept], [kind for _, kind in kept]


def labelled(places: Sequence[tuple[int, int]], words: Sequence[str], kinds: Sequence[int]) -> list[int]:
    """What each piece is, by the word that it stands in."""
    ends = np.cumsum([len(word) + 1 for word in words])
    return [kinds[int(np.searchsorted(ends, begin, side="right"))] if end > begin else NOTHING for begin, end in places]


USES = {"matching": matching, "danger": danger, span_tagger.USE: spans}


def main(uses: Sequence[str], *, more: bool = False) -> None:
    """Learn what is asked for, all if nothing is, and write it. `more` lets matching go on from what it learned."""
    LEARNED.mkdir(exist_ok=True)
    for use in uses or USES:
        found = matching(more=True) if more and use == "matching" else USES[use]()
        np.savez_compressed(LEARNED / f"{use}.npz", **found)


if __name__ == "__main__":
    main(sys.argv[1:])
