"""The fp32 network of a bundle that ships its weights in fp16 alone: the fp16 network, widened.

Every fp16 constant becomes fp32, and every cast to fp16 a cast to fp32, so that all is computed in fp32. It needs
protobuf, which ONNX Runtime brings along, and not the package `onnx`: only the fields that change are declared, and
protobuf keeps all others as they are.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError, EncodeError

_FLOAT, _FLOAT16 = 1, 10  # TensorProto.DataType

# Message → field → number and type, as in onnx.proto; a field whose type is another message is written with its name.
_Field = descriptor_pb2.FieldDescriptorProto
_MESSAGES: dict[str, dict[str, tuple[int, int | str, bool]]] = {
    "Model": {"graph": (7, "Graph", False)},
    "Graph": {
        "node": (1, "Node", True),
        "initializer": (5, "Tensor", True),
        "value_info": (13, _Field.TYPE_BYTES, True),
    },
    "Node": {"op_type": (4, _Field.TYPE_BYTES, False), "attribute": (5, "Attribute", True)},
    "Attribute": {
        "name": (1, _Field.TYPE_BYTES, False),
        "i": (3, _Field.TYPE_INT64, False),
        "t": (5, "Tensor", False),
    },
    "Tensor": {"data_type": (2, _Field.TYPE_INT32, False), "raw_data": (9, _Field.TYPE_BYTES, False)},
}


def widened(content: bytes) -> bytes:
    """An fp16 ONNX file → the same network in fp32.

    Raises:
        ValueError: for what is no ONNX file, or one too large to write.
    """
    model = _model_class()()
    try:
        model.ParseFromString(content)
        graph = model.graph
        del graph.value_info[:]  # notes of types that no longer hold; runtimes infer them
        for tensor in graph.initializer:
            _widen(tensor)
        for node in graph.node:
            for attribute in node.attribute:
                if node.op_type == b"Cast" and attribute.name == b"to" and attribute.i == _FLOAT16:
                    attribute.i = _FLOAT
                if attribute.HasField("t"):
                    _widen(attribute.t)
        wide: bytes = model.SerializeToString()
    except (DecodeError, EncodeError) as error:
        raise ValueError(str(error)) from error
    return wide


def _widen(tensor: Any) -> None:
    if tensor.data_type == _FLOAT16:
        tensor.raw_data = np.frombuffer(tensor.raw_data, "<f2").astype("<f4").tobytes()
        tensor.data_type = _FLOAT


@cache
def _model_class() -> Any:
    file = descriptor_pb2.FileDescriptorProto(name="widening.proto", package="widening", syntax="proto2")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, (number, kind, repeated) in fields.items():
            label = _Field.LABEL_REPEATED if repeated else _Field.LABEL_OPTIONAL
            if isinstance(kind, str):
                message.field.add(
                    name=field, number=number, label=label, type=_Field.TYPE_MESSAGE, type_name=f".widening.{kind}"
                )
            else:
                message.field.add(name=field, number=number, label=label, type=kind)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("widening.Model"))
