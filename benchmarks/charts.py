"""Bar charts as SVG: one group of bars for each project, one bar for each tool.

The colours have enough contrast on white and on black; each bar says its value, so nothing depends
on seeing colours. The charts load nothing.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_COLOURS = ("#2f7ed8", "#1aadce", "#e07b39", "#8c6bb1", "#7f8c8d", "#b8860b")
_WIDTH, _LABELS, _VALUES = 860, 190, 90  # of the drawing, and of what stands beside the bars
_BAR, _GAP, _TOP = 15, 12, 58


@dataclass(frozen=True, slots=True)
class Group:
    """A project, and the value of each tool that has one."""

    name: str
    values: Mapping[str, float]


def bar_chart(title: str, form: str, tools: Sequence[str], groups: Sequence[Group]) -> str:
    """Return a chart as SVG.

    Args:
        title: what is measured, in which unit.
        form: how a value is written, such as ``{:.2f} s``.
        tools: in the order of the bars; a tool without a value has none.
        groups: one for each project.
    """
    largest = max((value for group in groups for value in group.values.values()), default=1.0)
    scale = (_WIDTH - _LABELS - _VALUES) / largest
    parts: list[str] = []
    y = _TOP
    for group in groups:
        present = [tool for tool in tools if tool in group.values]
        middle = y + len(present) * _BAR / 2 + 4
        parts.append(_text(_LABELS - 10, middle, group.name, "end"))
        for tool in present:
            width = max(group.values[tool] * scale, 1)
            colour = _COLOURS[tools.index(tool) % len(_COLOURS)]
            parts.append(
                f'<rect x="{_LABELS}" y="{y}" width="{width:.1f}" height="{_BAR - 2}" '
                f'fill="{colour}"/>'
            )
            value = form.format(group.values[tool])
            parts.append(_text(_LABELS + width + 6, y + _BAR - 4, value))
            y += _BAR
        y += _GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y}" '
        f'width="{_WIDTH}" height="{y}" role="img" font-family="sans-serif" font-size="13">\n'
        f"<title>{html.escape(title)}</title>\n"
        f'<rect width="100%" height="100%" fill="#ffffff"/>\n'
        + _text(10, 20, title, weight="bold")
        + "".join(_legend(tools))
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _legend(tools: Sequence[str]) -> list[str]:
    parts, x = [], 10.0
    for number, tool in enumerate(tools):
        colour = _COLOURS[number % len(_COLOURS)]
        parts.append(f'<rect x="{x}" y="31" width="11" height="11" fill="{colour}"/>')
        parts.append(_text(x + 16, 41, tool))
        x += 36 + 7.2 * len(tool)
    return parts


def _text(x: float, y: float, text: str, anchor: str = "start", weight: str = "normal") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}" '
        f'fill="#222222">{html.escape(text)}</text>\n'
    )
