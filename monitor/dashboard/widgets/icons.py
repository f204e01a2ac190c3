"""The program's icons: strokes on a 24×24 grid, drawn in any colour."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

_SHAPES = {
    "shield": '<path d="M12 3 5 6v5.5c0 4.3 2.9 7.7 7 9.5 4.1-1.8 7-5.2 7-9.5V6z"/><path d="m8.8 12 2.3 2.3 4.2-4.4"/>',
    "eye": '<path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z"/>'
    '<circle cx="12" cy="12" r="3"/>',
    "caution": '<circle cx="12" cy="12" r="9"/><path d="M12 7.3v5.9M12 16.5v.2"/>',
    "warning": '<path d="M12 3.6 2.8 19.6h18.4z"/><path d="M12 9.8v4.4M12 16.9v.2"/>',
    "critical": '<path d="M8.3 3h7.4L21 8.3v7.4L15.7 21H8.3L3 15.7V8.3z"/><path d="M12 7.4v5.8M12 16.5v.2"/>',
    "fault": '<path d="M3 3l18 18"/>'
    '<path d="M9 5h6l1.5 2.5H20A1.5 1.5 0 0 1 21.5 9v8.5M18 19.5H4A1.5 1.5 0 0 1 2.5 18V9'
    'A1.5 1.5 0 0 1 4 7.5h2"/><path d="M9.4 10.8a3.6 3.6 0 0 0 5 5"/>',
    "camera": '<path d="M4 7.5h3.5L9 5h6l1.5 2.5H20A1.5 1.5 0 0 1 21.5 9v9a1.5 1.5 0 0 1-1.5 1.5H4'
    "A1.5 1.5 0 0 1 2.5 18V9"
    'A1.5 1.5 0 0 1 4 7.5z"/><circle cx="12" cy="13" r="3.6"/>',
    "play": '<path d="M7.5 4.5v15l12-7.5z" fill="COLOUR"/>',
    "pause": '<path d="M8 5v14M16 5v14" stroke-width="3.2"/>',
    "restart": '<path d="M4.5 12a7.5 7.5 0 1 0 2.4-5.5"/><path d="M4 4v4.3h4.3"/>',
    "sound": '<path d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5z"/>'
    '<path d="M15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a7.8 7.8 0 0 1 0 11"/>',
    "muted": '<path d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5z"/><path d="m16 9.5 5 5M21 9.5l-5 5"/>',
    "regions": '<path d="M3.5 8V3.5H8M16 3.5h4.5V8M20.5 16v4.5H16M8 20.5H3.5V16"/><path d="M8 8h8v8H8z"/>',
    "export": '<path d="M12 3.5V15M7.5 11l4.5 4.5L16.5 11M4 20.5h16"/>',
    "close": '<path d="m6 6 12 12M18 6 6 18"/>',
    "video": '<path d="M3 5.5h18v13H3z"/><path d="M10 9v6l5-3z"/>',
    "folder": '<path d="M3 19V5h6l2 2.5h10V19z"/>',
    "stream": '<circle cx="12" cy="12" r="2"/>'
    '<path d="M8 8a5.6 5.6 0 0 0 0 8M16 8a5.6 5.6 0 0 1 0 8M5 5a9.9 9.9 0 0 0 0 14'
    'M19 5a9.9 9.9 0 0 1 0 14"/>',
    "road": '<path d="M8.5 4 3.5 20M15.5 4l5 16M12 4.5v2.7M12 10.5v3M12 17v3"/>',
    "phone": '<path d="M7.5 2.8h9v18.4h-9z"/><path d="M10.8 18.2h2.4"/>',
    "call": '<path d="M5 4h4l1.8 4.6-2.4 1.7a12 12 0 0 0 5.3 5.3l1.7-2.4L20 15v4a1.5 1.5 0 0 1-1.6 1.5'
    "C10.5 20 4 13.5 3.5 5.6"
    'A1.5 1.5 0 0 1 5 4z"/>',
    "radio": '<path d="M3 8.5h18V20H3zM6 8.5 17 4"/><circle cx="8.5" cy="14.2" r="2.5"/>'
    '<path d="M14.5 12.5h3.5M14.5 16h3.5"/>',
    "cup": '<path d="M5.5 8h11l-1.2 12.5H6.7zM4.5 8h13M13 8l1.5-5H17"/>',
    "reach": '<path d="M20 12H5M10.5 6.5 5 12l5.5 5.5"/><path d="M20 5v14"/>',
    "mirror": '<circle cx="12" cy="9.5" r="6.5"/><path d="M12 16v5.5M8.5 21.5h7M9 9.5 12 6.5"/>',
    "talk": '<path d="M4 4.5h16v11.5h-8.5L7 20v-4H4z"/><path d="M8 8.8h8M8 12h5"/>',
    "question": '<circle cx="12" cy="12" r="9"/>'
    '<path d="M9.5 9.5a2.5 2.5 0 1 1 3.6 2.3c-.8.4-1.1 1-1.1 1.9M12 16.7v.2"/>',
    "layers": '<path d="m12 3 9 5-9 5-9-5z"/><path d="m3 12.5 9 5 9-5M3 17l9 5 9-5"/>',
    "back": '<path d="M14.5 5.5 8 12l6.5 6.5"/>',
    "forward": '<path d="M9.5 5.5 16 12l-6.5 6.5"/>',
    "next": '<path d="m5 5 9 7-9 7z" fill="COLOUR"/><path d="M18 5v14"/>',
    "previous": '<path d="m19 5-9 7 9 7z" fill="COLOUR"/><path d="M6 5v14"/>',
    "label": '<path d="M3 5.5h10.5L21 12l-7.5 6.5H3z"/><circle cx="8" cy="12" r="1.4"/>',
    "undo": '<path d="M8 5 3.5 9.5 8 14"/><path d="M4 9.5h9a5.5 5.5 0 0 1 0 11H9"/>',
    "flag": '<path d="M5.5 21V4h12l-2.6 4.2 2.6 4.3h-12"/>',
    "check": '<path d="m4.5 12.5 5 5 10-11"/>',
    "report": '<path d="M5 3h10l4 4v14H5z"/><path d="M9 12.5v4.5M12 10v7M15 14v3"/>',
    "tune": '<path d="M4 7h9M17 7h3M4 17h3M11 17h9"/><circle cx="15" cy="7" r="2"/><circle cx="9" cy="17" r="2"/>',
    "chip": '<path d="M7 7h10v10H7zM10 3.5V7M14 3.5V7M10 17v3.5M14 17v3.5M3.5 10H7M3.5 14H7M17 10h3.5M17 14h3.5"/>',
    "steering": '<circle cx="12" cy="12" r="9"/><circle cx="12" cy="12" r="2.4"/>'
    '<path d="M12 14.4V21M9.7 11.3 3.3 10M14.3 11.3l6.4-1.3"/>',
}

ACTIVITY_ICONS = ("road", "phone", "call", "phone", "call", "radio", "cup", "reach", "mirror", "talk")
"""Icon names in the order of `Activity`."""


@lru_cache(maxsize=256)
def _renderer(name: str, colour: str) -> QSvgRenderer:
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="{colour}" stroke-width="1.9"'
        f' stroke-linecap="round" stroke-linejoin="round">{_SHAPES[name].replace("COLOUR", colour)}</svg>'
    )
    return QSvgRenderer(QByteArray(svg.encode()))


def paint_icon(painter: QPainter, name: str, rect: QRectF, colour: str) -> None:
    """Draw an icon into a rectangle."""
    _renderer(name, colour).render(painter, rect)


def icon_pixmap(name: str, size: int, colour: str, ratio: float = 1.0) -> QPixmap:
    """An icon as a picture; `ratio` is the screen's device pixel ratio."""
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
