"""Colours, fonts and the one stylesheet: dark, because a bright window blinds a driver at night."""

from __future__ import annotations

from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

from engines.activities import Activity
from monitor.alert_events import Tier

BACKGROUND = "#0a0e13"
SURFACE = "#121920"
RAISED = "#1b2530"
BORDER = "#233040"
TEXT = "#eaf0f6"
SOFT = "#94a5b8"
FAINT = "#5d6f84"
ACCENT = "#4cb2ff"
CALM = "#2fbf87"
FAULT = "#9a8cff"
PRIMARY_REGION = "#38d6ff"
SECONDARY_REGION = "#c78bff"

TIER_COLOURS = {Tier.NONE: CALM, Tier.CAUTION: "#ffc531", Tier.WARNING: "#ff8b24", Tier.CRITICAL: "#ef2f45"}

ACTIVITY_COLOURS = {
    Activity.SAFE_DRIVING: "#2fbf87",
    Activity.TEXTING_RIGHT: "#ff5f7a",
    Activity.PHONE_RIGHT: "#ff9aa9",
    Activity.TEXTING_LEFT: "#e54fb0",
    Activity.PHONE_LEFT: "#d79bff",
    Activity.RADIO: "#5aa9ff",
    Activity.DRINKING: "#2fd0d6",
    Activity.REACHING_BEHIND: "#ffa64d",
    Activity.HAIR_AND_MAKEUP: "#f4d35e",
    Activity.PASSENGER: "#a9b8ff",
}

_FAMILIES = ["Inter", "Segoe UI", "SF Pro Text", "Noto Sans", "DejaVu Sans"]


def activity_colour(activity: Activity | None) -> QColor:
    """The colour of an activity; grey for none."""
    return QColor(ACTIVITY_COLOURS[activity] if activity is not None else FAINT)


def font(pixels: float, *, bold: bool = False) -> QFont:
    """The program's font at a size in pixels."""
    made = QFont()
    made.setFamilies(_FAMILIES)
    made.setPixelSize(max(1, round(pixels)))
    made.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    return made


def apply(application: QApplication) -> None:
    """Dress the application."""
    application.setStyle("Fusion")
    palette = QPalette()
    for role, colour in (
        (QPalette.ColorRole.Window, BACKGROUND),
        (QPalette.ColorRole.WindowText, TEXT),
        (QPalette.ColorRole.Base, SURFACE),
        (QPalette.ColorRole.AlternateBase, RAISED),
        (QPalette.ColorRole.Text, TEXT),
        (QPalette.ColorRole.Button, RAISED),
        (QPalette.ColorRole.ButtonText, TEXT),
        (QPalette.ColorRole.ToolTipBase, RAISED),
        (QPalette.ColorRole.ToolTipText, TEXT),
        (QPalette.ColorRole.PlaceholderText, FAINT),
        (QPalette.ColorRole.Highlight, ACCENT),
        (QPalette.ColorRole.HighlightedText, BACKGROUND),
        (QPalette.ColorRole.Link, ACCENT),
    ):
        palette.setColor(role, QColor(colour))
    application.setPalette(palette)
    application.setFont(font(13))
    application.setStyleSheet(STYLESHEET)


STYLESHEET = f"""
QWidget {{ color: {TEXT}; }}
QMainWindow, QDialog {{ background: {BACKGROUND}; }}
QToolTip {{ background: {RAISED}; color: {TEXT}; border: 1px solid {BORDER}; padding: 6px; }}
QFrame#card {{ background: {SURFACE}; border: 1px solid {BORDER}; border-radius: 12px; }}
QFrame#message {{ background: rgba(14, 20, 27, 235); border: 1px solid {BORDER}; border-radius: 16px; }}
QFrame#notice {{ background: #2a2410; border: 1px solid #57481a; border-radius: 8px; }}
QFrame#notice QLabel {{ color: #ffe3a0; }}
QLabel#section {{ color: {SOFT}; font-size: 11px; font-weight: 600; }}
QLabel#product {{ font-size: 16px; font-weight: 600; }}
QLabel#title {{ font-size: 20px; font-weight: 600; }}
QLabel#soft {{ color: {SOFT}; }}
QLabel#status {{ color: {SOFT}; font-size: 12px; }}
QPushButton, QToolButton {{
    background: {RAISED}; border: 1px solid {BORDER}; border-radius: 8px; padding: 7px 14px; font-weight: 500;
}}
QToolButton {{ padding: 7px; }}
QPushButton:hover, QToolButton:hover {{ background: #243244; border-color: #33475e; }}
QPushButton:pressed, QToolButton:pressed {{ background: #16202b; }}
QPushButton:focus, QToolButton:focus {{ border-color: {ACCENT}; }}
QPushButton:disabled, QToolButton:disabled {{ color: {FAINT}; background: {SURFACE}; }}
QPushButton#main {{ background: {ACCENT}; color: #04121f; border-color: {ACCENT}; font-weight: 600; }}
QPushButton#main:hover {{ background: #74c4ff; }}
QPushButton#main:focus {{ border-color: {TEXT}; }}
QPushButton#main:disabled {{ background: {RAISED}; color: {FAINT}; border-color: {BORDER}; }}
QPushButton#choice {{ text-align: left; padding: 12px 14px; }}
QToolButton#plain {{ background: transparent; border-color: transparent; }}
QToolButton#plain:focus {{ border-color: {ACCENT}; }}
QToolButton:checked {{ color: {ACCENT}; border-color: #2c5d85; background: #14283a; }}
QLineEdit {{
    background: {BACKGROUND}; border: 1px solid {BORDER}; border-radius: 8px; padding: 8px 10px;
    selection-background-color: {ACCENT}; selection-color: {BACKGROUND};
}}
QLineEdit:focus {{ border-color: {ACCENT}; }}
QListView {{ background: transparent; border: none; outline: none; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar::handle:vertical {{ background: {BORDER}; border-radius: 5px; min-height: 28px; }}
QScrollBar::handle:vertical:hover {{ background: #33475e; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QMenu {{ background: {RAISED}; border: 1px solid {BORDER}; padding: 6px; }}
QMenu::item {{ padding: 7px 22px; border-radius: 6px; }}
QMenu::item:selected {{ background: #243244; }}
"""
