"""The window's theme, text size, fonts and stylesheet, as they are now."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from engines.activities import Activity
from monitor.dashboard.widgets.icons import ICONS
from monitor.viewmodel.themes import DARK, Theme

# A stylesheet takes a file only; its grey is seen on every theme.
_CHEVRON, _CHEVRON_UP = ((ICONS / name).as_posix() for name in ("chevron.svg", "chevron_up.svg"))

_FAMILIES = ["Inter", "Segoe UI", "SF Pro Text", "Noto Sans", "DejaVu Sans"]

MIN_SCALE, MAX_SCALE = 0.8, 2.0
"""Of the text and of all that goes with it."""


class _Current:
    theme: Theme = DARK
    scale: float = 1.0


def theme() -> Theme:
    """The colours."""
    return _Current.theme


def scale() -> float:
    """How much larger than usual everything is."""
    return _Current.scale


def px(length: float) -> int:
    """A length in pixels, at the present scale."""
    return round(length * _Current.scale)


def activity_colour(activity: Activity | None) -> QColor:
    """The colour of an activity; grey for none."""
    return QColor(theme().activities[activity] if activity is not None else theme().faint)


def ink_on(colour: QColor) -> str:
    """What is written on an activity's or a tier's colour: the theme's ink, or its text where that is read better."""
    now = theme()
    return max((now.ink, now.text), key=lambda written: _contrast(colour, QColor(written)))


def _contrast(one: QColor, other: QColor) -> float:
    """WCAG 2's contrast of two colours, 1..21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: QColor) -> float:
    """WCAG 2's relative luminance, 0..1."""
    parts = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (colour.redF(), colour.greenF(), colour.blueF())
    )
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


def font(pixels: float, *, bold: bool = False) -> QFont:
    """The program's font at a size in pixels, for a painter that is scaled already."""
    made = QFont()
    made.setFamilies(_FAMILIES)
    made.setPixelSize(max(1, round(pixels)))
    made.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    return made


def painter_of(widget: QWidget) -> tuple[QPainter, QRectF]:
    """A painter that draws in units of the present scale, and the widget's area in them."""
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.scale(scale(), scale())
    return painter, QRectF(0.0, 0.0, widget.width() / scale(), widget.height() / scale())


def paint_text(
    painter: QPainter,
    area: QRectF,
    text: str,
    size: float,
    colour: QColor | str,
    *,
    bold: bool = False,
    struck: bool = False,
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignVCenter,
    min_size: float | None = None,
) -> None:
    """Write a line that ends with dots where it finds no room; before that it gets as small as `min_size`."""
    written = font(size, bold=bold)
    written.setStrikeOut(struck)
    painter.setFont(written)
    while min_size is not None and size > min_size and painter.fontMetrics().horizontalAdvance(text) > area.width():
        size -= 1.0
        painter.setFont(font(size, bold=bold))
    painter.setPen(QColor(colour))
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(area.width()))
    painter.drawText(area, align, shown)


def suitable_scale(width: int, height: int) -> float:
    """The text size for a screen that its system does not enlarge by itself: as on full HD, in steps of a tenth."""
    scale = min(width / 1920, height / 1080)
    return min(MAX_SCALE, max(1.0, int(10 * scale + 1e-6) / 10))


def apply(application: QApplication, chosen: Theme = DARK, chosen_scale: float = 1.0) -> None:
    """Apply a theme and a text size to the application; windows that exist already must be rebuilt."""
    _Current.theme = chosen
    _Current.scale = min(MAX_SCALE, max(MIN_SCALE, chosen_scale))
    application.setStyle("Fusion")
    palette = QPalette()
    for role, colour in (
        (QPalette.ColorRole.Window, chosen.background),
        (QPalette.ColorRole.WindowText, chosen.text),
        (QPalette.ColorRole.Base, chosen.surface),
        (QPalette.ColorRole.AlternateBase, chosen.raised),
        (QPalette.ColorRole.Text, chosen.text),
        (QPalette.ColorRole.Button, chosen.raised),
        (QPalette.ColorRole.ButtonText, chosen.text),
        (QPalette.ColorRole.ToolTipBase, chosen.raised),
        (QPalette.ColorRole.ToolTipText, chosen.text),
        (QPalette.ColorRole.PlaceholderText, chosen.faint),
        (QPalette.ColorRole.Highlight, chosen.accent),
        (QPalette.ColorRole.HighlightedText, chosen.on_accent),
        (QPalette.ColorRole.Link, chosen.accent),
    ):
        palette.setColor(role, QColor(colour))
    application.setPalette(palette)
    application.setFont(font(px(13)))
    application.setStyleSheet(stylesheet())


