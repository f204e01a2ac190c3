"""The classes' colours differ for any kind of colour vision, and are the report's."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
from numpy.typing import NDArray

from engines.activities import Activity
from monitor.viewmodel.themes import THEMES
from tests.conftest import ROOT

VISION = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
"""What is seen of linear RGB: Machado, Oliveira and Fernandes 2009, severity 1."""

_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def lab(colours: list[str], vision: str) -> NDArray[np.float64]:
    """(N, 3) CIELAB, D65, of what is seen of ``#rrggbb``."""
    rgb = np.array([[int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)] for colour in colours])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    relative = np.clip(linear @ VISION[vision].T, 0.0, 1.0) @ _TO_XYZ.T / _TO_XYZ.sum(axis=1)
    f = np.where(relative > 0.008856, np.cbrt(relative), 7.787 * relative + 16 / 116)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("name", ["dark", "light"])
def test_no_two_classes_look_alike(name: str, vision: str) -> None:
    seen = lab([THEMES[name].activities[activity] for activity in Activity], vision)
    for one, other in itertools.combinations(Activity, 2):
        distance = float(np.linalg.norm(seen[one] - seen[other]))
        assert distance >= 15.0, (one.label, other.label, distance)


def test_what_is_simulated_is_what_is_known_of_red_and_green() -> None:
    colours = ["#d02020", "#708000"]
    usual, seen = (np.linalg.norm(np.subtract(*lab(colours, vision)[:, 1:])) for vision in ("usual", "deuteranopia"))
    assert seen < 0.4 * usual


def test_the_report_has_the_window_s_colours() -> None:
    css = (ROOT / "monitor" / "replay" / "templates" / "report.css").read_text(encoding="utf-8")
    written = dict(re.findall(r"--(c\d): (#[0-9a-f]{6});", css))
    for name in ("dark", "light"):
        assert written == {activity.code: THEMES[name].activities[activity] for activity in Activity}
