"""What people would use in the matcher's place, each as questions in, scores of labels out."""

from __future__ import annotations

import importlib.util
import logging
import re
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process, utils

Scores = NDArray[np.float64]
"""Shape (questions, labels)."""
SLOW = 2_000
"""ChatterBot compares with every sentence in Python: above so many it is left out."""

Peer = Callable[[Sequence[str], Sequence[int], int, Sequence[str]], Scores]
"""(sentences, their labels, number of labels, questions) -> scores."""


class TooSlow(Exception):
    """A peer that would take hours."""


def best_by_label(rows: Scores, labels: Sequence[int], count: int) -> Scores:
    """From scores of sentences to scores of labels: the best sentence stands for its label."""
    out = np.full((len(rows), count), -np.inf)
    for column, label in enumerate(labels):
        np.maximum(out[:, label], rows[:, column], out=out[:, label])
    return out


def fuzzy(scorer: Callable[..., float]) -> Peer:
    """The best score of a rapidfuzz scorer over all sentences."""

    def scores(sentences: Sequence[str], labels: Sequence[int], count: int, questions: Sequence[str]) -> Scores:
        rows = process.cdist(questions, sentences, scorer=scorer, processor=utils.default_process, workers=1)
        return best_by_label(rows.astype(np.float64), labels, count)

    return scores


def bm25(sentences: Sequence[str], labels: Sequence[int], count: int, questions: Sequence[str]) -> Scores:
    """bm25s with one document a label."""
    import bm25s

    documents = [""] * count
    for sentence, label in zip(sentences, labels, strict=True):
        documents[label] += " " + sentence
    index = bm25s.BM25()
    index.index([_words(text) for text in documents], show_progress=False)
    rows = [index.get_scores(words) if (words := _words(question)) else np.zeros(count) for question in questions]
    return np.array(rows, dtype=np.float64)


def svm(sentences: Sequence[str], labels: Sequence[int], count: int, questions: Sequence[str]) -> Scores:
    """TF-IDF of words, pairs and runs of letters, and a linear support vector machine."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.svm import LinearSVC

    union = make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
    )
    model = make_pipeline(union, LinearSVC()).fit(sentences, labels)
    out = np.full((len(questions), count), -np.inf)
    out[:, model.classes_] = model.decision_function(questions)
    return out


def chatterbot(sentences: Sequence[str], labels: Sequence[int], count: int, questions: Sequence[str]) -> Scores:
    """ChatterBot's best match, trained with the label as the answer to each sentence."""
    from chatterbot import ChatBot
    from chatterbot.tagging import LowercaseTagger
    from chatterbot.trainers import ListTrainer

    if len(sentences) > SLOW:
        raise TooSlow
    logging.disable(logging.WARNING)
    out = np.full((len(questions), count), -np.inf)
    with tempfile.TemporaryDirectory() as folder:
        bot: Any = ChatBot(
            "peer", database_uri=f"sqlite:///{Path(folder, 'peer.sqlite3')}", read_only=True, tagger=LowercaseTagger
        )
        trainer = ListTrainer(bot, show_training_progress=False)
        for text, label in zip(sentences, labels, strict=True):
            trainer.train([text, str(label)])
        for row, question in enumerate(questions):
            reply = bot.get_response(question)
            if reply.text.isdigit():
                out[row, int(reply.text)] = reply.confidence
    return out


def peers() -> dict[str, Peer]:
    """The peers that are installed, by name."""
    found: dict[str, Peer] = {
        "rapidfuzz WRatio": fuzzy(fuzz.WRatio),
        "rapidfuzz token_set_ratio": fuzzy(fuzz.token_set_ratio),
    }
    for name, package, peer in (
        ("bm25s", "bm25s", bm25),
        ("TF-IDF + linear SVM", "sklearn", svm),
        ("ChatterBot", "chatterbot", chatterbot),
    ):
        if importlib.util.find_spec(package) is not None:
            found[name] = peer
    return found


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
