"""Writes the steps of the transformer as an ONNX graph without weights: `python -m knowledge.training.graph`.

Made once, by hand, when knowledge/encoder/transformer.py asks for other steps. It needs `onnx`, which nothing else does. The weights are
given to the graph when it is opened, so that one file of a few kilobytes serves every use.
"""

from __future__ import annotations

from collections.abc import Sequence

import onnx
from onnx import TensorProto, helper

from knowledge.encoder.transformer import DOWN, GRAPH, HEADS, LAYERS, LOUD, WIDTH

CONTRIBUTED = "com.microsoft"
"""The operators of onnxruntime's own: https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md."""
TINY = 1e-12
"""What the model adds to a variance, as it was published."""
FORMAT, OPERATORS = 9, 18
"""Versions of the file and of the operators that every onnxruntime since 1.17 reads."""


class Graph:
    """The steps so far."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: dict[str, onnx.TensorProto] = {}

    def step(
        self, kind: str, inputs: Sequence[str], outputs: Sequence[str], domain: str = "", **options: object
    ) -> str:
        """Add a step; the name of its first output."""
        self.nodes.append(helper.make_node(kind, list(inputs), list(outputs), domain=domain, **options))
        return outputs[0]

    def weight(self, name: str, shape: Sequence[int], kind: int = TensorProto.FLOAT) -> str:
        """Declare a weight that is given when the graph is opened; its name."""
        tensor = onnx.TensorProto(name=name, data_type=kind, dims=shape, data_location=TensorProto.EXTERNAL)
        tensor.external_data.add(key="location", value="given")
        self.weights[name] = tensor
        return name

    def dense(self, given: str, name: str, wide: int, narrow: int) -> str:
        """Multiply by a matrix of shape (wide, narrow), without its bias."""
        parts = [
            self.weight(name, (wide, narrow), TensorProto.INT8),
            self.weight(f"{name}.scale", (narrow,)),
            self.weight(f"{name}.zero", (narrow,), TensorProto.INT8),
        ]
        return self.step("DynamicQuantizeMatMul", [given, *parts], [f"{name}.out"], CONTRIBUTED)

    def normed(self, given: str, added: str, name: str) -> str:
        """Add a matrix's output and its bias to what came in, and norm the sum."""
        shares = [self.weight(f"{name}.{part}", (WIDTH,)) for part in ("norm", "norm_bias", "bias")]
        return self.step(
            "SkipLayerNormalization", [given, added, *shares], [f"{name}.normed"], CONTRIBUTED, epsilon=TINY
        )

    def layer(self, given: str, name: str) -> str:
        """One layer (Vaswani et al. 2017): every piece looks at every other, then each is thought over alone."""
        looked = self.dense(given, f"{name}.attend", WIDTH, 3 * WIDTH)
        looked = self.step("Add", [looked, self.weight(f"{name}.attend.bias", (3 * WIDTH,))], [f"{name}.looked"])
        parts = [f"{name}.{part}" for part in ("query", "key", "value")]
        self.step("Split", [looked], parts, axis=-1, num_outputs=3)
        seen = self.step("MultiHeadAttention", parts, [f"{name}.seen"], CONTRIBUTED, num_heads=HEADS)
        told = self.normed(given, self.dense(seen, f"{name}.mix", WIDTH, WIDTH), f"{name}.mix")
        up = self.dense(told, f"{name}.up", WIDTH, 4 * WIDTH)
        thought = self.step(
            "FastGelu", [up, self.weight(f"{name}.up.bias", (4 * WIDTH,))], [f"{name}.thought"], CONTRIBUTED
        )
        down = self.step(
            "Add",
            [
                self.dense(part, f"{name}.{matrix}", wide, WIDTH)
                for part, matrix, wide in zip(self.parted(thought, name), DOWN, (LOUD, 4 * WIDTH - LOUD), strict=True)
            ],
            [f"{name}.downed"],
        )
        return self.normed(told, down, f"{name}.down")

    def parted(self, given: str, name: str) -> list[str]:
        """The loud ones of the numbers in the middle of a layer, and the rest: each part gets a scale of its own."""
        parts = [f"{name}.{matrix}.given" for matrix in DOWN]
        sizes = self.step("Constant", [], [f"{name}.sizes"], value_ints=[LOUD, 4 * WIDTH - LOUD])
        self.step("Split", [given, sizes], parts, axis=-1)
        return parts


def graph() -> bytes:
    """The whole: from (texts, pieces, 384), what the table of pieces and their places say, to the last layer's."""
    made = Graph()
    shares = [made.weight(f"first.{part}", (WIDTH,)) for part in ("norm", "norm_bias")]
    told = made.step("LayerNormalization", ["pieces", *shares], ["first.normed"], epsilon=TINY, axis=-1)
    for number in range(LAYERS):
        told = made.layer(told, str(number))
    shape = ["texts", "size", WIDTH]
    whole = helper.make_graph(
        made.nodes,
        "minilm",
        [helper.make_tensor_value_info("pieces", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(told, TensorProto.FLOAT, shape)],
        list(made.weights.values()),
    )
    versions = [helper.make_opsetid("", OPERATORS), helper.make_opsetid(CONTRIBUTED, 1)]
    made_of: bytes = helper.make_model(whole, opset_imports=versions, ir_version=FORMAT).SerializeToString()
    return made_of


if __name__ == "__main__":
    GRAPH.write_bytes(graph())
