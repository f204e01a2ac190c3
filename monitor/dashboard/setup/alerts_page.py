"""When the driver is alerted: three presets, how the alerts sound, and every setting of the policy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from engines.errors import UserError
from monitor.alerts.events import Tier
from monitor.alerts.policy_file import PolicySettings
from monitor.alerts.presets.preset import Preset, preset_of
from monitor.dashboard.setup.policy_form import PolicyForm
from monitor.dashboard.texts import TIER_ICONS, notice_words, term
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.background_task import Background
from monitor.dashboard.widgets.buttons import set_icon
from monitor.dashboard.widgets.choice_cards import ChoiceCards
from monitor.dashboard.widgets.icons import icon_pixmap
from monitor.dashboard.widgets.layout import NO_MARGINS, card, column, row, scrolling, section
from monitor.live.user_files import short_path

translate = QCoreApplication.translate

_WIDEST = 860
_PRESETS = tuple(Preset)
_OWN = len(_PRESETS)
"""The number of the card behind the presets."""

_TIERS = (Tier.CAUTION, Tier.WARNING, Tier.CRITICAL)


@dataclass(frozen=True)
class AlertChoices:
    """What the page starts with.

    Attributes:
        base: what counts as default.
        policy: what holds now.
        path: the file that is written.
        locked: names of settings, such as ``alerts.caution_s``, that cannot be changed.
        locked_by: the administrator's file; empty where there is none.
        has_speed: whether the car's speed can be known.
        own: settings that a preset has replaced; None for none.
    """

    base: PolicySettings
    policy: PolicySettings
    path: str
    locked: frozenset[str] = field(default_factory=frozenset)
    locked_by: str = ""
    has_speed: bool = True
    own: PolicySettings | None = None


class Sounds(Protocol):
    """What plays the alerts' sounds, such as `monitor.dashboard.sound.AlertSound`."""

    def hear(self, tier: Tier) -> str | None:
        """Play a tier's sound once; why it cannot be played."""
        ...

    def silence(self) -> str | None:
        """Why a sound that is played may not be heard; may take some seconds."""
        ...


