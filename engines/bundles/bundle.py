"""Engine bundles: a directory with a network, what is known of it, and the means to check it.

`model.fp32.onnx` (and other precisions, where made; `model.fp16.onnx` may stand for both), `manifest.json`,
`reference.npz`, `MODEL_CARD.md`. Read-only after export: a bundle whose files do not match the manifest's hashes is
refused. A bundle is data, and may come from anywhere: sizes are bounded, nothing is unpickled, and no name in it leads
out of its folder.
"""

from __future__ import annotations

import hashlib
import math
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.activities import ACTIVITY_CODES
from engines.bundles.manifest import (
    DEFAULT_BUNDLE,
    PRECISIONS,
    REFERENCE,
    Manifest,
    Precision,
    model_file,
    read_manifest,
    require_own_file,
    write_manifest,
)
from engines.bundles.signature import NetworkOutputs, Signature
from engines.bundles.widening import widened
from engines.errors import UserError, reason
from engines.notice import NoticeText

CPU_INT8 = "model.int8-cpu.onnx"
"""INT8 with unsigned activations, for ONNX Runtime's CPU kernels; TensorRT takes the signed `model.int8.onnx`."""

_LARGEST_REFERENCE = 256 << 20  # unpacked
# How an ONNX file names another file with its weights: the key "location", with tag and length in any spelling.
_EXTERNAL_DATA = re.compile(rb"(?:\x0a|\x8a\x80*\x00)(?:\x08|\x88\x80*\x00)location")
# The operator that brings an execution provider's compiled engine along, or names a file with one.
_COMPILED_CODE = b"EPContext"


@dataclass(frozen=True, eq=False)
class Reference:
    """What the network gives for a few views, so that an engine can be checked without the training framework.

    As that computed it, or, where weights are stored in fp16, as fp32 arithmetic does with the stored ones.

    Attributes:
        images: (N, S, S, 3) uint8 RGB views.
        regions: (N, R, 4) float32; zeros where the network looks at none and they are not stored.
        probabilities, region_weights, found_regions: as of `engines.bundles.signature.NetworkOutputs`.
    """

    images: NDArray[np.uint8]
    regions: NDArray[np.float32]
    probabilities: NDArray[np.float32]
    region_weights: NDArray[np.float32]
    found_regions: NDArray[np.float32]


@dataclass(frozen=True)
class Bundle:
    """A bundle that exists and matches its manifest."""

    path: Path
    manifest: Manifest

    @classmethod
    def open(cls, path: Path | None = None) -> Bundle:
        """Open and check a bundle; the default one when no path is given.

        Raises:
            UserError: when it is missing, malformed, of another format version, or does not match its hashes.
        """
        path = DEFAULT_BUNDLE if path is None else path
        manifest = read_manifest(path)
        for name, expected in manifest.files.items():
            require_own_file(path, name)
            if hash_file(path / name) != expected:
                raise UserError(
                    NoticeText(
                        "{path} does not match the bundle's manifest: it was changed or damaged; export the bundle"
                        " again (python -m train.export) or fetch it",
                        path=path / name,
                    )
                )
        return cls(path, manifest)

    @property
    def precisions(self) -> tuple[Precision, ...]:
        """The precisions this bundle has a model of."""
        return tuple(
            precision for precision in PRECISIONS if self.manifest.model_file(precision) in self.manifest.files
        )

    @property
    def has_cpu_int8(self) -> bool:
        """Whether there is an INT8 model that a CPU is fast with."""
        return CPU_INT8 in self.manifest.files

    def model_name(self, precision: Precision = "fp32", *, cpu: bool = False) -> str:
        """The name of the ONNX file that a precision's network is in; on a CPU, INT8 has its own where it was made.

        Raises:
            UserError: when the bundle has none.
        """
        if precision not in self.precisions:
            raise UserError(
                NoticeText(
                    "bundle {path} has no {precision} model: it has {others}; choose one of these with --precision, or"
                    " make it with python -m calibration.quantize",
                    path=self.path,
                    precision=precision,
                    others=", ".join(self.precisions),
                )
            )
        return CPU_INT8 if cpu and precision == "int8" and self.has_cpu_int8 else self.manifest.model_file(precision)

    def model_path(self, precision: Precision = "fp32", *, cpu: bool = False) -> Path:
        """The file that a precision's network is in, see `model_bytes`. Raises `UserError` when the bundle has none."""
        return self.path / self.model_name(precision, cpu=cpu)

    def model_bytes(self, precision: Precision = "fp32", *, cpu: bool = False) -> bytes:
        """A precision's network as ONNX, its file hashed once more: what was checked is what is run.

        It is the file's content, or, for an fp32 network that is stored as fp16, made from it.

        Raises:
            UserError: when there is none, it changed since the bundle was opened, it cannot be read, it wants weights
                from other files, or it brings compiled code.
        """
        name = self.model_name(precision, cpu=cpu)
        try:
            content = (self.path / name).read_bytes()
        except OSError as error:
            raise UserError(
                NoticeText(
                    "cannot read {path}: {reason}; fetch the bundle again", path=self.path / name, reason=reason(error)
                )
            ) from error
        if hashlib.sha256(content).hexdigest() != self.manifest.files[name]:
            raise UserError(
                NoticeText("{path} changed while it was in use: fetch the bundle again", path=self.path / name)
            )
        if precision == "fp32" and name == model_file("fp16"):
            try:
                content = widened(content)
            except ValueError as error:
                raise UserError(
                    NoticeText(
                        "{path} is no ONNX file ({error}): export the bundle again",
                        path=self.path / name,
                        error=str(error),
                    )
                ) from error
        if _EXTERNAL_DATA.search(content):
            raise UserError(
                NoticeText("{path} keeps weights in other files: export it as one file", path=self.path / name)
            )
        if _COMPILED_CODE in content:
            raise UserError(
                NoticeText(
                    "{path} holds an engine compiled elsewhere, which can hold code: export it again",
                    path=self.path / name,
                )
            )
        return content

    def reference(self) -> Reference:
        """The bundle's reference views and outputs.

        Raises:
            UserError: when they cannot be read, are too large, or do not have the manifest's shapes.
        """
        file = self.path / REFERENCE
        try:
            with zipfile.ZipFile(file) as archive:
                if sum(entry.file_size for entry in archive.infolist()) > _LARGEST_REFERENCE:
                    raise ValueError(f"it unpacks to more than {_LARGEST_REFERENCE >> 20} MiB")
                for entry in archive.infolist():
                    _require_valid_header(archive, entry)
            with np.load(file, allow_pickle=False) as arrays:
                return _reference(arrays, self.manifest)
        except _ARCHIVE_ERRORS as error:
            raise UserError(
                NoticeText("cannot read {file} ({error}): export the bundle again", file=file, error=str(error))
            ) from error


