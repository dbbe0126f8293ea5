# SPDX-License-Identifier: MIT
"""One kind of plot: how large a share of the samples was below a value, as SVG."""
import bisect
import html
import math

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 760, 420, 64, 56, 170, 56
COLOURS = ["#0b6e4f", "#b3261e", "#8a6d00", "#5b6770"]
POINTS = 400


def _decades(low, high):
    return [10.0**n for n in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)]


def _number(value):
    return f"{value:g}" if value < 1000 else f"{value / 1000:g} k" if value < 1e6 else f"{value / 1e6:g} M"


def distributions(title, axis, curves):
    """curves: {name: [value, ...]}, all above 0; the values' axis is logarithmic."""
    values = [value for samples in curves.values() for value in samples]
    marks = _decades(min(values), max(values))
    low, high = math.log10(marks[0]), math.log10(marks[-1])
    across, down = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def x(value):
        return LEFT + across * (math.log10(value) - low) / max(high - low, 1e-9)

    def y(share):
        return TOP + down * (1 - share)

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
             f'font-size="13" role="img"><title>{html.escape(title)}</title>',
             f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
             f'<text x="{LEFT}" y="28" font-size="16">{html.escape(title)}</text>']
    for mark in marks:
        parts.append(f'<line x1="{x(mark):.1f}" x2="{x(mark):.1f}" y1="{TOP}" y2="{TOP + down}" stroke="#ddd"/>'
                     f'<text x="{x(mark):.1f}" y="{TOP + down + 20}" text-anchor="middle">{_number(mark)}</text>')
    for share in (0, 0.25, 0.5, 0.75, 1):
        parts.append(f'<line x1="{LEFT}" x2="{LEFT + across}" y1="{y(share):.1f}" y2="{y(share):.1f}" stroke="#ddd"/>'
                     f'<text x="{LEFT - 8}" y="{y(share) + 4:.1f}" text-anchor="end">{share:.0%}</text>')
    parts.append(f'<text x="{LEFT + across / 2}" y="{HEIGHT - 14}" text-anchor="middle">{html.escape(axis)}</text>')
    for number, (name, samples) in enumerate(curves.items()):
        colour, samples = COLOURS[number % len(COLOURS)], sorted(samples)
        grid = [10 ** (low + (high - low) * i / POINTS) for i in range(POINTS + 1)]
        shares = [bisect.bisect_right(samples, value) / len(samples) for value in grid]
        points = " ".join(f"{x(value):.1f},{y(share):.1f}" for value, share in zip(grid, shares))
        at = TOP + 14 + 22 * number
        parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{points}"/>'
                     f'<line x1="{WIDTH - RIGHT + 14}" x2="{WIDTH - RIGHT + 34}" y1="{at - 4}" y2="{at - 4}" '
                     f'stroke="{colour}" stroke-width="3"/>'
                     f'<text x="{WIDTH - RIGHT + 40}" y="{at}">{html.escape(name)}</text>')
    return "\n".join(parts) + "\n</svg>\n"