class AlertsPage(QWidget):
    """Presets hold at once, other settings with *Apply*."""

    def __init__(
        self,
        choices: AlertChoices,
        apply: Callable[[PolicySettings], bool],
        sounds: Sounds,
        *,
        keep_own: Callable[[PolicySettings], None] = lambda _policy: None,
        parent: QWidget | None = None,
    ) -> None:
        """Put it together.

        Args:
            choices: what holds now, and what may be changed.
            apply: has settings hold; whether they could be saved.
            sounds: plays the alerts' sounds.
            keep_own: takes settings that a preset replaces.
        """
        super().__init__(parent)
        self._choices, self._policy, self._own = choices, choices.policy, choices.own
        self._choose_policy, self._sounds, self._keep_own = apply, sounds, keep_own
        self._asking: Background[str] | None = None
        self._locked = {name.removeprefix("alerts.") for name in choices.locked if name.startswith("alerts.")}
        texts = [(term(preset.title), term(preset.text)) for preset in _PRESETS]
        texts.append(
            (translate("AlertsPage", "Own settings"), translate("AlertsPage", "Changed by hand, setting by setting."))
        )
        self.presets = ChoiceCards(texts, translate("AlertsPage", "How early alerts come"))
        self.presets.chosen.connect(self._chosen)
        for number, preset in enumerate(_PRESETS):
            if not self._fits(preset):
                self.presets.buttons[number].setEnabled(False)
                self.presets.buttons[number].setToolTip(
                    translate("AlertsPage", "This one does not go with what is locked, or changes nothing.")
                )
        self.form = PolicyForm(choices.base, choices.locked, has_speed=choices.has_speed)
        self.form.set_policy(choices.policy)
        self.form.changed.connect(self._refresh)
        self.status = QLabel()
        self.status.setWordWrap(True)
        self.status.setTextFormat(Qt.TextFormat.PlainText)
        self.saved = QLabel(translate("AlertsPage", "Saved in {0}").format(short_path(choices.path)))
        self.saved.setObjectName("small")
        self.saved.setWordWrap(True)
        self.saved.setTextFormat(Qt.TextFormat.PlainText)
        self.reset = QPushButton(translate("AlertsPage", "Reset all"))
        self.reset.clicked.connect(self.form.reset)
        self.apply = QPushButton(translate("AlertsPage", "Apply"))
        self.apply.setObjectName("main")
        self.apply.clicked.connect(self._apply)
        content = QWidget()
        content.setMaximumWidth(palette.px(_WIDEST))
        rows = QVBoxLayout(content)
        rows.setContentsMargins(0, 0, palette.px(8), 0)
        rows.setSpacing(palette.px(6))
        if choices.locked_by:
            rows.addWidget(self._lock_note())
        rows.addWidget(section(translate("AlertsPage", "How early alerts come")))
        rows.addWidget(self.presets)
        rows.addSpacing(palette.px(8))
        rows.addWidget(section(translate("AlertsPage", "Hear this alert")))
        rows.addLayout(self._hear_row())
        rows.addWidget(self.heard)
        rows.addWidget(self.form)
        rows.addSpacing(palette.px(10))
        rows.addLayout(row(self.reset, None))
        rows.addWidget(self.saved)
        rows.addStretch(1)
        # Only while there is something to apply: a small window has little room.
        self._foot = QWidget()
        row((self.status, 1), self.apply, into=self._foot, spacing=10, margins=NO_MARGINS)
        inner = QWidget()
        column((scrolling(content, sideways=False), 1), self._foot, into=inner, spacing=8, margins=NO_MARGINS)
        column(card(None, inner, margins=(18, 8, 10, 12)), into=self, margins=NO_MARGINS)
        self._refresh()

    def _lock_note(self) -> QWidget:
        sign, words = QLabel(), QLabel()
        sign.setPixmap(icon_pixmap("lock", palette.px(18), palette.theme().notice[1], self.devicePixelRatioF()))
        words.setWordWrap(True)
        words.setTextFormat(Qt.TextFormat.PlainText)
        words.setText(
            translate(
                "AlertsPage",
                "The administrator has locked what has a lock below, in {0}. It cannot be changed here.",
            ).format(self._choices.locked_by)
        )
        note = QWidget()
        made = card(None, note, margins=(12, 8, 12, 8))
        made.setObjectName("notice")
        row(sign, (words, 1), into=note, spacing=10, margins=NO_MARGINS)
        self.lock_note = words
        return made

    def _hear_row(self) -> QBoxLayout:
        self.hear: dict[Tier, QPushButton] = {}
        for tier in _TIERS:
            word = term(tier.name.capitalize())
            button = QPushButton(f" {word}")
            button.setAccessibleName(translate("AlertsPage", "Hear this alert: {0}").format(word))
            button.setToolTip(button.accessibleName())
            set_icon(button, TIER_ICONS[tier], colour=palette.theme().tiers[tier])
            button.clicked.connect(lambda _checked=False, tier=tier: self._hear(tier))
            self.hear[tier] = button
        self.heard = QLabel()
        self.heard.setObjectName("small")
        self.heard.setWordWrap(True)
        self.heard.hide()
        return row(*self.hear.values(), None, spacing=8)

    # Presets

    def _fits(self, preset: Preset) -> bool:
        """Whether a preset goes with what is locked and fitted; where all of its times are locked it changes none."""
        try:
            self._over(preset)
        except UserError:
            return False
        return not set(preset.times) <= self._locked

    def _over(self, preset: Preset) -> PolicySettings:
        """What holds, with a preset's times. Raises `UserError` where they do not fit."""
        alerts = preset.over(self._choices.base.alerts, self._locked)
        return self._policy.model_copy(update={"alerts": alerts})

    def _preset(self, policy: PolicySettings) -> Preset | None:
        return preset_of(policy.alerts, self._choices.base.alerts, self._locked)

    def _chosen(self, number: int) -> None:
        if number == _OWN:
            if self._own is not None:
                self._hold(self._policy.model_copy(update={"alerts": self._own.alerts}))
            return
        policy = self._over(_PRESETS[number])
        for own in (self._policy, self.form.policy):
            if own is not None and self._preset(own) is None:
                self._own = own
                self._keep_own(own)
        self._hold(policy)

    def _hold(self, policy: PolicySettings) -> None:
        """Settings hold and are shown, unless they cannot be saved."""
        if policy != self._policy and self._choose_policy(policy):
            self._policy = policy
        self.form.set_policy(self._policy)

    def _apply(self) -> None:
        if self.form.policy is not None and self._choose_policy(self.form.policy):
            self._policy = self.form.policy
        self._refresh()

    # Sounds

    def _hear(self, tier: Tier) -> None:
        problem = self._sounds.hear(tier)
        self._show_heard(problem or "")
        if problem is None and self._asking is None:
            self._asking = Background("sound check", lambda _progress: self._sounds.silence() or "", self._answered)
            self._asking.start()

    def _answered(self, task: Background[str]) -> None:
        self._asking = None
        self._show_heard(task.result or notice_words(task.error))

    def _show_heard(self, text: str) -> None:
        words = notice_words(text)
        self.heard.setText(words[:1].upper() + words[1:] + "." if words else "")
        self.heard.setVisible(bool(words))

    def close_page(self) -> None:
        """Leave the work in the background."""
        if self._asking is not None:
            self._asking.abandon()
            self._asking = None

    def _refresh(self) -> None:
        form, problem = self.form, ""
        self.apply.setEnabled(form.policy is not None and form.policy != self._policy)
        self.reset.setEnabled(any(editor.value != editor.default for editor in form.editors.values()))
        preset = self._preset(form.policy) if form.policy is not None else None
        self.presets.show_card(_OWN, preset is None or self._own is not None)
        self.presets.choose(_OWN if preset is None else _PRESETS.index(preset))
        if form.fault:
            problem = translate("AlertsPage", "These do not fit together: {0}").format(form.fault)
        unapplied = form.policy != self._policy
        self.status.setText(problem or (translate("AlertsPage", "Not applied yet.") if unapplied else ""))
        self._foot.setVisible(bool(problem) or unapplied)
        self.status.setObjectName("error" if problem else "small")
        self.status.style().unpolish(self.status)
        self.status.style().polish(self.status)
