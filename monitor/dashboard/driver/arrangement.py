"""Where the words of the driver's view stand and how large they are. In pixels, whatever the display.

On 800×480, a display of 7 inches at 70 cm, state and activity are `LARGE` pixels high or more and all else `SMALL` or
more: ISO 15008 asks for 20 minutes of arc, which are 4 mm there, or 22 pixels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF

from monitor.dashboard.widgets import palette
from monitor.viewmodel.driver.glance import Extent

LARGE, SMALL, TARGET = 48, 22, 80
"""Pixels at least on `DISPLAY` and larger ones: of state and activity, of other text, and of what is touched."""

DISPLAY = (800, 480)
"""The smallest display that the view is made for; in a smaller window everything shrinks with it."""

_BAR, _EDGE, _PAD = 112.0, 28.0, 16.0
_SIZES = {Extent.NONE: (56.0, 28.0), Extent.SMALL: (56.0, 28.0), Extent.HALF: (56.0, 30.0), Extent.FULL: (84.0, 38.0)}
"""Of state and activity, and of other text; for a display of 800×480."""

_HEIGHTS = {Extent.SMALL: 0.30, Extent.HALF: 0.5, Extent.FULL: 1.0}
"""Of the coloured part, as fractions of the display's height; a caution's words may take a little more."""

_CENTRE = 0.44
"""Of state and activity: above the middle, for what is touched lies below."""

_STEP, _GAP = 0.04, 0.15
_MAX_DETAIL_LINES = 3


@dataclass(frozen=True)
class Words:
    """What is to be arranged.

    Attributes:
        state: one word or two.
        headlines: what it is about; a shorter form may follow.
        detail: what to do; empty for none.
        time: how long; empty for none.
        time_counts: whether it is the distraction timer, as large as the state.
    """

    state: str
    headlines: tuple[str, ...]
    detail: str = ""
    time: str = ""
    time_counts: bool = False


@dataclass(frozen=True)
class TextBlock:
    """Lines of one size.

    Attributes:
        name: ``state``, ``time``, ``headline`` or ``detail``.
        lines: from the top.
        size: pixels.
        rect: around them.
    """

    name: str
    lines: tuple[str, ...]
    size: int
    rect: QRectF


@dataclass(frozen=True)
class Arrangement:
    """Where everything stands.

    Attributes:
        panel: what is coloured; None for nothing.
        icon: the state's shape.
        blocks: the texts.
    """

    panel: QRectF | None
    icon: QRectF
    blocks: tuple[TextBlock, ...]

    def block(self, name: str) -> TextBlock | None:
        """The text of a name; None where there is none."""
        return next((block for block in self.blocks if block.name == name), None)


def unit(width: float, height: float) -> float:
    """How much larger a display is than 800×480."""
    return min(width / DISPLAY[0], height / DISPLAY[1])


def bar_rect(width: float, height: float, one: float) -> QRectF:
    """Where the things to touch are: along the lower edge of an area of a display; `one` is the display's unit."""
    bar = _BAR * one
    return QRectF(0.0, height - bar, width, bar)


def wrapped(text: str, metrics: QFontMetricsF, width: float, *, breaks: bool = False) -> tuple[str, ...] | None:
    """The lines of a text within a width; None where a word is wider, unless it `breaks`, as a path may."""
    lines: list[str] = []
    for word in text.split():
        if metrics.horizontalAdvance(word) > width and not breaks:
            return None
        while metrics.horizontalAdvance(word) > width and len(word) > 1:
            fits = next(end for end in range(len(word) - 1, 0, -1) if end == 1 or _fits(word[:end], metrics, width))
            lines.append(word[:fits])
            word = word[fits:]
        if lines and metrics.horizontalAdvance(f"{lines[-1]} {word}") <= width:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    return tuple(lines)


def _fits(text: str, metrics: QFontMetricsF, width: float) -> bool:
    return metrics.horizontalAdvance(text) <= width


def arrange(words: Words, extent: Extent, width: float, height: float, one: float) -> Arrangement:
    """Arrange words as large as the text size asks for and the display allows.

    Args:
        words: what is written.
        extent: how much is coloured.
        width, height: of the area, pixels.
        one: unit of the display that the area is a part of.
    """
    area = (width, height, one)
    for scale, headline in _attempts(words, extent, one):
        made = _arranged(words, headline, extent, area, scale, forced=False)
        if made is not None:
            return made
    made = _arranged(words, words.headlines[-1], extent, area, 0.0, forced=True)
    assert made is not None
    return made


def _attempts(words: Words, extent: Extent, one: float) -> Iterator[tuple[float, str]]:
    """Sizes, as factors of those for 800×480, with a form of the headline; the best first."""
    largest, usual = one * max(1.0, palette.scale()), one
    smallest = LARGE * min(1.0, one) / _SIZES[extent][0]
    steps = [largest - index * _STEP * one for index in range(int((largest - smallest) / (_STEP * one)) + 1)]
    larger, others = [size for size in steps if size > usual], [size for size in steps if size <= usual]
    yield from ((size, headline) for size in larger for headline in words.headlines)
    # The full name at the usual size or a little less before the short one.
    yield from ((size, headline) for headline in words.headlines for size in (*others, smallest))


