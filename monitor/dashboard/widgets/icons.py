"""The program's icons: files with strokes on a 24×24 grid, drawn in any colour."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from monitor.viewmodel.banner import BannerStyle

ICONS = Path(__file__).parent / "icons"
"""The folder of the icons, each a file ``NAME.svg``."""

ACTIVITY_ICONS = ("road", "phone", "call", "phone", "call", "radio", "cup", "reach", "mirror", "talk")
"""Icon names in the order of `Activity`."""

BANNER_ICONS = {
    BannerStyle.IDLE: "camera",
    BannerStyle.CALM: "shield",
    BannerStyle.WATCHING: "eye",
    BannerStyle.FAULT: "fault",
    BannerStyle.CAUTION: "caution",
    BannerStyle.WARNING: "warning",
    BannerStyle.CRITICAL: "critical",
}
"""A shape for each state: a circle, a triangle and an octagon for the three tiers."""


@lru_cache(maxsize=256)
def _renderer(name: str, colour: str) -> QSvgRenderer:
    # Qt's renderer takes a colour from the file only.
    svg = (ICONS / f"{name}.svg").read_text(encoding="utf-8").replace("currentColor", colour)
    return QSvgRenderer(QByteArray(svg.encode()))


def paint_icon(painter: QPainter, name: str, rect: QRectF, colour: str) -> None:
    """Draw an icon into a rectangle."""
    _renderer(name, colour).render(painter, rect)


def icon_pixmap(name: str, size: int, colour: str, ratio: float = 1.0) -> QPixmap:
    """An icon as a pixmap; `ratio` is the screen's device pixel ratio."""
    pixmap = QPixmap(round(size * ratio), round(size * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    paint_icon(painter, name, QRectF(0, 0, size, size), colour)
    painter.end()
    return pixmap


@lru_cache(maxsize=256)
def icon(name: str, colour: str, pixels: int) -> QIcon:
    """An icon for a button that shows it in a size: Qt makes pixmaps smaller, but never larger."""
    made = QIcon()
    for ratio in (1.0, 2.0):
        made.addPixmap(icon_pixmap(name, pixels, colour, ratio))
    return made
