# SPDX-License-Identifier: MIT
"""A picture of one interpreter: every peer as a multiple of the hand-written extension, on a logarithmic axis."""
import html
import math

LEFT, WIDTH, RIGHT, TOP, ROW, GAP = 250, 560, 190, 70, 20, 46
COLORS = {"gilkit": "#2c6fbb", "hand": "#3a9b5c", "other": "#8a8a8a"}
TICKS = (0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


def text(x, y, words, **attributes):
    more = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f'<text x="{x:.1f}" y="{y:.1f}"{more}>{html.escape(words)}</text>'


def line(x1, y1, x2, y2, color, width=1, **attributes):
    more = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return (f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{color}" '
            f'stroke-width="{width}"{more}/>')


class Axis:
    """From the least ratio to the largest, rounded out to powers of two."""

    def __init__(self, ratios):
        self.low = math.floor(math.log2(min([0.75, *ratios])))
        self.high = max(self.low + 1, math.ceil(math.log2(max([2.0, *ratios]))))

    def x(self, ratio):
        return LEFT + WIDTH * (math.log2(ratio) - self.low) / (self.high - self.low)

    def ticks(self):
        return [tick for tick in TICKS if self.low <= math.log2(tick) <= self.high]


def kind_of(peer):
    return "gilkit" if "gilkit" in peer else "hand" if peer.startswith("by_hand") else "other"


def draw_group(axis, top, title, points):
    """points: [{"peer", "name", "ratio" (a spread), "label", "bound" or None}], drawn from the fastest."""
    parts = [text(20, top - 8, title, font_weight="bold")]
    bottom = top + ROW * len(points)
    for tick in axis.ticks():
        one = tick == 1
        parts.append(line(axis.x(tick), top, axis.x(tick), bottom, "#555" if one else "#ddd"))
        parts.append(text(axis.x(tick), bottom + 13, f"{tick:g}", text_anchor="middle", fill="#777", font_size="10"))
    for row, point in enumerate(sorted(points, key=lambda point: point["ratio"]["median"])):
        y, ratio = top + ROW * row + ROW / 2, point["ratio"]
        color = COLORS[kind_of(point["peer"])]
        weight = {"font_weight": "bold"} if kind_of(point["peer"]) == "gilkit" else {}
        parts.append(text(LEFT - 10, y + 4, point["name"], text_anchor="end", **weight))
        parts.append(line(axis.x(ratio["low"]), y, axis.x(ratio["high"]), y, color, 3))
        parts.append(f'<circle cx="{axis.x(ratio["median"]):.1f}" cy="{y:.1f}" r="5" fill="{color}"/>')
        if point["bound"]:
            x = axis.x(point["bound"])
            parts.append(line(x, y - 8, x, y + 8, "#d9822b", 2))
        parts.append(text(LEFT + WIDTH + 12, y + 4, point["label"]))
    return parts, bottom


def svg(title, subtitle, groups):
    """groups: [(title, points)]"""
    ratios = [point["ratio"] for _, points in groups for point in points]
    axis = Axis([ratio[side] for ratio in ratios for side in ("low", "median", "high")])
    parts, y = [], TOP
    for name, points in groups:
        drawn, y = draw_group(axis, y + 20, name, points)
        parts += drawn
        y += GAP - 20
    width, height = LEFT + WIDTH + RIGHT, y + 26
    legend = "point: median; bar: quartiles; orange: target; right: medians of the time and of the multiple"
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        text(20, 26, title, font_size="16", font_weight="bold"),
        text(20, 46, subtitle, fill="#555"),
        *parts,
        text(20, height - 12, legend, fill="#555", font_size="11"),
        "</svg>",
    ]
    return "\n".join(head) + "\n"
