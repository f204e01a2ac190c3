"""The car's speed among a DBC file's signals: which one it is, and what it says in a frame."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from engines.errors import UserError
from monitor.speed.can.dbc import Dbc, read_dbc
from monitor.speed.source import MAX_KMH
from monitor.speed.units import KMH_PER_UNIT, parse_unit

if TYPE_CHECKING:
    import can
    from cantools.database.can import Message
    from cantools.database.can.signal import Signal

_CAR_SPEED = re.compile(
    r"(?:abs|esp|esc|dsc|ecm|ecu|pcm|bcm|tcm|wheelbased|actual|current|measured)*"
    r"(?:vehicle|veh|car)(?:speed|spd|velocity)"
    r"(?:actual|act|current|measured|signal|sig|value|val|kmh|kph|mph)*"
)
"""Letters of a name that is the car's own speed, all of them: VehicleSpeedLimit and LeadVehicleSpeed are not."""

_NOT_OURS = re.compile(
    "lead|target|object|obj_|radar|ahead|front|preced|other|remote|v2x|trailer|cruise|acc_|limit|gps|gnss|navi|(^|_)(nav|map)(_|$)"
)
"""Names of messages about something else than the car itself."""

_STANDSTILL = re.compile(r"(?:vehicle|car)?\W*(?:standstill|stillstand|stationary|standing|stopped|stop|zero|parked)")
_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)?")

_NULL_ADDRESS = 0xFE
"""Of J1939: what a DBC file writes where it leaves the sender open."""

_BYTES = 64
"""How long a message may be, of CAN FD: what a DBC file says of its length does not matter."""


class SpeedSignal:
    """One signal of a DBC file, in km/h.

    Attributes:
        name: ``MESSAGE.SIGNAL``.
        unit: of `KMH_PER_UNIT`.
        j1939: whether the message is known by its parameter group, whoever sends it.
        own_address: the sender that the DBC file names; None where it is no J1939, or left open.
    """

    def __init__(self, message: Message, signal: str, unit: str | None = None) -> None:
        """A message's signal, in a unit of its own or the one that is stated.

        Raises `UserError` for a unit that is none of a speed, or a signal that cannot be read.
        """
        import cantools.database.can

        found = message.get_signal_by_name(signal)
        self.name = f"{message.name}.{found.name}"
        stated = parse_unit(found.unit or "") if unit is None else unit
        if stated is None:
            its = f"is in {found.unit!r}" if (found.unit or "").strip() else "has no unit"
            raise UserError(f"signal {self.name} {its}: state its unit with --speed-unit: {', '.join(KMH_PER_UNIT)}")
        if not found.scale:
            raise UserError(f"signal {self.name} has a factor of 0 in the DBC file: every speed would be the same")
        self.unit = stated
        self._signal: Signal = found
        # Only what the speed needs: other signals may overlap, or lie where the message is cut.
        needed, multiplexer = [found], found.multiplexer_signal
        while multiplexer is not None:
            needed.insert(0, message.get_signal_by_name(multiplexer))
            multiplexer = needed[0].multiplexer_signal
        try:
            self._message = cantools.database.can.Message(
                message.frame_id,
                message.name,
                max(_BYTES, message.length),
                needed,
                is_extended_frame=message.is_extended_frame,
                strict=True,
            )
        except Exception as error:  # cantools raises errors of its own
            raise UserError(f"signal {self.name} cannot be read: {error}") from error
        self.is_fd = message.is_fd or message.length > 8
        sender = message.frame_id & 0xFF
        self.j1939 = message.is_extended_frame and (message.protocol == "j1939" or sender == _NULL_ADDRESS)
        self.own_address = sender if self.j1939 and sender != _NULL_ADDRESS else None
        self._id_mask = _j1939_mask(message.frame_id) if self.j1939 else 0x1FFFFFFF

    def __str__(self) -> str:
        return f"{self.name} in {self.unit}"

    @property
    def filters(self) -> list[dict[str, Any]]:
        """What python-can's bus is to let through."""
        extended = self._message.is_extended_frame
        mask = self._id_mask if extended else 0x7FF
        return [{"can_id": self._message.frame_id & mask, "can_mask": mask, "extended": extended}]

    def is_in(self, frame: can.Message) -> bool:
        """Whether a frame is the signal's message."""
        return (
            not (frame.arbitration_id ^ self._message.frame_id) & self._id_mask
            and frame.is_extended_id == self._message.is_extended_frame
            and not frame.is_error_frame
            and not frame.is_remote_frame
        )

    def address(self, frame: can.Message) -> int | None:
        """Who sent a frame of the message, in J1939; None elsewhere."""
        return frame.arbitration_id & 0xFF if self.j1939 else None

    def raw(self, frame: can.Message) -> int | float | None:
        """The bare value in a frame of the message; None where it ends before, or holds other signals this time."""
        try:
            content = self._message.decode(bytes(frame.data), decode_choices=False, scaling=False, allow_truncated=True)
        except Exception:  # cantools and bitstruct raise errors of their own
            return None
        value = content.get(self._signal.name) if isinstance(content, dict) else None
        return value if isinstance(value, int | float) else None

    def decode(self, frame: can.Message) -> float | None:
        """km/h in a frame, forwards or backwards; None for another message's, and where it says that it is unknown."""
        raw = self.raw(frame) if self.is_in(frame) else None
        if raw is None or not math.isfinite(raw) or self._says_unknown(raw, bytes(frame.data)):
            return None
        signal = self._signal
        value = float(signal.conversion.raw_to_scaled(raw, decode_choices=False))  # type: ignore[arg-type]
        tolerance = abs(signal.scale) / 2
        if signal.minimum is not None and value < signal.minimum - tolerance:
            return None
        if signal.maximum is not None and value > signal.maximum + tolerance:
            return None
        kmh = abs(value) * KMH_PER_UNIT[self.unit]
        return kmh if kmh <= MAX_KMH else None

    def _says_unknown(self, raw: int | float, data: bytes) -> bool:
        """Whether a value means that there is none: by its name, or because its bits say so."""
        signal = self._signal
        label = signal.choices.get(int(raw)) if signal.choices and raw == int(raw) else None
        if label is not None:
            # In any language: what is named is a speed only if the name is one.
            text = str(label).lower().replace("_", " ").strip()
            number = _NUMBER.match(text)
            if number is None:
                return _STANDSTILL.fullmatch(text) is None
            unit = text[number.end() :].strip()
            return bool(unit) and parse_unit(unit) is None
        if signal.is_float:
            return False
        if signal.is_signed:
            highest = (1 << (signal.length - 1)) - 1
            return raw in (highest, -highest - 1) or (raw == -1 and not data.strip(b"\xff"))
        if self.j1939 and signal.length >= 8 and int(raw) >> (signal.length - 8) > 0xFA:
            return True
        return signal.length > 1 and raw == (1 << signal.length) - 1


