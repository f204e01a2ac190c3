"""The window's languages: English in the code, others as Qt translation files.

``de.ts`` is what translators work on; ``de.qm``, made from it by ``python -m monitor.dashboard.translations.update``,
is what the program loads. Both are in the repository: the program runs from a checkout, without a build step that
could make one from the other, and a test keeps them equal.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

FOLDER = Path(__file__).parent
LANGUAGES = ("en", "de")
"""The first one is the code's."""


class _Spoken:
    language: str = LANGUAGES[0]
    translators: tuple[QTranslator, ...] = ()


def spoken() -> str:
    """The language that is spoken now."""
    return _Spoken.language


def speak(application: QApplication, language: str) -> None:
    """Load a language, in place of the one before; windows that exist already must be rebuilt."""
    for translator in _Spoken.translators:
        QCoreApplication.removeTranslator(translator)
    _Spoken.translators = ()
    _Spoken.language = language
    if language == "en":
        QLocale.setDefault(QLocale(QLocale.Language.English))
        return
    QLocale.setDefault(QLocale(language))
    ours, qts = QTranslator(application), QTranslator(application)
    loaded = []
    # Qt's texts, too, such as those of its file dialogs.
    if qts.load(f"qtbase_{language}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        loaded.append(qts)
    if ours.load(str(FOLDER / f"{language}.qm")):
        loaded.append(ours)
    for translator in loaded:
        QCoreApplication.installTranslator(translator)
    _Spoken.translators = tuple(loaded)
