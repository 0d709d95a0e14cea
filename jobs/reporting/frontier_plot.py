"""The picture of a frontier: loss stopped against minutes, and against honest money disturbed."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from jobs.decisions.frontier import PARTIES
from jobs.reporting.plots import ACCENT, FAINT, INK, MUTED

# The table has more: a reader can distinguish five lines of a panel.
PRICES = (0.0, 30.0, 100.0, 400.0, 1_600.0)
WEIGHTS = (0.0, 0.5, 1.0, 2.0, 4.0)
COLOURS = colormaps["viridis"]
LIGHTEST = 0.88  # of the colour map: its yellow end is hardly visible on white
SHADOW_MARKS = "D^vP*X"
Row = Mapping[str, Any]
Across = Callable[[Row], float]


def draw(rows: Sequence[Row], path: Path) -> None:
    """Draw the rows of `strategy_frontier` of one entity and range of days into a PNG file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure(rows).savefig(path, format="png", dpi=150)


def figure(rows: Sequence[Row]) -> Figure:
    """Return two panels: a line a weight over prices of minutes, and a line a price over weights of friction.

    Lines weigh all parties alike; the table has the other weights. The live policies and each shadow policy are marked,
    with their intervals. The legends are below the panels.
    """
    first = rows[0]
    canvas = Figure(figsize=(12, 7), layout="constrained")
    left, right = canvas.subplots(1, 2, sharey=True)
    points = [row for row in rows if row["mode"] == "frontier" and _weighs_all_alike(row)
              and row["weight_seller"] in WEIGHTS]
    marked = [row for row in rows if row["mode"] != "frontier"]
    _lines(left, points, "weight_seller", "honest money counts {:g} times", _minutes)
    _lines(right, [row for row in points if row["weight_seller"] > 0 and row["price_cents_a_minute"] in PRICES],
           "price_cents_a_minute", "a minute costs {:g} minor units", _friction)
    for axes, across in ((left, _minutes), (right, _friction)):
        _style(axes)
        _marks(axes, marked, across)
        axes.legend(fontsize=9, frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=2)
    left.set_xlabel("reviewer minutes a day", fontsize=10)
    left.set_ylabel("expected loss stopped, minor units", fontsize=10)
    right.set_xlabel("expected honest money disturbed, minor units", fontsize=10)
    canvas.suptitle(f"What can be had for {first['entity']}s, {first['first_day']} to {first['ds']}: estimates by the "
                    "scores, bars are 95 %", color=INK, fontsize=12, x=0.01, ha="left")
    return canvas


def _weighs_all_alike(row: Row) -> bool:
    return len({row[f"weight_{party}"] for party in PARTIES}) == 1


def _minutes(row: Row) -> float:
    return row["minutes_a_day"]


def _friction(row: Row) -> float:
    return sum(row[f"friction_{party}_cents"] for party in PARTIES)


def _lines(axes: Axes, points: Sequence[Row], by: str, label: str, across: Across) -> None:
    values = sorted({row[by] for row in points})
    for place, value in enumerate(values):
        line = sorted((across(row), row["prevented_cents"]) for row in points if row[by] == value)
        colour = COLOURS(LIGHTEST * place / max(len(values) - 1, 1))
        axes.plot(*zip(*line), color=colour, linewidth=1.6, marker="o", markersize=3.5, label=label.format(value))


def _style(axes: Axes) -> None:
    axes.grid(color=FAINT, linewidth=0.8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=MUTED, labelsize=9)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(6))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def _marks(axes: Axes, marked: Sequence[Row], across: Across) -> None:
    """Mark the policies: the live ones as a large filled square, shadows as small open marks on top of it."""
    for row in sorted(marked, key=lambda row: (row["mode"] != "live", row["policy"])):
        _mark(axes, row, across, marked)


def _mark(axes: Axes, row: Row, across: Across, marked: Sequence[Row]) -> None:
    shadows = sorted(other["policy"] for other in marked if other["mode"] != "live")
    is_live = row["mode"] == "live"
    x, y = across(row), row["prevented_cents"]
    sideways = _bar(x, row["friction_lo_cents"], row["friction_hi_cents"]) if across is _friction else None
    axes.errorbar(
        x, y, yerr=_bar(y, row["prevented_lo_cents"], row["prevented_hi_cents"]), xerr=sideways, linestyle="none",
        marker="s" if is_live else SHADOW_MARKS[shadows.index(row["policy"]) % len(SHADOW_MARKS)],
        markersize=13 if is_live else 6, color=ACCENT if is_live else INK, alpha=0.9,
        markerfacecolor=ACCENT if is_live else "white", capsize=5 if is_live else 2.5,
        linewidth=2.2 if is_live else 0.9, zorder=5 if is_live else 6,
        label="live policies" if is_live else f"shadow: {row['policy']}")


def _bar(value: float, low: float, high: float) -> list[list[float]]:
    return [[max(value - low, 0)], [max(high - value, 0)]]
