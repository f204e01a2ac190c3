"""The icons' files, drawn in any colour."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from monitor.dashboard.widgets.icons import ACTIVITY_ICONS, ICONS, icon_pixmap

NAMES = sorted(path.stem for path in ICONS.glob("*.svg"))


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("chevron")])
@pytest.mark.parametrize("colour", ["#ff0000", "#0000ff"])
def test_an_icon_is_drawn_in_the_colour_asked_for_and_in_no_other(qtbot: QtBot, name: str, colour: str) -> None:
    image = icon_pixmap(name, 24, colour).toImage()
    pixels = [image.pixelColor(x, y) for x in range(24) for y in range(24)]
    opaque = {pixel.rgb() for pixel in pixels if pixel.alpha() == 255}
    assert opaque == {QColor(colour).rgb()}


def test_every_activity_has_an_icon() -> None:
    assert set(ACTIVITY_ICONS) <= set(NAMES)
