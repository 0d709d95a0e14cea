"""A self-contained HTML page about two runs of a model: which is better, by how much, on which rows, and why."""

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from matplotlib.figure import Figure

from jobs.evaluation.metric_text import HEADLINES, LOWER_IS_BETTER, format_interval, format_value
from jobs.evaluation.metrics import Estimate
from jobs.evaluation.paired_runs import ChangedRow, PairedRuns
from jobs.evaluation.slices import SliceMetrics
from jobs.reporting import plots

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1f2933; max-width: 1080px; margin: 2em auto; padding: 0 1em; }
h1 { font-size: 1.5em; margin-bottom: 0; } h2 { font-size: 1.15em; margin-top: 2em; }
p.verdict { font-size: 1.1em; background: #eef3f8; border-left: 4px solid #1d5b8f; padding: .6em .9em; }
table { border-collapse: collapse; } th, td { padding: .3em .8em; border-bottom: 1px solid #dfe3e8; text-align: left; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; } td.n { white-space: nowrap; }
.better { color: #1a7f37; } .worse { color: #b4491f; } .muted { color: #6b7580; }
img { max-width: 100%; } figure { margin: 0; }
.pictures { display: grid; grid-template-columns: 1fr 1fr; gap: 1em; } td.long { overflow-wrap: anywhere; }
"""


@dataclass(frozen=True)
class Page:
    """What the page says besides the comparison.

    Attributes:
        names: of the first and of the second run, short ones.
        subtitle: both runs with the days of their trainings.
        rows: which rows both are measured on, a sentence.
        promotion: the recorded verdict of promotion of the second run; empty without one.
        changes: what changed from the first to the second, by kind.
        causes: by the position of a changed row, its causes in words.
    """

    title: str
    subtitle: str
    names: tuple[str, str]
    rows: str
    promotion: str
    changes: Mapping[str, Sequence[str]]
    causes: Mapping[int, str]


def render(page: Page, paired: PairedRuns) -> str:
    """Return the page as HTML, with its pictures inside. It loads nothing from elsewhere."""
    parts = [f"<h1>{escape(page.title)}</h1>",
             f"<p class=muted>{escape(page.subtitle)}</p>",
             f"<p class=verdict>{escape(verdict(page.names, paired))}</p>", _promotion(page),
             f"<p>{escape(page.rows)}</p>",
             "<h2>Metrics</h2>", _metrics(page.names, paired),
             "<h2>Curves</h2>", _pictures(page, paired),
             "<h2>What changed</h2>", _changes(page.changes),
             "<h2>Slices</h2>", _slices(page.names, paired.slices),
             "<h2>Rows whose scores differ most</h2>", _changed(page, paired.changed)]
    return ("<!doctype html><html lang=en><head><meta charset=utf-8>"
            '<meta name=viewport content="width=device-width, initial-scale=1">'
            f"<title>{escape(page.title)}</title><style>{STYLE}</style></head><body>{''.join(parts)}</body></html>\n")


def verdict(names: tuple[str, str], paired: PairedRuns) -> str:
    """Return which run is better by average precision, and whether chance could explain it, in two sentences."""
    difference, money = paired.metrics["average_precision"][2], paired.metrics["caught_cents_at_capacity"][2]
    if difference.value == 0:
        return "Both rank the rows equally well by average precision."
    better = names[difference.value > 0].capitalize()
    size = difference if difference.value > 0 else Estimate(-difference.value, -difference.high, -difference.low)
    certain = "The interval does not contain 0." if size.above_zero else "Chance alone could explain it."
    return (f"{better} is better by {format_interval('average_precision', size)} in average precision. {certain} "
            f"At {paired.capacity} reviews a day, {names[1]} catches "
            f"{format_interval('caught_cents_at_capacity', money, sign=True)} of loss against {names[0]}.")


def _promotion(page: Page) -> str:
    return f"<p><b>May {escape(page.names[1])} go live?</b> {escape(page.promotion)}</p>" if page.promotion else ""


def _metrics(names: tuple[str, str], paired: PairedRuns) -> str:
    rows = []
    for name, words in HEADLINES.items():
        first, second, difference = paired.metrics[name]
        rows.append([escape(words), *(format_interval(name, one) for one in (first, second)),
                     f"<span class={_color(name, difference)}>{format_interval(name, difference, sign=True)}</span>"])
    return _table(("metric", *map(escape, names), "difference, paired"), rows)


def _color(name: str, difference: Estimate) -> str:
    """Return the class of a difference whose interval does not contain 0."""
    if not (difference.low > 0 or difference.high < 0):
        return "muted"
    return "better" if (difference.value > 0) != (name in LOWER_IS_BETTER) else "worse"


def _pictures(page: Page, paired: PairedRuns) -> str:
    (first, second), names = paired.scored, page.names
    figures = (plots.precision_recall(second, paired.capacity, page.title, first, names=(names[1], names[0])),
               plots.gain_of_two(first, second, paired.capacity, page.title, names),
               plots.calibration_curve(first, f"{page.title}: {names[0]}"),
               plots.calibration_curve(second, f"{page.title}: {names[1]}"))
    return f"<div class=pictures>{''.join(_picture(figure) for figure in figures)}</div>"


def _picture(figure: Figure) -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return f'<figure><img alt="" src="data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"></figure>'


def _changes(changes: Mapping[str, Sequence[str]]) -> str:
    return _table(("kind", "change"), [[escape(kind), "<br>".join(map(escape, said)) or "nothing"]
                                       for kind, said in changes.items()], numbers=False)


def _slices(names: tuple[str, str], by_slice: Sequence[tuple[SliceMetrics, SliceMetrics]]) -> str:
    rows = [[escape(f"{second.dimension}: {second.value}"), f"{second.rows:,}", f"{second.positives:,}",
             *(f"{one.found:,}" for one in (first, second)), f"{second.found - first.found:+,}",
             *(_few_or(one.average_precision) for one in (first, second))] for first, second in by_slice]
    heads = ("slice", "rows", "positive", *(f"found by {escape(name)}" for name in names), "difference",
             *(f"average precision of {escape(name)}" for name in names))
    return _table(heads, rows)


def _few_or(average_precision: float) -> str:
    return "few positives" if average_precision != average_precision else format_value("", average_precision)


def _changed(page: Page, changed: Sequence[ChangedRow]) -> str:
    if not changed:
        return "<p>Every score is equal.</p>"
    rows = [[escape(row.entity), escape(row.as_of), "confirmed" if row.label else "",
             format_value("_cents", row.loss_cents) if row.label else "", *(f"{score:.3f}" for score in row.scores),
             _review(row), escape(page.causes.get(row.index, ""))] for row in changed]
    return _table(("entity", "day", "verdict", "loss", *map(escape, page.names), "review", "causes of the change"),
                  rows, text=("entity", "day", "verdict", "review", "causes of the change"))


def _review(row: ChangedRow) -> str:
    return {(True, False): "no more", (False, True): "newly", (True, True): "both", (False, False): ""}[row.reviewed]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], numbers: bool = True,
           text: Sequence[str] | None = None) -> str:
    """Return a table whose columns are numbers, but for the first column or the named ones."""
    text = heads[:1] if text is None else text
    kinds = [" class=long" if head in text or not numbers else " class=n" for head in heads]
    head = "".join(f"<th{kind}>{cell}</th>" for kind, cell in zip(kinds, heads))
    body = "".join("<tr>" + "".join(f"<td{kind}>{cell}</td>" for kind, cell in zip(kinds, row)) + "</tr>"
                   for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"