def _arranged(
    words: Words, headline: str, extent: Extent, area: tuple[float, float, float], scale: float, *, forced: bool
) -> Arrangement | None:
    """An arrangement at one size; None where it does not fit, unless it must."""
    width, height, one = area
    floor = min(1.0, one)
    size = max(round(LARGE * floor), round(_SIZES[extent][0] * scale))
    large = QFontMetricsF(palette.font(size, bold=True))
    time_size = size if words.time_counts else max(round(SMALL * floor), round(0.6 * size))
    line, edge, gap = large.height(), _EDGE * one, 24.0 * one
    side = min(1.7 * line, 0.2 * width)
    left = edge + side + gap
    room = width - left - edge
    time_width = QFontMetricsF(palette.font(time_size, bold=True)).horizontalAdvance(words.time)
    state_width = room - (time_width + gap if words.time else 0.0)
    state = wrapped(words.state, large, state_width)
    lines = wrapped(headline, large, room)
    fits = state is not None and lines is not None and len(state) == 1
    if not forced and not (fits and lines is not None and len(lines) <= _max_lines(words, extent)):
        return None
    # What is wider than the display is cut at its edge rather than not written.
    state = (words.state,)
    lines = lines or (headline,)
    below = (1 + len(lines)) * line + (_GAP * size if words.detail else 0.0)
    lowest = height if extent is Extent.FULL else bar_rect(width, height, one).top()
    limit = lowest - 2 * _PAD * one
    detail = _detail(words.detail, room, max(scale, floor), extent, limit - below, floor)
    if detail is None and not forced:
        return None
    detail_lines, detail_size = detail or _cut(words.detail, room, round(SMALL * floor), limit - below)
    detail_height = len(detail_lines) * QFontMetricsF(palette.font(max(1, detail_size))).height()
    total = below + detail_height
    if not forced and total > limit:
        return None
    # State and activity stay where they are while the colour around them grows.
    centre = 0.5 * height if extent is Extent.FULL else _CENTRE * height
    top = centre - (0.5 * total if extent is Extent.FULL else line)
    top = max(_PAD * one, min(top, lowest - _PAD * one - total))
    blocks = [
        TextBlock("state", state, size, QRectF(left, top, state_width, line)),
        TextBlock("headline", lines, size, QRectF(left, top + line, room, len(lines) * line)),
    ]
    if words.time:
        blocks.append(TextBlock("time", (words.time,), time_size, QRectF(left, top, room, line)))
    if detail_lines:
        rect = QRectF(left, top + below, room, detail_height)
        blocks.append(TextBlock("detail", detail_lines, detail_size, rect))
    icon = QRectF(edge, top + 0.5 * (2 * line - side), side, side)
    return Arrangement(_panel(extent, width, height, centre, top, total, _PAD * one), icon, tuple(blocks))


def _max_lines(words: Words, extent: Extent) -> int:
    """Of the headline, before it is written smaller or shorter."""
    return 2 if extent is Extent.FULL or len(words.headlines) == 1 else 1


def _detail(
    text: str, room: float, scale: float, extent: Extent, height: float, floor: float
) -> tuple[tuple[str, ...], int] | None:
    """The lines and the size of the text below; None where there is no room for it."""
    if not text:
        return (), 0
    smallest = round(SMALL * floor)
    for size in range(max(smallest, round(_SIZES[extent][1] * scale)), smallest - 1, -1):
        metrics = QFontMetricsF(palette.font(size))
        lines = wrapped(text, metrics, room, breaks=size == smallest)
        few = lines is not None and (len(lines) <= _MAX_DETAIL_LINES or size == smallest)
        if lines is not None and few and len(lines) * metrics.height() <= height:
            return lines, size
    return None


def _cut(text: str, room: float, size: int, height: float) -> tuple[tuple[str, ...], int]:
    """As much of a text as there is room for, and dots: a library's error may have any length."""
    metrics = QFontMetricsF(palette.font(size))
    lines = (wrapped(text, metrics, room, breaks=True) or ())[: max(1, int(height / metrics.height()))]
    last = metrics.elidedText(f"{lines[-1]} …", Qt.TextElideMode.ElideRight, room)
    return (*lines[:-1], last), size


def _panel(
    extent: Extent, width: float, height: float, centre: float, top: float, total: float, pad: float
) -> QRectF | None:
    if extent is Extent.NONE:
        return None
    if extent is Extent.FULL:
        return QRectF(0.0, 0.0, width, height)
    least = _HEIGHTS[extent] * height
    pad *= 0.5 if extent is Extent.SMALL else 1.0
    upper, lower = min(top - pad, centre - 0.5 * least), max(top + total + pad, centre + 0.5 * least)
    return QRectF(0.0, upper, width, lower - upper)
