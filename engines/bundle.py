"""Engine bundles: a directory with a network, what is known of it, and the means to check it.

`model.fp32.onnx` (and other precisions, where made), `manifest.json`, `reference.npz`, `MODEL_CARD.md`. Read-only
after export: a bundle whose files do not match the manifest's hashes is refused.
"""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engines.activities import ACTIVITY_CODES
from engines.errors import UserError
from engines.output_files import write_whole
from engines.regions import region_count

FORMAT_VERSION = 1
MANIFEST = "manifest.json"
REFERENCE = "reference.npz"
MODEL_CARD = "MODEL_CARD.md"
DEFAULT_BUNDLE = Path(__file__).parent / "bundles" / "default"

Precision = Literal["fp32", "fp16", "int8"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)


class Manifest(BaseModel):
    """What a bundle says of itself; `manifest.json` is this object."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: int = Field(description="layout of the bundle; this software reads version 1")
    name: str
    classes: tuple[str, ...] = Field(description="names in the order of the network's output")
    view_size: int = Field(gt=0, description="S, the side of the model view in pixels")
    kappa: int = Field(gt=0, description="κ, the number of primary regions")
    backbone: str
    model: str = Field(description="full, no-attention or baseline")
    opset: int = Field(description="ONNX operator set of the model files")
    temperature: float = Field(1.0, gt=0, description="what the logits are divided by to make confidence honest")
    thresholds: dict[str, float] = Field(default_factory=dict, description="alert thresholds fitted to this network")
    data: str = Field(description="what it was trained on")
    metrics: dict[str, float] = Field(
        default_factory=dict, description="results on the validation drivers, at temperature 1"
    )
    files: dict[str, str] = Field(description="SHA-256 of every other file of the bundle, by name")

    @property
    def region_count(self) -> int:
        """R, without the whole image."""
        return region_count(self.kappa)


@dataclass(frozen=True, eq=False)
class Reference:
    """What the training framework computed for a few views, so that an engine can be checked without it.

    Attributes:
        images: (N, S, S, 3) uint8 RGB views.
        regions: (N, R, 4) float32.
        probabilities: (N, K) float32.
        region_weights: (N, R + 1) float32.
    """

    images: NDArray[np.uint8]
    regions: NDArray[np.float32]
    probabilities: NDArray[np.float32]
    region_weights: NDArray[np.float32]


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
        manifest = _read_manifest(path)
        for name, expected in manifest.files.items():
            if hash_file(path / name) != expected:
                raise UserError(
                    f"{path / name} does not match the bundle's manifest: it was changed or damaged; "
                    "export the bundle anew (python -m train.export) or fetch it again"
                )
        return cls(path, manifest)

    @property
    def precisions(self) -> tuple[Precision, ...]:
        """The precisions this bundle has a model of."""
        return tuple(precision for precision in PRECISIONS if model_file(precision) in self.manifest.files)

    def model_path(self, precision: Precision = "fp32") -> Path:
        """The ONNX file of a precision. Raises `UserError` when the bundle has none."""
        if precision not in self.precisions:
            raise UserError(
                f"bundle {self.path} has no {precision} model: it has {', '.join(self.precisions)}; "
                "choose one of these with --precision"
            )
        return self.path / model_file(precision)

    def reference(self) -> Reference:
        """The bundle's reference views and outputs. Raises `UserError` when they cannot be read."""
        file = self.path / REFERENCE
        try:
            with np.load(file, allow_pickle=False) as arrays:
                return Reference(arrays["images"], arrays["regions"], arrays["probabilities"], arrays["region_weights"])
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise UserError(f"cannot read {file} ({error}): export the bundle anew") from error


def model_file(precision: Precision) -> str:
    """The name of a precision's ONNX file in a bundle."""
    return f"model.{precision}.onnx"


def require_driver_classes(bundle: Bundle) -> None:
    """Raise `UserError` unless the bundle names the ten driver activities, in our order."""
    if bundle.manifest.classes != ACTIVITY_CODES:
        raise UserError(
            f"bundle {bundle.path} names {len(bundle.manifest.classes)} classes that are not c0 to c9: "
            "the monitor needs one trained on driver activities"
        )


def hash_file(path: Path) -> str:
    """SHA-256 of a file, hexadecimal. Raises `UserError` when it cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}; fetch the bundle again") from error
    return digest.hexdigest()


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """Write a bundle's manifest, the last step of making one."""
    write_whole(folder / MANIFEST, manifest.model_dump_json(indent=1) + "\n")


def _read_manifest(path: Path) -> Manifest:
    file = path / MANIFEST
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"{path} is not an engine bundle ({MANIFEST} cannot be read): pass the folder that "
            "python -m train.export wrote"
        ) from error
    try:
        manifest = Manifest.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "content"
        raise UserError(f"{file}: {where}: {first['msg']}; export the bundle anew") from error
    if manifest.format_version != FORMAT_VERSION:
        raise UserError(
            f"{path} has bundle format {manifest.format_version}, this software reads {FORMAT_VERSION}: "
            "export it with the same version as you run"
        )
    missing = {REFERENCE, MODEL_CARD} - set(manifest.files)
    if missing or not any(model_file(precision) in manifest.files for precision in PRECISIONS):
        raise UserError(f"{file} does not list every file of a bundle: export it anew")
    unsafe = [name for name in manifest.files if Path(name).name != name]
    if unsafe:
        raise UserError(f"{file} names files outside the bundle: {unsafe[0]}")
    return manifest
