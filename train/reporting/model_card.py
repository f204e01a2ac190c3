"""The model card of a bundle: data, limits of the licence, results by class and driver, known failures."""

from __future__ import annotations

from pathlib import Path

from engines.activities import Activity
from train.reporting.markdown_templates import markdown_templates
from train.reporting.metrics import Metrics
from train.reporting.run_record import RunRecord

_COMMONEST = 8


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
    )
    path.write_text(text, encoding="utf-8")
