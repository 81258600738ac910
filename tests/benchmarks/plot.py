"""A drawing of how costs grow with the number of signatures: one line a question, both scales logarithmic, as SVG."""

from __future__ import annotations

import math
from html import escape
from itertools import pairwise

Growth = dict[str, dict[int, float]]
"""Seconds by number of signatures, by what was asked."""

WIDTH, HEIGHT = 760, 430
LEFT, RIGHT, TOP, BOTTOM = 64, 216, 40, 46
APART = 17  # between two names beside the lines
STYLE = """
  svg { font: 13px system-ui, sans-serif; fill: #1d1d1f; background: #fff }
  .grid { stroke: #dcdce0; stroke-width: 1 } .small { font-size: 12px; fill: #5c5c66 }
  .line { fill: none; stroke-width: 2.2; stroke-linejoin: round }
  .c0 { --c: #1f5fa8 } .c1 { --c: #a8441f } .c2 { --c: #1d7a4c } .c3 { --c: #7a3fa0 } .c4 { --c: #8a6a00 } .c5 { --c: #a01f5f } .c6 { --c: #4f5b66 }
  .line { stroke: var(--c) } .dot, .name { fill: var(--c) }
  @media (prefers-color-scheme: dark) {
    svg { fill: #ececf0; background: #16161a } .grid { stroke: #34343c } .small { fill: #a8a8b3 }
    .c0 { --c: #7db5f5 } .c1 { --c: #f09a76 } .c2 { --c: #6fd0a0 } .c3 { --c: #cf9bf2 } .c4 { --c: #e0bf55 } .c5 { --c: #f28ab8 } .c6 { --c: #b4c0cc }
  }
"""


def drawn(growth: Growth, title: str) -> str:
    """Draw every question's line with its name at the end, upon a grid of powers of ten."""
    sizes = sorted({size for times in growth.values() for size in times})
    costs = [seconds * 1000 for times in growth.values() for seconds in times.values()]
    low, high = math.floor(math.log10(min(costs))), math.ceil(math.log10(max(costs)))
    scale = _Scale(math.log10(sizes[0]), math.log10(sizes[-1]), low, max(high, low + 1))
    ends = {name: scale.y(times[max(times)] * 1000) for name, times in growth.items()}
    names = _kept_apart(ends)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="t">',
        f'<title id="t">{escape(title)}</title><style>{STYLE}</style>',
        *_grid(scale, sizes, range(low, scale.high + 1)),
        f'<text x="{LEFT - 44}" y="22" font-weight="600">{escape(title)}</text>',
    ]
    for colour, (name, times) in enumerate(growth.items()):
        points = [(scale.x(size), scale.y(seconds * 1000)) for size, seconds in sorted(times.items())]
        parts.append(_line(points, f"c{colour % 7}", name, names[name], times[max(times)] * 1000))
    return "\n".join([*parts, "</svg>\n"])


class _Scale:
    def __init__(self, first: float, last: float, low: int, high: int) -> None:
        self.first, self.last, self.low, self.high = first, last, low, high

    def x(self, size: float) -> float:
        share = (math.log10(size) - self.first) / max(self.last - self.first, 1e-9)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y(self, milliseconds: float) -> float:
        share = (math.log10(milliseconds) - self.low) / (self.high - self.low)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)


def _grid(scale: _Scale, sizes: list[int], powers: range) -> list[str]:
    parts = []
    for power in powers:
        y, told = scale.y(10.0**power), f"{10**power:,} ms" if power >= 0 else f"{10.0**power:g} ms"
        parts.append(f'<path class="grid" d="M{LEFT} {y}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text class="small" x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{told}</text>')
    for size in sizes:
        told = f'x="{scale.x(size)}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle"'
        parts.append(f'<text class="small" {told}>{size:,}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    return [*parts, f'<text class="small" x="{middle}" y="{HEIGHT - 6}" text-anchor="middle">signatures</text>']


def _line(points: list[tuple[float, float]], colour: str, name: str, name_y: float, milliseconds: float) -> str:
    path = "M" + "L".join(f"{x} {y}" for x, y in points)
    dots = "".join(f'<circle class="dot" cx="{x}" cy="{y}" r="3"/>' for x, y in points)
    told = f"{name}, {milliseconds:.3g} ms"
    text = f'<text class="name" x="{WIDTH - RIGHT + 10}" y="{name_y + 4}">{escape(told)}</text>'
    return f'<g class="{colour}"><path class="line" d="{path}"/>{dots}{text}</g>'


def _kept_apart(ends: dict[str, float]) -> dict[str, float]:
    """Move names that would stand upon each other downwards, and all up again if the last leaves the drawing."""
    ordered = sorted(ends.items(), key=lambda end: end[1])
    placed = [y for _, y in ordered]
    for before, here in pairwise(range(len(placed))):
        placed[here] = max(placed[here], placed[before] + APART)
    beyond = max(0.0, placed[-1] - (HEIGHT - BOTTOM)) if placed else 0.0
    return {name: round(y - beyond, 1) for (name, _), y in zip(ordered, placed, strict=True)}
