"""Figures of one evaluation, for the report and for MLflow. This module only draws; `metrics.py` computes."""

import re
import textwrap
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from jobs.evaluation.baseline import ModelComparison
from jobs.evaluation.metrics import Scored, measure_scores
from jobs.evaluation.ranking import calibration_bins, threshold_counts
from jobs.evaluation.slices import SliceMetrics
from jobs.statistics.shares import wilson

INK, MUTED, FAINT = "#1f2933", "#6b7580", "#dfe3e8"
MODEL, OTHER, ACCENT = "#1d5b8f", "#9aa3ad", "#b4491f"
# Two-sided 95 % of the normal distribution.
# Below this share of rows, the reviewed rows are a sliver at the left edge of a linear axis.
SLIVER = 0.10
# Ticks of square-root axes, at round rates.
RATES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0)


def precision_recall(scored: Scored, capacity: int, title: str, champion: Scored | None = None,
                     names: tuple[str, str] = ("this model", "champion")) -> Figure:
    """Plot precision against recall, with the base rate and the operating point.

    The point pools the best `capacity` rows of each day, and the curve has one threshold for all days. Therefore the
    point may lie beside the curve.

    Args:
        scored: the test rows of the model.
        capacity: entities reviewed a day.
        title: one line, for example the model and the test period.
        champion: rows of the champion, drawn behind; usually the same test rows.
        names: of the model and of the champion.

    Raises:
        ValueError: capacity is below 1.
    """
    figure, axes = _canvas(title, f"Precision and recall, {_counts(scored)}")
    values = _precision_recall_line(axes, scored, capacity, names[0], MODEL)
    if champion is not None:
        _precision_recall_line(axes, champion, capacity, names[1], OTHER)
    axes.axhline(values["base_rate"], color=MUTED, linewidth=1, linestyle=(0, (4, 3)),
                 label=f"base rate {_percent(values['base_rate'])}")
    axes.plot(values["recall_at_capacity"], values["precision_at_capacity"], "o", color=ACCENT, markersize=8,
              zorder=4, label=_operating_point(values, capacity))
    axes.set(xlabel="Recall: share of positives found", xlim=(-0.02, 1.02),
             ylabel="Precision: share of the found that is positive", ylim=(-0.02, 1.05))
    _percent_axes(axes)
    # The curve of a strong model fills the upper right corner, and the curve of a weak one the lower left corner.
    _legend(axes, loc="lower left" if values["average_precision"] > 0.5 else "upper right")
    return figure


def calibration_curve(scored: Scored, title: str) -> Figure:
    """Plot the share of positives against the mean score in bins of equal count, above the histogram of scores.

    The bars are 95 % Wilson intervals (Wilson 1927, JASA 22:209-212). They assume independent rows. The days of one
    entity are dependent, so the bars are somewhat too short. Axes have a square-root scale, because most bins lie near
    0. A logarithmic scale was rejected: it cannot show a bin without positives.
    """
    error = measure_scores(scored, capacity=1)["calibration_error"]
    figure, (axes, below) = _canvas(
        title, f"Calibration, {_counts(scored)}, expected calibration error {error:.4f}", height_ratios=(3, 1))
    count, predicted, observed = calibration_bins(scored.label, scored.score)
    bars = wilson(observed, count)
    low, high = bars.low, bars.high
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=(0, (4, 3)), label="perfectly calibrated")
    axes.errorbar(predicted, observed, yerr=(np.maximum(observed - low, 0), np.maximum(high - observed, 0)),
                  fmt="o-", color=MODEL, linewidth=1.4, markersize=5, elinewidth=1, capsize=3,
                  label="bins of equal count, 95 % interval")
    below.hist(scored.score, bins=np.linspace(0, 1, 41) ** 2, color=MODEL, alpha=0.75, log=True)
    # The highest score lies far above the mean of the last bin: a common axis would compress the curve.
    reach = min(1.0, 1.15 * max([*high, *predicted, 0.01]))
    furthest = min(1.0, 1.05 * float(np.max(scored.score, initial=0.01)))
    axes.set(xlabel="Mean score of the bin", ylabel="Share of positives", xlim=(0, reach), ylim=(0, reach))
    below.set(xlabel="Score (all axes in percent are of square-root scale)", ylabel="Rows (log)",
              xlim=(0, furthest))
    _square_root(axes.xaxis, reach)
    _square_root(axes.yaxis, reach)
    _square_root(below.xaxis, furthest)
    _legend(axes, loc="upper left")
    return figure