def _j1939_mask(frame_id: int) -> int:
    """The bits that are the parameter group: not priority and sender, nor the receiver of those that have one."""
    return 0x03FFFF00 if (frame_id >> 16) & 0xFF >= 240 else 0x03FF0000


class _Candidate(NamedTuple):
    message: Message
    signal: Signal

    def __str__(self) -> str:
        return f"{self.message.name}.{self.signal.name}" + (f" ({self.signal.unit})" if self.signal.unit else "")


def find_signal(path: Path, name: str | None, unit: str | None = None) -> SpeedSignal:
    """The speed signal of a DBC file.

    Args:
        path: the file.
        name: ``SIGNAL`` or ``MESSAGE.SIGNAL``; None for the only one whose name and unit say that it is the car's.
        unit: of the signal, as `KMH_PER_UNIT` names it; None for what the file says.

    Raises:
        UserError: for a file that cannot be read, or that has no such signal, or several.
    """
    dbc = read_dbc(path)
    candidates = [_Candidate(message, signal) for message in dbc.messages for signal in message.signals]
    found = _named(dbc, candidates, name) if name is not None else _guessed(dbc, candidates, unit)
    return SpeedSignal(found.message, found.signal.name, unit)


def _named(dbc: Dbc, candidates: Sequence[_Candidate], name: str) -> _Candidate:
    message, _, signal = name.rpartition(".")
    found = [
        candidate
        for candidate in candidates
        if candidate.signal.name == signal and message in ("", candidate.message.name)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise UserError(f"{dbc.path} has several such signals: choose one with --signal: {_list(found)}")
    if message in dbc.unsound:
        raise UserError(f"{dbc.path}: the message {message} cannot be read: mend its lines (BO_, SG_, VAL_)")
    close = difflib.get_close_matches(signal, {candidate.signal.name for candidate in candidates}, 8, 0.5)
    listed = [candidate for candidate in candidates if candidate.signal.name in close] or _speeds(candidates)
    raise UserError(
        f"{dbc.path} has no signal {name}: name one with --signal MESSAGE.SIGNAL"
        + (f", such as {_list(listed)}" if listed else "")
        + _unsound(dbc)
    )


def _guessed(dbc: Dbc, candidates: Sequence[_Candidate], unit: str | None) -> _Candidate:
    """The only signal that is the car's speed by its name and its unit."""
    by_name = [
        candidate
        for candidate in candidates
        if _CAR_SPEED.fullmatch(re.sub("[^a-z]", "", candidate.signal.name.lower()))
        and not _NOT_OURS.search(candidate.message.name.lower())
    ]
    found = [candidate for candidate in by_name if unit is not None or parse_unit(candidate.signal.unit or "")]
    if len(found) == 1:
        return found[0]
    if found:
        raise UserError(f"{dbc.path} has several signals of the car's speed: choose one with --signal: {_list(found)}")
    if len(by_name) == 1:
        return by_name[0]  # its unit is what is wrong: SpeedSignal says so
    listed = by_name or _speeds(candidates)
    raise UserError(
        f"{dbc.path} has no signal that is the car's speed by its name and its unit: name one with "
        f"--signal MESSAGE.SIGNAL" + (f", such as {_list(listed)}" if listed else "") + _unsound(dbc)
    )


def _speeds(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    return [
        candidate
        for candidate in candidates
        if parse_unit(candidate.signal.unit or "") or re.search("speed|spd|veloc", candidate.signal.name.lower())
    ]


def _list(candidates: Sequence[_Candidate]) -> str:
    return ", ".join(map(str, candidates[:8])) + (f" and {len(candidates) - 8} more" if len(candidates) > 8 else "")


def _unsound(dbc: Dbc) -> str:
    return f"; these messages of the file cannot be read: {', '.join(dbc.unsound[:8])}" if dbc.unsound else ""
