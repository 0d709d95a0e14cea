"""The picture of a frontier: loss stopped against minutes, and against honest money disturbed."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from jobs.decisions.frontier import PARTIES
from jobs.reporting.plots import ACCENT, FAINT, INK, MODEL, MUTED, OTHER

SHADES = (OTHER, "#6f9bc2", "#3f7cb0", MODEL, "#123f63", "#0a2740")  # from small to large weights or prices
MARKS = "sD^vP*X"
Rows = Sequence[Mapping[str, Any]]


def draw(rows: Rows, path: Path) -> None:
    """Draw the rows of `strategy_frontier` of one entity and range of days into a PNG file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure(rows).savefig(path, dpi=150)


def figure(rows: Rows) -> Figure:
    """Return two panels: a line a weight over prices of minutes, and a line a price over weights of friction.

    Lines weigh all parties alike; the table has the other weights. The live policies and each shadow policy are marked,
    with their intervals.
    """
    first = rows[0]
    canvas = Figure(figsize=(11, 5.4), layout="constrained")
    left, right = canvas.subplots(1, 2, sharey=True)
    points = [row for row in rows if row["mode"] == "frontier" and _weighs_all_alike(row)]
    marked = [row for row in rows if row["mode"] != "frontier"]
    _lines(left, points, "weight_seller", "friction weighs {:g}", _minutes)
    _lines(right, [row for row in points if row["weight_seller"] > 0], "price_cents_a_minute", "a minute costs {:g}",
           _friction)
    for axes, across in ((left, _minutes), (right, _friction)):
        _marks(axes, marked, across)
    left.set(xlabel="reviewer minutes a day", ylabel="expected loss stopped, minor units")
    right.set(xlabel="expected honest money disturbed, minor units")
    canvas.suptitle(f"What can be had for {first['entity']}s, {first['first_day']} to {first['ds']}: estimates by the "
                    "scores, bars are 95 %", color=INK, fontsize=11, x=0.01, ha="left")
    return canvas


def _weighs_all_alike(row: Mapping[str, Any]) -> bool:
    return len({row[f"weight_{party}"] for party in PARTIES}) == 1


def _minutes(row: Mapping[str, Any]) -> float:
    return row["minutes_a_day"]


def _friction(row: Mapping[str, Any]) -> float:
    return sum(row[f"friction_{party}_cents"] for party in PARTIES)


def _lines(axes: Axes, points: Rows, by: str, label: str, across) -> None:
    values = sorted({row[by] for row in points})
    for place, value in enumerate(values):
        line = sorted((across(row), row["prevented_cents"]) for row in points if row[by] == value)
        shade = SHADES[round(place * (len(SHADES) - 1) / max(len(values) - 1, 1))]
        axes.plot(*zip(*line), color=shade, linewidth=1.4, marker="o", markersize=3, label=label.format(value))
    axes.grid(color=FAINT, linewidth=0.8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=MUTED, labelsize=8)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(6))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def _marks(axes: Axes, marked: Rows, across) -> None:
    for place, row in enumerate(marked):
        low, high = row["prevented_lo_cents"], row["prevented_hi_cents"]
        x, y = across(row), row["prevented_cents"]
        sideways = None
        if across is _friction:
            sideways = [[max(x - row["friction_lo_cents"], 0)], [max(row["friction_hi_cents"] - x, 0)]]
        axes.errorbar(x, y, yerr=[[max(y - low, 0)], [max(high - y, 0)]], xerr=sideways, fmt=MARKS[place % len(MARKS)],
                      color=ACCENT, markersize=7, capsize=3, linewidth=1, zorder=5,
                      markerfacecolor=ACCENT if row["mode"] == "live" else "white",
                      label="live policies" if row["mode"] == "live" else f"shadow: {row['policy']}")
    axes.legend(fontsize=7.5, frameon=False, loc="lower right")