_ARCHIVE_ERRORS = (
    *(OSError, ValueError, KeyError, EOFError, SyntaxError, MemoryError, OverflowError, TypeError),
    # An archive may ask for encryption, for a method that is not built in, or be cut in the middle of one.
    *(RuntimeError, zipfile.BadZipFile, zlib.error),
)


def _require_valid_header(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Raise `ValueError` for an array whose header promises more than its file holds: numpy would allocate it."""
    with archive.open(entry) as stream:
        version = np.lib.format.read_magic(stream)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read(stream)
    if dtype.hasobject or math.prod(shape) * dtype.itemsize > entry.file_size or min(shape, default=0) < 0:
        raise ValueError(f"{entry.filename} is no plain array")


def _reference(arrays: Mapping[str, NDArray[Any]], manifest: Manifest) -> Reference:
    """Of a file's arrays. Raises `KeyError` or `ValueError` where they are not those of the manifest's network."""
    signature = Signature.of(manifest)
    expected = signature.required | {name: item for name, item in signature.unread.items() if name in arrays}
    read = {name: arrays["images" if name == "image" else name] for name in expected}
    count = len(read["image"])
    for name, (dtype, shape) in expected.items():
        array = read[name]
        if array.shape != (count, *shape) or array.dtype != dtype or count == 0:
            raise ValueError(f"{name} is {array.dtype} {array.shape}, not {dtype} {(count, *shape)}")
    regions = read.get("regions")
    if regions is None:
        regions = np.zeros((count, manifest.region_count, 4), dtype=np.float32)
    return Reference(read["image"], regions, *NetworkOutputs.of(read))


def require_driver_classes(bundle: Bundle) -> None:
    """Raise `UserError` unless the bundle names the ten driver activities, in our order."""
    if bundle.manifest.classes != ACTIVITY_CODES:
        raise UserError(
            NoticeText(
                "bundle {path} names {count} classes that are not c0 to c9:"
                " the monitor needs one trained on driver activities",
                path=bundle.path,
                count=len(bundle.manifest.classes),
            )
        )


def seal_bundle(manifest: Manifest, folder: Path) -> Manifest:
    """Write a bundle's manifest with the hashes of all files in its folder, the last step of making one; as written.

    Raises:
        UserError: when a file cannot be read, or the manifest cannot be written.
    """
    files = {path.name: hash_file(path) for path in sorted(folder.iterdir())}
    sealed = manifest.model_copy(update={"files": files})
    write_manifest(sealed, folder)
    return sealed


def hash_file(path: Path) -> str:
    """SHA-256 of a file, hexadecimal. Raises `UserError` when it cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise UserError(
            NoticeText("cannot read {path}: {reason}; fetch the bundle again", path=path, reason=reason(error))
        ) from error
    return digest.hexdigest()