def gain(scored: Scored, capacity: int, title: str) -> Figure:
    """Plot the share of positives, and of loss, in the best-scored share of rows.

    Lines rank rows by score over all days. Dots show the share that a review of `capacity` rows a day finds. The
    horizontal axis is logarithmic if capacity reaches less than a tenth of the rows.

    Raises:
        ValueError: capacity is below 1.
    """
    figure, axes = _canvas(title, f"Gain, {_counts(scored)}, {_count(len(np.unique(scored.day)), 'day')}")
    reviewed, values = _reviewed_share(scored, capacity), measure_scores(scored, capacity)
    logarithmic = 0 < reviewed < SLIVER
    chance = np.geomspace(1 / max(len(scored.label), 2), 1, 200)
    axes.plot(chance, chance, color=MUTED, linewidth=1, linestyle=(0, (4, 3)), label="random order")
    for amount, name, metric, color in ((scored.label, "positives", "recall_at_capacity", MODEL),
                                        (_loss(scored), "loss", "loss_caught_at_capacity", ACCENT)):
        _found_line(axes, f"share of {name}", _gain_line(amount, scored.score), (reviewed, values[metric]), color)
    _capacity_line(axes, capacity, reviewed)
    axes.set(xlabel="Share of rows reviewed, best scores first", ylabel="Share found", ylim=(-0.02, 1.05))
    if logarithmic:
        # Below a hundredth of capacity there are only a few rows.
        axes.set(xscale="log", xlim=(max(chance[0], reviewed / 100), 1))
    else:
        axes.set(xlim=(-0.02, 1.02))
    _percent_axes(axes)
    # The legend's place is fixed, because "best" is slow on a hundred thousand points.
    _legend(axes, loc="upper left" if logarithmic else "lower right")
    return figure


def gain_of_two(first: Scored, second: Scored, capacity: int, title: str, names: tuple[str, str]) -> Figure:
    """Plot the share of loss in the best-scored share of rows, of two models on the same rows.

    Raises:
        ValueError: capacity is below 1.
    """
    figure, axes = _canvas(title, f"Share of loss found, {_counts(second)}")
    reviewed = _reviewed_share(second, capacity)
    for scored, name, color in ((first, names[0], OTHER), (second, names[1], MODEL)):
        caught = measure_scores(scored, capacity)["loss_caught_at_capacity"]
        _found_line(axes, name, _gain_line(_loss(scored), scored.score), (reviewed, caught), color)
    _capacity_line(axes, capacity, reviewed)
    axes.set(xlabel="Share of rows reviewed, best scores first", ylabel="Share of loss found", ylim=(-0.02, 1.05),
             xscale="log", xlim=(max(1 / max(len(second.label), 2), reviewed / 100), 1))
    _percent_axes(axes)
    _legend(axes, loc="upper left")
    return figure


