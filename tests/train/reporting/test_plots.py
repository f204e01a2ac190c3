"""A run's plots: what is drawn of its logs, and plots that cannot be written."""

from __future__ import annotations

from pathlib import Path

import pytest
from matplotlib.figure import Figure
from torch.utils.tensorboard import SummaryWriter

from engines.errors import UserError
from train.reporting import plots


def write_logs(folder: Path, steps: range, value: float) -> None:
    with SummaryWriter(str(folder)) as writer:
        for step in steps:
            for name in ("validation/top1", "validation/loss"):
                writer.add_scalar(name, value, step)


def test_an_epoch_that_was_done_again_is_one_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The second file is of the run that was resumed.
    write_logs(tmp_path / "first", range(3), 0.25)
    write_logs(tmp_path / "second", range(2, 5), 0.75)
    for number, folder in enumerate(("first", "second")):
        (file,) = (tmp_path / folder).iterdir()
        file.rename(tmp_path / f"events.out.tfevents.{number}")
    drawn = list[Figure]()

    monkeypatch.setattr(plots, "save_figure", lambda figure, _path: drawn.append(figure))
    plots.plot_curves(tmp_path, tmp_path / "curves.png")
    (line,) = drawn[0].axes[1].lines
    assert list(line.get_xdata()) == [1, 2, 3, 4, 5]
    assert list(line.get_ydata()) == [0.25, 0.25, 0.75, 0.75, 0.75]


def test_a_plot_that_cannot_be_written_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "plot.png").mkdir()
    with pytest.raises(UserError, match=r"cannot write .*plot\.png"):
        plots.plot_confusion([[3, 1], [0, 4]], ["a", "b"], "confusion", tmp_path / "plot.png")
    plots.plot_confusion([[3, 1], [0, 4]], ["a", "b"], "confusion", tmp_path / "other.png")
    assert (tmp_path / "other.png").read_bytes().startswith(b"\x89PNG")
