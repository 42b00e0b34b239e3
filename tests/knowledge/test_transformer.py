"""The transformer in whole numbers, held against its formulas in floating point (Vaswani et al. 2017; Devlin et al. 2019)."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from knowledge.arrays import Floats
from knowledge.encoder import transformer, weights
from knowledge.encoder.transformer import HEADS, LAYERS, MATRICES, WIDTH, softmax

TEXTS = (
    "blue badge",
    "he screams every morning and i cant get him in the car, what can school do",
    "they said no to the assessment and the letter says we have two months, how do i appeal",
    "speech therapist number please",
    "My daughter is fifteen and has not been to school since March. " * 6,
)

encoder = weights.encoder("matching")
pytestmark = pytest.mark.skipif(
    encoder is None, reason="the package of the encoder is not installed here (requirements-vectors.in)"
)


def normed(x: Any, place: str, model: dict[str, Floats]) -> Any:
    x = x - x.mean(axis=-1, keepdims=True)
    gain, bias = (model[f"{place}LayerNorm.{part}"] for part in ("weight", "bias"))
    return x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + 1e-12) * gain + bias


def read_exactly(text: str, use: str) -> Floats:
    """What the last layer says of each piece, in floating point."""
    published, learned = weights.published(), weights.learned(use)
    assert published is not None
    assert learned is not None
    model, pieces = published
    ids = pieces.encode(text).ids

    def dense(x: Any, number: int, name: str) -> Any:
        place = f"encoder.layer.{number}.{MATRICES[name]}."
        wide, narrow = (learned[f"{number}.{name}.{part}"].astype(np.float32) for part in ("wide", "narrow"))
        return x @ (model[f"{place}weight"] + wide @ narrow).T + model[f"{place}bias"]

    places = model["embeddings.position_embeddings.weight"] + model["embeddings.token_type_embeddings.weight"][0]
    x = normed(model[transformer.WORDS][ids] + places[: len(ids)], "embeddings.", model)
    for number in range(LAYERS):
        place = f"encoder.layer.{number}."
        query, key, value = (
            dense(x, number, name).reshape(len(ids), HEADS, -1).transpose(1, 0, 2) for name in ("query", "key", "value")
        )
        seen = softmax(query @ key.transpose(0, 2, 1) / np.sqrt(WIDTH / HEADS)) @ value
        x = normed(
            x + dense(seen.transpose(1, 0, 2).reshape(x.shape), number, "mix"), f"{place}attention.output.", model
        )
        up = dense(x, number, "up")
        thought = 0.5 * up * (1 + np.tanh(0.7978845608 * (up + 0.044715 * up**3)))
        x = normed(x + dense(thought, number, "down"), f"{place}output.", model)
    return np.asarray(x, np.float32)


@pytest.mark.parametrize("use", weights.USES)
def test_whole_numbers_say_what_floating_point_says(use: str) -> None:
    found = weights.encoder(use)
    assert found is not None
    for text in TEXTS:
        exactly = read_exactly(text, use)
        offsets, told = found.pieces_of(text)
        assert told.shape == exactly.shape == (len(offsets), WIDTH)
        one, other = exactly.mean(axis=0), found.of(text)
        assert float(one @ other) / np.linalg.norm(one) / np.linalg.norm(other) > 0.97, text


def test_a_text_has_one_vector_alone_among_others_and_in_many_threads() -> None:
    assert encoder is not None
    alone = {text: encoder._of(text) for text in TEXTS}
    for text, vector in zip(TEXTS, encoder.all(TEXTS), strict=True):
        assert np.array_equal(alone[text], vector)
    with ThreadPoolExecutor(8) as pool:
        for text, vector in zip(TEXTS * 8, pool.map(encoder._of, TEXTS * 8), strict=True):
            assert np.array_equal(alone[text], vector)


def test_what_runs_the_graph_keeps_weights_of_its_own() -> None:
    """So they are not held twice; and nothing reads memory that was given away."""
    published = weights.published()
    assert published is not None
    given = {name: np.array(array) for name, array in transformer._whole(published[0], None).items()}
    session = transformer._session(given)
    pieces = np.ones((1, 5, WIDTH), np.float32)
    before = session.run(None, {"pieces": pieces})[0]
    for array in given.values():
        array[...] = 0
    assert np.array_equal(session.run(None, {"pieces": pieces})[0], before)


def test_nothing_to_read_has_no_vectors_and_no_shape_of_its_own() -> None:
    assert encoder is not None
    assert encoder.all([]).shape == (0, WIDTH)


def test_without_the_graph_or_what_runs_it_all_goes_on_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert weights.read_encoders() == {}
    assert weights.untaught.__wrapped__() is None
    monkeypatch.undo()
    monkeypatch.setattr(transformer, "GRAPH", tmp_path / "transformer.onnx")
    assert weights.read_encoders() == {}
