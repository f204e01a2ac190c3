"""A bundle's manifest: what the bundle holds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from engines.driver_parts import DriverPart
from engines.errors import UserError, reason
from engines.files.output import write_atomic
from engines.files.settings_faults import first_fault
from engines.notice import NoticeText
from engines.regions import region_count

FORMAT_VERSION = 2
"""What is written; 1, which has none of `_SINCE_FORMAT_2`, is read, too."""

_SINCE_FORMAT_2 = ("fp32", "uses_regions", "region_names")

MANIFEST = "manifest.json"
REFERENCE = "reference.npz"
MODEL_CARD = "MODEL_CARD.md"
DEFAULT_BUNDLE = Path(__file__).parent / "default"

Precision = Literal["fp32", "fp16", "int8"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)

COLDEST, HOTTEST = 0.1, 10.0
"""Temperatures that a network may be given: hotter, and it would be sure of nothing any more."""

LARGEST_FILE = 2 << 30  # what an ONNX file can hold
_LARGEST_MANIFEST = 1 << 20

_Line = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
"""Text that a terminal shows as it is: a bundle may come from anywhere, and control characters can do anything."""


class Manifest(BaseModel):
    """What a bundle holds; `manifest.json` is this object."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    format_version: int = Field(description="layout of the bundle; this software reads versions 1 and 2")
    name: _Line
    classes: tuple[_Line, ...] = Field(description="names in the order of the network's output")
    view_size: int = Field(gt=0, le=4096, description="S, the side of the model view in pixels")
    kappa: int = Field(gt=0, le=64, description="κ, the number of primary regions")
    backbone: _Line
    model: _Line = Field(description="full, no-attention, baseline, places or zoom")
    opset: int = Field(description="ONNX operator set of the model files")
    temperature: float = Field(
        1.0,
        ge=COLDEST,
        le=HOTTEST,
        description="what the logits are divided by to calibrate confidence",
    )
    thresholds: dict[_Line, float] = Field(default_factory=dict, description="alert thresholds fitted to this network")
    data: _Line = Field(description="what it was trained on")
    metrics: dict[_Line, float] = Field(
        default_factory=dict, description="results on the validation drivers, at temperature 1"
    )
    fp32: Literal["model.fp32.onnx", "model.fp16.onnx"] = Field(
        "model.fp32.onnx",
        description="file of the fp32 network: its own, or that of fp16, which is widened; from version 2 on",
    )
    uses_regions: bool = Field(
        description="whether the network looks at regions that it is given; from version 2 on, before that every model "
        "but the baseline does",
    )
    region_names: tuple[DriverPart, ...] = Field(
        (),
        description="what the regions hold that the network finds by itself, in the order of its outputs; from "
        "version 2 on",
    )
    files: dict[str, str] = Field(description="SHA-256 of every other file of the bundle, by name")

    @property
    def region_count(self) -> int:
        """R, without the whole image."""
        return region_count(self.kappa)

    def model_file(self, precision: Precision) -> str:
        """The name of the file that a precision's network is in, whether the bundle has it or not."""
        return self.fp32 if precision == "fp32" else model_file(precision)

    @model_validator(mode="before")
    @classmethod
    def _complete_format_1(cls, content: Any) -> Any:
        if not isinstance(content, dict) or content.get("format_version") != 1:
            return content
        newer = [name for name in _SINCE_FORMAT_2 if name in content]
        if newer:
            raise ValueError(f"{newer[0]} belongs to bundle format 2")
        return {**content, "uses_regions": content.get("model") != "baseline"}

    @field_validator("region_names")
    @classmethod
    def _can_be_mirrored(cls, names: tuple[DriverPart, ...]) -> tuple[DriverPart, ...]:
        if len(set(names)) < len(names):
            raise ValueError("it names a part twice")
        if any(name.mirrored not in names for name in names):
            raise ValueError("it names one hand only: in a mirrored view that is the other one")
        return names

    @model_validator(mode="after")
    def _has_one_kind_of_regions(self) -> Manifest:
        if self.uses_regions and self.region_names:
            raise ValueError("a network looks at regions that it is given, or finds its own")
        return self


class _Format(BaseModel):
    """What every format's manifest has."""

    format_version: int


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """Write a bundle's manifest, the last step of making one."""
    write_atomic(folder / MANIFEST, manifest.model_dump_json(indent=1) + "\n")


def read_manifest(path: Path | None = None) -> Manifest:
    """The manifest of a bundle, or of the default one; its files are not looked at. Raises `UserError`."""
    path = DEFAULT_BUNDLE if path is None else path
    file = path / MANIFEST
    try:
        if file.exists():
            require_own_file(path, MANIFEST)  # a pipe would wait for ever
        with file.open("rb") as stream:
            content = stream.read(_LARGEST_MANIFEST + 1)
        text = content.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            NoticeText(
                "{path} is not an engine bundle ({file} cannot be read): pass the folder that python -m train.export"
                " wrote",
                path=path,
                file=MANIFEST,
            )
        ) from error
    if len(content) > _LARGEST_MANIFEST:
        raise UserError(
            NoticeText(
                "{file} is larger than any manifest ({mebibytes} MiB): fetch the bundle again",
                file=file,
                mebibytes=_LARGEST_MANIFEST >> 20,
            )
        )
    try:
        version = _Format.model_validate_json(text).format_version
        if not 1 <= version <= FORMAT_VERSION:  # before the fields, which another format may have more of
            raise UserError(
                NoticeText(
                    "{path} has bundle format {version}, this software reads 1 to {newest}:"
                    " export it with the same version as you run",
                    path=path,
                    version=version,
                    newest=FORMAT_VERSION,
                )
            )
        manifest = Manifest.model_validate_json(text)
    except ValidationError as error:
        raise UserError(
            NoticeText("{file}: {fault}; export the bundle again", file=file, fault=first_fault(error, Manifest))
        ) from error
    missing = {REFERENCE, MODEL_CARD} - set(manifest.files)
    if missing or not any(manifest.model_file(precision) in manifest.files for precision in PRECISIONS):
        raise UserError(NoticeText("{file} does not list every file of a bundle: export it again", file=file))
    unsafe = [name for name in manifest.files if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", name)]
    if unsafe:
        raise UserError(
            NoticeText(
                "{file} names files outside the bundle: {unsafe}; fetch the bundle again",
                file=file,
                unsafe=repr(unsafe[0]),
            )
        )
    return manifest


def require_own_file(folder: Path, name: str) -> None:
    """Raise `UserError` for a file that lies elsewhere (a link), is none, or is larger than any of ours."""
    file = folder / name
    try:
        if not file.resolve(strict=True).is_relative_to(folder.resolve(strict=True)):
            raise UserError(
                NoticeText(
                    "{file} is a link that leads outside the bundle: fetch the bundle again, without links", file=file
                )
            )
        if not file.is_file() or file.stat().st_size > LARGEST_FILE:
            raise UserError(
                NoticeText(
                    "{file} is no file, or larger than {gibibytes} GiB: fetch the bundle again",
                    file=file,
                    gibibytes=LARGEST_FILE >> 30,
                )
            )
    except (OSError, RuntimeError) as error:  # the latter for links in a circle
        raise UserError(
            NoticeText("cannot read {path}: {reason}; fetch the bundle again", path=file, reason=reason(error))
        ) from error


def model_file(precision: Precision) -> str:
    """The name of a precision's ONNX file in a bundle."""
    return f"model.{precision}.onnx"
