"""Figures: they mark what metrics.py measured, say how many rows that is, and clip nothing."""

import subprocess
import sys
import warnings

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from jobs.evaluation import ranking
from jobs.evaluation.metrics import Scored
from jobs.reporting import plots


def table(rows) -> Scored:
    """Rows of (day, entity, score, label, loss)."""
    day, entity, score, label, loss = (np.array(column) for column in zip(*rows, strict=True))
    return Scored(label=label, score=score, day=day, entity=entity, loss=loss)


SIX_ROWS = table([
    (1, "ann", 0.9, 1, 100),
    (1, "bob", 0.6, 0, 0),
    (1, "cid", 0.3, 0, 0),
    (2, "ann", 0.8, 0, 0),
    (2, "bob", 0.5, 1, 300),
    (2, "cid", 0.1, 0, 0),
])
NO_POSITIVES = table([(1, "ann", 0.9, 0, 0), (1, "bob", 0.6, 0, 0)])
TITLE = "seller/merchant_fraud, version 3"


def many_rows(entities=400) -> Scored:
    generator = np.random.default_rng(0)
    score = generator.beta(0.3, 20, entities)
    label = (generator.random(entities) < score).astype(int)
    return Scored(label=label, score=score, day=np.arange(entities) % 2, loss=label * 5_000,
                  entity=np.array([f"s{n:03}" for n in range(entities)]))


def texts(figure) -> str:
    return "\n".join(text.get_text() for text in figure.findobj(Text))


def line(axes, label):
    return next(each for each in axes.get_lines() if str(each.get_label()).startswith(label))


DRAWN = {
    "precision_recall": lambda rows: plots.precision_recall(rows, 1, TITLE, champion=rows),
    "calibration_curve": lambda rows: plots.calibration_curve(rows, TITLE),
    "gain": lambda rows: plots.gain(rows, 1, TITLE),
}


@pytest.mark.parametrize("name", DRAWN)
def test_a_figure_says_its_title_and_how_many_rows_and_positives_it_shows(name):
    said = texts(DRAWN[name](SIX_ROWS))
    assert TITLE in said and "6 rows, 2 positives" in said


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("rows", [NO_POSITIVES, many_rows()], ids=["no positives", "many"])
def test_a_figure_draws_without_a_warning_and_every_word_is_inside_it(name, rows):
    assert_inside(DRAWN[name](rows))


@pytest.mark.parametrize("names", [["refund_claim_amount_of_shared_devices_90d"] * 25, []])
def test_the_importance_of_any_number_of_features_fits_its_figure(names):
    assert_inside(plots.importance(names, np.arange(len(names)), TITLE))


def assert_inside(figure):
    renderer = FigureCanvasAgg(figure).get_renderer()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure.draw(renderer)
    # The line below the title takes no part in the layout, so the tight box leaves it out.
    drawn = [figure.get_tightbbox(renderer).transformed(figure.dpi_scale_trans),
             *(text.get_window_extent(renderer) for text in figure.axes[0].texts)]
    frame = figure.bbox.padded(1)
    for box in drawn:
        assert frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1, box


def test_precision_and_recall_mark_what_capacity_finds():
    axes = plots.precision_recall(SIX_ROWS, 1, TITLE).axes[0]
    point = line(axes, "1 a day")
    # ann twice, and only Monday's is positive: 1 of 2 reviewed, 1 of 2 positives.
    assert (point.get_xdata()[0], point.get_ydata()[0]) == (1 / 2, 1 / 2)
    assert set(line(axes, "base rate").get_ydata()) == {2 / 6}


def test_the_area_under_the_drawn_steps_is_the_average_precision():
    curve = line(plots.precision_recall(SIX_ROWS, 1, TITLE).axes[0], "this model")
    assert curve.get_drawstyle() == "steps-pre"
    area = np.sum(np.diff(curve.get_xdata()) * curve.get_ydata()[1:])
    assert area == pytest.approx(ranking.average_precision(SIX_ROWS.label, SIX_ROWS.score))
    assert area == pytest.approx((1 / 1 + 2 / 4) / 2)