def stylesheet() -> str:
    """Of all widgets, at the present theme and scale."""
    now = theme()
    message = QColor(now.surface)
    small, normal, large, title = px(11), px(13), px(16), px(20)
    field = (
        f"background: {now.background}; border: 1px solid {now.border}; border-radius: {px(8)}px;"
        f" padding: {px(6)}px {px(10)}px; selection-background-color: {now.accent};"
        f" selection-color: {now.on_accent};"
    )
    return f"""
QWidget {{ color: {now.text}; font-size: {normal}px; }}
QMainWindow, QDialog {{ background: {now.background}; }}
QToolTip {{ background: {now.raised}; color: {now.text}; border: 1px solid {now.strong_border}; padding: {px(6)}px; }}
QFrame#card {{ background: {now.surface}; border: 1px solid {now.border}; border-radius: {px(12)}px; }}
QFrame#inset {{ background: {now.background}; border: 1px solid {now.border}; border-radius: {px(10)}px; }}
QFrame#message {{
    background: rgba({message.red()}, {message.green()}, {message.blue()}, 238);
    border: 1px solid {now.border}; border-radius: {px(16)}px;
}}
QFrame#notice {{ background: {now.notice[0]}; border: 1px solid {now.strong_border}; border-radius: {px(8)}px; }}
QFrame#notice QLabel {{ color: {now.notice[1]}; }}
QFrame#segments {{ background: {now.surface}; border: 1px solid {now.border}; border-radius: {px(10)}px; }}
QLabel {{ background: transparent; }}
QLabel#section {{ color: {now.soft}; font-size: {small}px; font-weight: 600; }}
QLabel#product {{ font-size: {large}px; font-weight: 600; }}
QLabel#title {{ font-size: {title}px; font-weight: 600; }}
QLabel#subtitle {{ font-size: {large}px; font-weight: 600; }}
QLabel#soft {{ color: {now.soft}; }}
QLabel#small {{ color: {now.soft}; font-size: {px(12)}px; }}
QLabel#locked {{ color: {now.soft}; font-size: {px(12)}px; font-weight: 600; }}
QLabel#error {{ color: {now.tiers[max(now.tiers)]}; }}
QLabel#status {{ color: {now.soft}; font-size: {px(12)}px; }}
QPushButton, QToolButton {{
    background: {now.raised}; border: 1px solid {now.border}; border-radius: {px(8)}px;
    padding: {px(7)}px {px(14)}px; font-weight: 500;
}}
QToolButton {{ padding: {px(7)}px; }}
QPushButton:hover, QToolButton:hover {{ background: {now.hover}; border-color: {now.strong_border}; }}
QPushButton:pressed, QToolButton:pressed {{ background: {now.pressed}; }}
QPushButton:focus, QToolButton:focus {{ border-color: {now.accent}; }}
QPushButton:disabled, QToolButton:disabled {{ color: {now.faint}; background: {now.surface}; }}
QPushButton#main {{
    background: {now.accent}; color: {now.on_accent}; border-color: {now.accent}; font-weight: 600;
}}
QPushButton#main:hover {{ border-color: {now.text}; }}
QPushButton#main:focus {{ border-color: {now.text}; }}
QPushButton#main:disabled {{ background: {now.raised}; color: {now.faint}; border-color: {now.border}; }}
QPushButton#choice {{ text-align: left; padding: {px(12)}px {px(14)}px; }}
QPushButton#card-choice {{ text-align: left; padding: 0; background: {now.background}; }}
QPushButton#card-choice:hover {{ border-color: {now.strong_border}; }}
QPushButton#card-choice:checked {{ background: {now.selected}; border: 2px solid {now.accent}; }}
QPushButton#card-choice:focus {{ border-color: {now.accent}; }}
QPushButton#card-choice:disabled {{ background: {now.surface}; }}
QPushButton#segment {{
    background: transparent; border: 1px solid transparent; color: {now.soft}; padding: {px(5)}px {px(12)}px;
}}
QPushButton#segment:hover {{ color: {now.text}; }}
QPushButton#segment:checked {{ background: {now.selected}; color: {now.text}; border-color: {now.strong_border}; }}
QPushButton#segment:focus {{ border-color: {now.accent}; }}
QToolButton#plain {{ background: transparent; border-color: transparent; }}
QToolButton#plain:hover {{ background: {now.hover}; }}
QToolButton#plain:focus {{ border-color: {now.accent}; }}
QToolButton:checked {{ color: {now.accent}; border-color: {now.strong_border}; background: {now.selected}; }}
QLineEdit {{ {field} }}
QLineEdit:focus {{ border-color: {now.accent}; }}
QComboBox {{
    background: {now.raised}; border: 1px solid {now.border}; border-radius: {px(8)}px; padding: {px(4)}px {px(10)}px;
}}
QComboBox:hover {{ border-color: {now.strong_border}; }}
QComboBox:focus {{ border-color: {now.accent}; }}
QComboBox::drop-down {{ border: none; background: transparent; width: {px(26)}px; }}
QComboBox::down-arrow {{ image: url("{_CHEVRON}"); width: {px(14)}px; height: {px(14)}px; }}
QComboBox QAbstractItemView {{
    background: {now.raised}; border: 1px solid {now.strong_border}; selection-background-color: {now.selected};
    selection-color: {now.text};
}}
QAbstractSpinBox {{ background: {now.background}; border: 1px solid {now.border}; border-radius: {px(8)}px;
    padding: {px(3)}px {px(26)}px {px(3)}px {px(10)}px; }}
QAbstractSpinBox:hover {{ border-color: {now.strong_border}; }}
QAbstractSpinBox:focus {{ border-color: {now.accent}; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ subcontrol-origin: border; width: {px(24)}px;
    border: none; background: transparent; }}
QAbstractSpinBox::up-button {{ subcontrol-position: top right; }}
QAbstractSpinBox::down-button {{ subcontrol-position: bottom right; }}
QAbstractSpinBox::up-arrow {{ image: url("{_CHEVRON_UP}"); width: {px(11)}px; height: {px(11)}px; }}
QAbstractSpinBox::down-arrow {{ image: url("{_CHEVRON}"); width: {px(11)}px; height: {px(11)}px; }}
QAbstractSpinBox QLineEdit {{ border: none; background: transparent; padding: 0; }}
QAbstractSpinBox:disabled, QComboBox:disabled {{ background: {now.surface}; color: {now.soft}; }}
QCheckBox:disabled, QLabel:disabled {{ color: {now.faint}; }}
QCheckBox {{ spacing: {px(10)}px; }}
QCheckBox::indicator {{ width: {px(18)}px; height: {px(18)}px; border: 1px solid {now.strong_border};
    border-radius: {px(5)}px; background: {now.background}; }}
QCheckBox::indicator:checked {{ background: {now.accent}; border-color: {now.accent}; }}
QCheckBox:focus {{ color: {now.accent}; }}
QProgressBar {{ background: {now.raised}; border: none; border-radius: {px(4)}px; height: {px(8)}px;
    color: transparent; }}
QProgressBar::chunk {{ background: {now.accent}; border-radius: {px(4)}px; }}
QSlider::groove:horizontal {{ background: {now.raised}; height: {px(6)}px; border-radius: {px(3)}px; }}
QSlider::sub-page:horizontal {{ background: {now.accent}; border-radius: {px(3)}px; }}
QSlider::handle:horizontal {{ background: {now.text}; width: {px(18)}px; margin: -{px(6)}px 0;
    border-radius: {px(9)}px; }}
QSlider::handle:horizontal:focus {{ background: {now.accent}; }}
QListView, QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; border: none; outline: none; }}
QScrollBar:vertical {{ background: transparent; width: {px(10)}px; margin: 0; }}
QScrollBar::handle:vertical {{ background: {now.strong_border}; border-radius: {px(4)}px; min-height: {px(28)}px; }}
QScrollBar::handle:vertical:hover {{ background: {now.faint}; }}
QScrollBar:horizontal {{ background: transparent; height: {px(10)}px; margin: 0; }}
QScrollBar::handle:horizontal {{ background: {now.strong_border}; border-radius: {px(4)}px; min-width: {px(28)}px; }}
QScrollBar::handle:horizontal:hover {{ background: {now.faint}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; width: 0; }}
QAbstractScrollArea::corner {{ background: transparent; border: none; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QMenu {{ background: {now.raised}; border: 1px solid {now.border}; padding: {px(6)}px; }}
QMenu::item {{ padding: {px(7)}px {px(22)}px; border-radius: {px(6)}px; }}
QMenu::item:selected {{ background: {now.hover}; }}
"""
