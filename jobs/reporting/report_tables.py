"""The report's tables, for a terminal and as Markdown, with the same cells."""

import datetime as dt
import textwrap
from collections.abc import Sequence

import numpy as np

from jobs.evaluation import error_analysis
from jobs.evaluation.baseline import ModelComparison
from jobs.evaluation.metrics import Estimate
from jobs.evaluation.model_report import SHOWN, ModelReport
from jobs.reporting.markdown_sections import format_table

# Above this average precision, the demo is too easy to show differences between models.
TOO_EASY = 0.95
WIDTH = 120
HEADS = ("risk", "positive", "base rate", "average precision", "ROC AUC", "precision", "recall")
RULE_HEADS = ("risk", "best rule of one feature", "average precision", "lift", "lift by ground truth")
TRAINING_HEADS = ("risk", "model", "verdicts or cases", "cleared", "training rows", "positive", "capacity a day")
INTERVALS = ("In brackets: 95% intervals of a bootstrap over entities. The test rows lie in the last weeks, and no "
             "training reads them. Precision and recall are at capacity, day by day.")
NO_TRUTH = "No ground truth: this is no simulated marketplace, so incidents that no verdict confirmed are unknown."

Cells = Sequence[Sequence[str]]


def terminal(reports: Sequence[ModelReport], missing: Sequence[str], ds: dt.date, simulated: bool) -> str:
    """Return the complete report as text for a terminal."""
    parts = [_conditions(reports, ds, simulated), INTERVALS]
    for title, heads, rows in tables(reports):
        parts.append(f"{title}\n{_aligned(heads, rows)}")
    parts += [f"{r.model.name}: {causes(r)}" for r in reports if r.segments]
    paragraphs = [*parts, *remarks(reports, simulated), *missing]
    return "\n\n".join(part if "\n" in part else textwrap.fill(part, WIDTH) for part in paragraphs)


def markdown(reports: Sequence[ModelReport], missing: Sequence[str], ds: dt.date, simulated: bool, picture: str) -> str:
    """Return the complete report as the section of a Markdown page, with the error analysis of each risk."""
    parts = [_conditions(reports, ds, simulated), INTERVALS,
             f"![Average precision of every model and of its rule, with intervals]({picture})"]
    for title, heads, rows in tables(reports):
        parts.append(f"### {title}\n\n{format_table(heads, rows)}")
    parts += [*remarks(reports, simulated), *missing]
    if any(r.segments for r in reports):
        parts.append("### Error analysis")
        parts += [f"#### {r.model.name}\n\n{causes(r)}\n\n{format_table(*_missed(r))}" for r in reports if r.segments]
    return "\n\n".join([*parts, f"Made by `make report DS={ds} OUT=docs/model-quality.md`."])


def tables(reports: Sequence[ModelReport]) -> list[tuple[str, Sequence[str], Cells]]:
    """Return (title, heads, rows) of every table; without ground truth its table is left out."""
    sections = [("Training data", TRAINING_HEADS, [_training_data(r) for r in reports]),
                ("By verdicts, after-sales risks by cases", HEADS,
                 [_measured(r.model.name, r.by_verdicts) for r in reports])]
    by_truth = [_measured(r.model.name, r.by_ground_truth) for r in reports if r.by_ground_truth]
    if by_truth:
        sections.append(("By ground truth, confirmed or not", HEADS, by_truth))
    return [*sections, ("Lift over the best rule of one feature, on the same rows", RULE_HEADS,
                        [_rule(r) for r in reports])]


def causes(result: ModelReport) -> str:
    """Summarise the causes of missed ground-truth rows in a few sentences."""
    return error_analysis.summary(list(result.segments), result.model.declared_risk.capacity, len(result.days))


def remarks(reports: Sequence[ModelReport], simulated: bool) -> list[str]:
    """Return sentences that a reader must not overlook."""
    behind = [r.model.name for r in reports if not r.by_verdicts.lift.difference.above_zero]
    easy = [r.model.name for r in reports if r.by_verdicts.metrics["average_precision"].value > TOO_EASY]
    sentences = [f"Lift not above 0 beyond its interval: {', '.join(behind)}."] if behind else \
        ["Every model's lift is above 0 beyond its interval."]
    if easy:
        sentences.append(f"Average precision above {TOO_EASY}, so the task is too easy to show anything: "
                         f"{', '.join(easy)}.")
    return sentences if simulated else [*sentences, NO_TRUTH]


def estimate(value: Estimate, sign: bool = False) -> str:
    """Format an estimate as `0.41 (0.35..0.47)`; `-` for an undefined one."""
    if np.isnan(value.value):
        return "-"
    form = "+.2f" if sign else ".2f"
    return f"{value.value:{form}} ({value.low:{form}}..{value.high:{form}})"


def _conditions(reports: Sequence[ModelReport], ds: dt.date, simulated: bool) -> str:
    days = sorted({day for r in reports for day in r.days})
    return (f"As of {ds}, test rows of {len(days)} days from {days[0]} to {days[-1]}. "
            + ("Simulated data: the figures describe the models in this simulated marketplace, and not in a real "
               "one." if simulated else ""))


def _training_data(r: ModelReport) -> list[str]:
    return [r.model.name, f"{r.alias} {r.version} of {r.trained_on}", f"{r.confirmed:,}", f"{r.cleared:,}",
            f"{r.training_counts[0]:,} rows", f"{r.training_counts[1]:,}", f"{r.model.declared_risk.capacity}"]


def _measured(name: str, by: ModelComparison) -> list[str]:
    return [name, f"{by.positives:,} of {by.rows:,}", f"{by.base_rate:.2%}",
            *(estimate(by.metrics[metric]) for metric in SHOWN)]


def _rule(r: ModelReport) -> list[str]:
    return [r.model.name, f"{r.rule.direction} {r.rule.column}", estimate(r.by_verdicts.lift.rule),
            estimate(r.by_verdicts.lift.difference, sign=True),
            estimate(r.by_ground_truth.lift.difference, sign=True) if r.by_ground_truth else "-"]


def _missed(r: ModelReport) -> tuple[Sequence[str], Cells]:
    return (("by", "planted rows", "of them", "reviewed"),
            [[p.dimension, p.name, f"{p.rows}", f"{p.share:.0%}"] for p in r.segments])


def _aligned(heads: Sequence[str], rows: Cells) -> str:
    widths = [max(len(line[i]) for line in [heads, *rows]) for i in range(len(heads))]
    return "\n".join("  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip()
                     for line in [heads, *rows])