def importance(names: list[str], gains: np.ndarray, title: str, top: int = 20) -> Figure:
    """Plot the `top` features by their share of the total gain, as bars from the largest down.

    Args:
        names: feature names, such as `refund_claim_30d`, in any order.
        gains: total gain of each feature, shape (features,), not negative; ties go to the smaller name.
        title: one line, for example the model and its version.
        top: number of bars.

    Raises:
        ValueError: the numbers of gains and of names differ.
    """
    gains = np.asarray(gains, dtype=np.float64)
    if gains.shape != (len(names),):
        raise ValueError(f"importance needs one gain per name: {len(names)} names, gains {gains.shape}")
    order = np.lexsort((np.asarray(names, dtype=object), -gains))[:top]
    share = gains[order] / gains.sum() if gains.sum() > 0 else np.zeros(len(order))
    subtitle = (f"Importance, {len(order)} of {_count(len(names), 'feature')}, "
                f"{100 * share.sum():.1f} % of the gain")
    figure, axes = _canvas(title, subtitle, height=1.5 + 0.27 * max(len(order), 3))
    # Bars have positions and not labels: matplotlib draws bars of one label over each other.
    axes.barh(range(len(order)), share, color=MODEL, height=0.68)
    axes.set_yticks(range(len(order)), [_readable(names[index]) for index in order])
    for row, value in enumerate(share):
        axes.annotate(_percent(value), (value, row), xytext=(4, 0), textcoords="offset points",
                      va="center", fontsize=8, color=MUTED)
    axes.set(xlabel="Share of the total gain", xlim=(0, 1.12 * max([*share, 0.01])),
             ylim=(max(len(order), 1) - 0.4, -0.6))
    axes.tick_params(axis="y", length=0, labelsize=9)
    axes.grid(False, axis="y")
    _percent_ticks(axes.xaxis)
    return figure


def slices(measured: Sequence[SliceMetrics], capacity: int, title: str) -> Figure:
    """Plot the recall at capacity of each slice with positives, with 95 % Wilson intervals, by dimension.

    Args:
        measured: metrics of slices, from the top down.
        capacity: rows reviewed a day, of all slices together.
        title: one line, for example the model and its version.
    """
    shown = [part for part in measured if part.positives]
    figure, axes = _canvas(title, f"Share of positives found by slice, {capacity:,} rows a day reviewed over all "
                           "slices, 95 % intervals", height=1.6 + 0.27 * max(len(shown), 3))
    bars = wilson(np.array([part.recall for part in shown]), np.array([part.positives for part in shown]))
    for row, part in enumerate(shown):
        axes.plot([bars.low[row], bars.high[row]], [row, row], color=MODEL, linewidth=2, solid_capstyle="butt")
        axes.plot(part.recall, row, "o", color=MODEL, markersize=6)
        axes.annotate(f"{part.found:,} of {part.positives:,}", (1.02, row), va="center", fontsize=8, color=MUTED)
    axes.set_yticks(range(len(shown)), [f"{_readable(part.dimension)}: {part.value}" for part in shown])
    axes.set(xlim=(-0.02, 1.2), ylim=(max(len(shown), 1) - 0.4, -0.6), xlabel="Recall at capacity")
    axes.xaxis.set_major_locator(FixedLocator([0, 0.25, 0.5, 0.75, 1]))
    axes.tick_params(axis="y", length=0, labelsize=8.5)
    axes.grid(False, axis="y")
    _percent_ticks(axes.xaxis)
    return figure


def against_rules(measured: Sequence[tuple[str, ModelComparison]], title: str, labels: str) -> Figure:
    """Plot the average precision of every model and of its baseline rule, with intervals, and the base rate.

    Args:
        measured: name and comparison of each model, from the top down.
        title: one line.
        labels: source of the labels, such as `verdicts`.
    """
    figure, axes = _canvas(title, f"Average precision on the test weeks by {labels}, 95 % intervals",
                           height=1.6 + 0.42 * max(len(measured), 2))
    for row, (_, by) in enumerate(measured):
        for estimate, shift, color in ((by.lift.rule, 0.17, OTHER), (by.lift.model, -0.17, MODEL)):
            axes.plot([estimate.low, estimate.high], [row + shift] * 2, color=color, linewidth=2.2,
                      solid_capstyle="butt")
            axes.plot(estimate.value, row + shift, "o", color=color, markersize=6,
                      label={MODEL: "model", OTHER: "best rule of one feature"}[color] if row == 0 else None)
        axes.plot([by.base_rate] * 2, [row - 0.32, row + 0.32], color=ACCENT, linewidth=1.4,
                  label="base rate" if row == 0 else None)
    axes.set_yticks(range(len(measured)), [f"{name}\n{by.positives:,} positive" for name, by in measured])
    axes.set(xlim=(0, 1), ylim=(max(len(measured), 1) - 0.5, -0.5), xlabel="Average precision")
    axes.tick_params(axis="y", length=0, labelsize=8.5)
    axes.grid(False, axis="y")
    # The legend is below the axes, because intervals may lie anywhere within them.
    figure.legend(loc="outside lower center", ncols=3, fontsize=8.5, frameon=False, labelcolor=INK)
    return figure


