"""The model card of a bundle: data, limits of the licence, results by class and driver, known failures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from engines.activities import Activity
from train.models.model_kind import ModelKind
from train.reporting.markdown_templates import markdown_templates
from train.reporting.metrics import Metrics
from train.reporting.run_record import RunRecord

_COMMONEST = 8
_OUR_WEIGHTS = ("none", "imagenet")
_SIMULATED_DRIVER = re.compile(r"s\d+")


def write_model_card(path: Path, name: str, record: RunRecord, metrics: Metrics) -> None:
    """Write `MODEL_CARD.md` for a run."""
    environment = markdown_templates()
    confusions = sorted(
        (
            (count, metrics.per_class[row].count, record.classes[row], record.classes[column])
            for row, counts in enumerate(metrics.confusion)
            for column, count in enumerate(counts)
            if row != column and count
        ),
        reverse=True,
    )[:_COMMONEST]
    titles = {activity.code: activity.title for activity in Activity}
    text = environment.get_template("model_card.md.jinja").render(
        name=name,
        record=record,
        metrics=metrics,
        confusions=confusions,
        titles=titles,
        shared=bool(set(record.train_drivers) & set(record.validation_drivers)),
        about=_ABOUT.get(record.settings.network.model, "AG-Net (Bera et al., IEEE TIP 2021)"),
        drivers=_drivers,
        simulated_alone=trained_on_simulated_alone(record),
        validated_on_real=any(not _SIMULATED_DRIVER.fullmatch(driver) for driver in record.validation_drivers),
        # Names alone: a path says where somebody's files lie.
        weights=_name(record.settings.weights),
        other_weights=[
            _name(weights)
            for weights in (record.settings.weights, record.settings.start_from)
            if weights is not None and weights not in _OUR_WEIGHTS
        ],
    )
    path.write_text(text, encoding="utf-8")


_ABOUT = {
    ModelKind.BASELINE: "A bare backbone",
    ModelKind.PLACES: "A backbone with a head that keeps places (`train.models.place_net`)",
    ModelKind.ZOOM: "A network that looks a second time at head and hands (`train.models.zoom_net`)",
}


def trained_on_simulated_alone(record: RunRecord) -> bool:
    """Whether nobody's image was trained on: all drivers are simulated ones, and no image had another's soft label."""
    drivers = record.train_drivers
    return (
        record.settings.dataset in ("statefarm", "default")
        and bool(drivers)
        and all(_SIMULATED_DRIVER.fullmatch(driver) for driver in drivers)
        and "soft labels" not in record.settings.split
    )


def _drivers(names: Sequence[str]) -> str:
    """Real drivers by name, simulated ones by the first and last of each unbroken row."""
    real = [name for name in names if not _SIMULATED_DRIVER.fullmatch(name)]
    rows: list[list[int]] = []
    for number in sorted(int(name[1:]) for name in names if _SIMULATED_DRIVER.fullmatch(name)):
        if rows and number == rows[-1][-1] + 1:
            rows[-1].append(number)
        else:
            rows.append([number])
    simulated = [f"s{row[0]:04d}" + (f" to s{row[-1]:04d}" if len(row) > 1 else "") for row in rows]
    return ", ".join([*real, *simulated])


def _name(weights: str) -> str:
    return weights if weights in _OUR_WEIGHTS else Path(weights).name
