"""The figures of a matcher on a set of questions, in and out of scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

OUTSIDE = -1
"""The label of a question out of scope, and of a question that is not answered."""


@dataclass(frozen=True)
class Figures:
    """Shares in percent, as `README.md` explains them."""

    acc1: float
    acc3: float
    auroc: float
    mcc: float
    in_acc: float
    oos_rec: float
    wrong: float

    def row(self) -> str:
        """As the cells of a table."""
        values = (self.acc1, self.acc3, self.auroc, self.mcc, self.in_acc, self.oos_rec, self.wrong)
        return " | ".join(f"{value:.1f}" for value in values)


def figures(
    truth: Sequence[int], ranked: NDArray[np.int64], top: NDArray[np.float64], answered: Sequence[int]
) -> Figures:
    """`ranked`: the first three labels of each question; `top`: its best score; `answered`: the label said, or OUTSIDE."""
    wanted, said = np.array(truth), np.array(answered)
    inside = wanted != OUTSIDE
    return Figures(
        acc1=100 * float((ranked[inside, 0] == wanted[inside]).mean()),
        acc3=100 * float((ranked[inside] == wanted[inside, None]).any(axis=1).mean()),
        auroc=100 * auroc(top[inside], top[~inside]),
        mcc=100 * mcc(wanted, said),
        in_acc=100 * float((said[inside] == wanted[inside]).mean()),
        oos_rec=100 * float((said[~inside] == OUTSIDE).mean()) if (~inside).any() else 100.0,
        wrong=100 * float(((said != OUTSIDE) & (said != wanted)).mean()),
    )


def auroc(inside: NDArray[np.float64], outside: NDArray[np.float64]) -> float:
    """The chance that a question in scope scores above one out of scope, ties counted half."""
    if not len(inside) or not len(outside):
        return 0.0
    _, place, count = np.unique(np.concatenate([inside, outside]), return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place][: len(inside)]
    return float((rank.sum() - len(inside) * (len(inside) + 1) / 2) / (len(inside) * len(outside)))


def mcc(wanted: NDArray[np.int64], said: NDArray[np.int64]) -> float:
    """Matthews correlation with OUTSIDE as one more class (Gorodkin, 2004)."""
    classes = int(max(wanted.max(), said.max())) + 2
    seen = np.bincount(wanted + 1, minlength=classes).astype(float)
    told = np.bincount(said + 1, minlength=classes).astype(float)
    right, total = float((wanted == said).sum()), float(len(wanted))
    below = np.sqrt((total**2 - (told**2).sum()) * (total**2 - (seen**2).sum()))
    return float((right * total - (seen * told).sum()) / below) if below else 0.0


def best_threshold(top: NDArray[np.float64], best: NDArray[np.int64], truth: NDArray[np.int64]) -> float:
    """The score from which answering gives the highest MCC on these questions."""
    levels = np.unique(np.quantile(top[np.isfinite(top)], np.linspace(0, 1, 101)))
    return float(max(levels, key=lambda level: mcc(truth, np.where(top >= level, best, OUTSIDE))))