def ratios(measured: Sequence[tuple[str, float, float | None]], title: str, subtitle: str) -> Figure:
    """Plot cost ratios as bars, with the upper limit of each ratio.

    Args:
        measured: name, value and limit of each ratio, from the top down; None for a ratio without a limit.
        title: one line.
        subtitle: one line below the title, for example the machine and the day.
    """
    figure, axes = _canvas(title, subtitle, height=1.9 + 0.5 * max(len(measured), 2))
    for row, (_, value, aim) in enumerate(measured):
        missed = aim is not None and value > aim
        axes.barh(row, value, color=ACCENT if missed else OTHER if aim is None else MODEL, height=0.55)
        if aim is not None:
            axes.plot([aim] * 2, [row - 0.42, row + 0.42], color=INK, linewidth=2)
        text = f"{value:.2f}" + ("" if aim is None else f" (at most {aim:g}{', missed' if missed else ''})")
        axes.annotate(text, (max(value, aim or 0), row), xytext=(6, 0), textcoords="offset points", va="center",
                      fontsize=8.5, color=INK)
    axes.set_yticks(range(len(measured)), ["\n".join(textwrap.wrap(name, 34)) for name, _, _ in measured])
    furthest = max([max(value, aim or 0) for _, value, aim in measured], default=1.0)
    aimed = any(aim is not None for _, _, aim in measured)
    axes.set(xlim=(0, 1.45 * furthest), ylim=(max(len(measured), 1) - 0.5, -0.5),
             xlabel="Times as much" + ("; the line is the aim" if aimed else ""))
    axes.tick_params(axis="y", length=0, labelsize=8.5)
    axes.grid(False, axis="y")
    return figure


def _canvas(title: str, subtitle: str, height: float = 5.2,
            height_ratios: tuple[int, ...] = (1,)) -> tuple[Figure, Axes | np.ndarray]:
    """Return a figure and its panels from the top down, with a title and a subtitle."""
    figure = Figure(figsize=(7.4, height), dpi=130, layout="constrained", facecolor="white")
    panels = figure.subplots(len(height_ratios), 1, height_ratios=height_ratios)
    for axes in np.atleast_1d(panels):
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(MUTED)
        axes.tick_params(colors=MUTED, labelcolor=INK, labelsize=9)
        axes.grid(True, color=FAINT, linewidth=0.7)
        axes.set_axisbelow(True)
        axes.xaxis.label.set(color=INK, fontsize=9.5)
        axes.yaxis.label.set(color=INK, fontsize=9.5)
    # Users choose some names: a dollar sign in a name is money, not mathematics.
    heading = figure.suptitle(textwrap.shorten(title, 90, placeholder="...") + "\n ", x=0.012, ha="left",
                              fontsize=12, fontweight="bold", color=INK, parse_math=False)
    # The second line of the heading is empty: the subtitle, in a smaller font, is drawn there.
    below = np.atleast_1d(panels)[0].annotate(subtitle, (0, 0.05), xycoords=heading, fontsize=9.5, color=MUTED,
                                              parse_math=False, annotation_clip=False)
    below.set_in_layout(False)
    return figure, panels


