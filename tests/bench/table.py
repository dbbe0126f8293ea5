# SPDX-License-Identifier: MIT
"""The table of what was measured: figures with their spread, ratios to peers, targets met and missed."""
import collections
import statistics
import subprocess


def run(command, **options):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True, **options).stdout


def samples_of(command, **options):
    """{what: {variant: [value, ...]}}, in the order they were taken."""
    samples = collections.defaultdict(lambda: collections.defaultdict(list))
    for line in run(command, **options).splitlines():
        what, variant, value = line.split("\t")
        samples[what][variant].append(float(value))
    return samples


def spread(values):
    low, middle, high = statistics.quantiles(values, n=4)
    return {"median": middle, "low": low, "high": high, "least": min(values), "samples": len(values)}


def ratio(above, below):
    return spread([a / b for a, b in zip(above, below)])


def digits(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def show(stat, unit=""):
    return f"{digits(stat['median'])}{unit} ({digits(stat['low'])} to {digits(stat['high'])})"


class Table:
    """Rows: what was measured, its figure, the peer's, and what a target asks of which of them."""

    def __init__(self, title=""):
        self.title = title
        self.notes = []
        self.after = ""  # what stands below the rows
        self.rows = []

    def add(self, part, what, figure, unit, peer="", peer_figure=None, ratio=None, times="", target=None, note=""):
        """target: (text, stat, "min" or "max", bound): the stat's median against the bound; with a note it is not
        judged."""
        met = None
        if target and not note:
            _, stat, side, bound = target
            met = stat["median"] <= bound if side == "max" else stat["median"] >= bound
        self.rows.append(
            {
                "part": part,
                "what": what,
                "figure": figure,
                "unit": unit,
                "peer": peer,
                "peer_figure": peer_figure,
                "ratio": ratio,
                "ratio_is": times,
                "target": target[0] if target else None,
                "met": met,
                "note": note,
            }
        )

    def markdown(self):
        lines = [
            "| what | least | median (quartiles) | peer | ratio | target | met |",
            "|---|---|---|---|---|---|---|",
        ]
        if self.title:
            lines[:0] = [f"### {self.title}", "", *(f"- {note}" for note in self.notes), ""]
        previous = None
        for row in self.rows:
            what, previous = "the same" if row["what"] == previous else row["what"], row["what"]
            unit = f" {row['unit']}" if row["unit"] else ""
            peer = row["peer"]
            if row["peer_figure"]:
                peer += f": {show(row['peer_figure'], unit)}"
            times = f"{show(row['ratio'])} {row['ratio_is']}" if row["ratio"] else ""
            met = f"not judged: {row['note']}" if row["note"] else ""
            met = met if row["met"] is None else "yes" if row["met"] else "**MISSED**"
            figure = [digits(row["figure"]["least"]), show(row["figure"], unit)]
            cells = [what, *figure, peer, times.strip(), row["target"] or "", met]
            lines.append("| " + " | ".join(cells) + " |")
        return "\n".join([*lines, "", self.after] if self.after else lines)