def test_the_champion_is_drawn_only_when_it_is_given():
    worse = Scored(**vars(SIX_ROWS) | {"score": SIX_ROWS.score[::-1]})
    assert "champion" not in texts(plots.precision_recall(SIX_ROWS, 1, TITLE))
    # Reversed, the positives rank third and sixth.
    expected = (1 / 3 + 2 / 6) / 2
    assert f"champion: average precision {expected:.3f}" in texts(
        plots.precision_recall(SIX_ROWS, 1, TITLE, champion=worse))


def test_the_calibration_curve_shows_the_share_of_positives_of_each_bin():
    rows = [(1, f"s{n:02}", 0.2 if n < 10 else 0.6, int(n in (0, 10, 11, 12)), 0) for n in range(20)]
    container = plots.calibration_curve(table(rows), TITLE).axes[0].containers[0]
    points = container.lines[0]
    assert list(points.get_xdata()) == pytest.approx([0.2, 0.6])
    assert list(points.get_ydata()) == [1 / 10, 3 / 10]


def test_gain_runs_from_nothing_to_everything_and_marks_capacity():
    axes = plots.gain(SIX_ROWS, 1, TITLE).axes[0]
    positives, loss = line(axes, "share of positives"), line(axes, "share of loss")
    shares = np.arange(7) / 6
    assert list(positives.get_xdata()) == pytest.approx(shares)
    assert list(positives.get_ydata()) == [0, 1 / 2, 1 / 2, 1 / 2, 1, 1, 1]
    assert list(loss.get_ydata()) == [0, 1 / 4, 1 / 4, 1 / 4, 1, 1, 1]
    assert set(line(axes, "capacity 1 a day").get_xdata()) == {2 / 6}


def test_gain_turns_logarithmic_where_capacity_would_be_a_sliver():
    assert plots.gain(SIX_ROWS, 1, TITLE).axes[0].get_xscale() == "linear"
    assert plots.gain(many_rows(), 1, TITLE).axes[0].get_xscale() == "log"


def test_importance_shows_the_largest_first_under_readable_names():
    figure = plots.importance(["is_new", "refund_claim_30d", "paid_cents_1d", "age"], np.array([1, 6, 3, 0]),
                              TITLE, top=3)
    axes = figure.axes[0]
    labels = [text.get_text() for text in axes.get_yticklabels()]
    assert labels == ["refund claim, 30 days", "paid, 1 day", "is new"]
    assert [bar.get_width() for bar in axes.patches] == [6 / 10, 3 / 10, 1 / 10]
    assert axes.yaxis_inverted()
    assert "3 of 4 features, 100.0 % of the gain" in texts(figure)


def test_two_features_that_read_alike_keep_a_bar_each():
    figure = plots.importance(["paid", "paid_cents"], np.array([1, 3]), TITLE)
    assert [bar.get_width() for bar in figure.axes[0].patches] == [3 / 4, 1 / 4]
    assert len({bar.get_y() for bar in figure.axes[0].patches}) == 2


def test_importance_without_one_gain_per_name_is_refused():
    with pytest.raises(ValueError, match="one gain per name"):
        plots.importance(["age"], np.array([1, 2]), TITLE)


def test_plots_open_no_window_system():
    # pyplot keeps every figure alive and looks for a display; a nightly job has neither use nor room.
    code = "import sys, jobs.reporting.plots; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_ratio_is_drawn_with_its_aim_and_says_when_it_was_missed():
    figure = plots.ratios([("night", 1.4, 1.3), ("scores", 1.1, 1.15), ("Java", 0.5, None)], "Costs", "two cores")
    shown = texts(figure)
    assert "1.40 (at most 1.3, missed)" in shown and "1.10 (at most 1.15)" in shown and "0.50" in shown
    assert [list(each.get_xdata()) for each in figure.axes[0].get_lines()] == [[1.3, 1.3], [1.15, 1.15]]
    assert [bar.get_width() for bar in figure.axes[0].patches] == [1.4, 1.1, 0.5]