def _precision_recall_line(axes: Axes, scored: Scored, capacity: int, name: str,
                           color: str) -> dict[str, float]:
    values = measure_scores(scored, capacity)
    positives, rows = threshold_counts(scored.label, scored.score)
    if values["positives"]:
        # Thresholds above the first positive would only draw a needle at recall 0.
        positives, rows = positives[positives > 0], rows[positives > 0]
        recall, precision = positives / positives[-1], positives / rows
        # Average precision is the area under steps; straight lines between the points would show a larger area.
        axes.plot(np.append(0, recall), np.append(precision[0], precision), drawstyle="steps-pre",
                  color=color, linewidth=1.6, zorder=3 if color == MODEL else 2.5,
                  label=f"{name}: average precision {values['average_precision']:.3f}")
    return values


def _gain_line(amount: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the share of rows and of the amount at each threshold, from (0, 0); empty without amount."""
    amounts, rows = threshold_counts(amount, score)
    if not len(rows) or not amounts[-1]:
        return np.zeros(0), np.zeros(0)
    return np.append(0, rows / rows[-1]), np.append(0, amounts / amounts[-1])


def _loss(scored: Scored) -> np.ndarray:
    """Return the loss of positive rows, and 0 for the others."""
    return np.asarray(scored.loss, dtype=np.int64) * np.asarray(scored.label, dtype=np.int64)


def _found_line(axes: Axes, name: str, line: tuple[np.ndarray, np.ndarray], at_capacity: tuple[float, float],
                color: str) -> None:
    axes.plot(*line, color=color, linewidth=1.8, label=f"{name}: {_percent(at_capacity[1])} at capacity")
    axes.plot(*at_capacity, "o", color=color, markersize=7, zorder=4)


def _capacity_line(axes: Axes, capacity: int, reviewed: float) -> None:
    axes.axvline(reviewed, color=INK, linewidth=1, linestyle=":",
                 label=f"capacity {capacity:,} a day = {_percent(reviewed)} of rows")


def _reviewed_share(scored: Scored, capacity: int) -> float:
    a_day = np.unique(scored.day, return_counts=True)[1]
    return float(np.minimum(a_day, capacity).sum() / max(len(scored.day), 1))


def _square_root(axis: Axis, reach: float) -> None:
    # Labels closer than a twelfth of the axis would touch.
    ticks = [0.0]
    for rate in (rate for rate in RATES if rate <= reach):
        if np.sqrt(rate) - np.sqrt(ticks[-1]) >= np.sqrt(reach) / 12:
            ticks.append(rate)
    set_scale = getattr(axis.axes, f"set_{axis.axis_name}scale")
    set_scale("function", functions=(lambda value: np.sqrt(np.maximum(value, 0)), np.square))
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: _percent(value)))


def _percent_axes(axes: Axes) -> None:
    for axis in (axes.xaxis, axes.yaxis):
        _percent_ticks(axis)


def _percent_ticks(axis: Axis) -> None:
    axis.set_major_formatter(FuncFormatter(lambda value, _: _percent(value)))


def _legend(axes: Axes, loc: str) -> None:
    axes.legend(loc=loc, fontsize=8.5, frameon=True, framealpha=0.92, edgecolor="none", labelcolor=INK)


def _operating_point(values: dict[str, float], capacity: int) -> str:
    return (f"{capacity:,} a day: precision {_percent(values['precision_at_capacity'])}, "
            f"recall {_percent(values['recall_at_capacity'])}")


def _counts(scored: Scored) -> str:
    return f"{_count(len(scored.label), 'row')}, {_count(int(np.sum(scored.label)), 'positive')}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _percent(value: float) -> str:
    """Format a share with two significant digits below ten percent, and as whole percents above."""
    if np.isnan(value):
        return "undefined"
    return f"{100 * value:.0f} %" if value >= 0.0995 or value == 0 else f"{100 * value:.2g} %"


def _readable(name: str) -> str:
    """Return `refund_claim_30d` as `refund claim, 30 days`, `order_count_lifetime` as `order count, ever`."""
    window = re.fullmatch(r"(.+)_(?:(\d+)d|lifetime)", name)
    length = "ever" if window and window[2] is None else _count(int(window[2]), "day") if window else None
    stem, tail = (window[1], f", {length}") if window else (name, "")
    return re.sub(r"_cents$", "", stem).replace("_", " ").strip() + tail
