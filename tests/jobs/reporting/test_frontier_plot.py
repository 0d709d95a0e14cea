"""The picture of a frontier: lines that can be told apart, and marks that stay visible."""

import matplotlib.colors
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from jobs.decisions.frontier import PRICES, WEIGHTS, weight_columns
from jobs.decisions.policy_documents import PARTIES
from jobs.reporting.frontier_plot import draw, figure
from tests.support.builders import TODAY, YESTERDAY


def row(mode: str, price: float, weights: tuple, minutes: float, prevented: float, policy: str = "live") -> dict:
    friction = 4 * prevented / (1 + sum(weights))
    return {"ds": TODAY, "first_day": YESTERDAY, "entity": "user", "mode": mode, "policy": policy,
            "price_cents_a_minute": price, **weight_columns(weights), "rows": 5, "minutes_a_day": minutes,
            "prevented_cents": prevented, "prevented_lo_cents": 0.8 * prevented, "prevented_hi_cents": 1.1 * prevented,
            **{f"friction_{party}_cents": friction / 4 for party in PARTIES},
            "friction_lo_cents": 0.9 * friction, "friction_hi_cents": 1.2 * friction}


ROWS = [*(row("frontier", price, (weight,) * 4, 500 / (1 + price / 100), 1e6 / (1 + weight + price / 200))
          for price in PRICES for weight in WEIGHTS),
        row("frontier", 0.0, (4.0, 1.0, 1.0, 1.0), 9e9, 9e9),
        row("live", -1.0, (1.0,) * 4, 200, 4e5), row("shadow", -1.0, (1.0,) * 4, 200, 4e5, "strict")]


@pytest.fixture(scope="module")
def drawn():
    canvas = figure(ROWS)
    FigureCanvasAgg(canvas).draw()
    return canvas


def curves(axes) -> list:
    return [line for line in axes.lines if line.get_label().startswith(("honest money", "a minute"))]


def test_lines_of_a_panel_differ_in_colour(drawn):
    for axes in drawn.axes:
        colours = [np.array(matplotlib.colors.to_rgb(line.get_color())) for line in curves(axes)]
        assert len(colours) == 5
        assert min(np.linalg.norm(a - b) for a, b in zip(colours, colours[1:])) > 0.15
        assert max(colour.mean() for colour in colours) < 0.75  # none is too light for white paper


def test_weights_that_differ_between_parties_are_in_the_table_alone(drawn):
    assert max(line.get_xdata().max() for axes in drawn.axes for line in curves(axes)) < 9e9


def test_legends_are_below_the_panels_and_hide_nothing(drawn):
    for axes in drawn.axes:
        legend = axes.get_legend().get_window_extent()
        assert legend.y1 < axes.get_window_extent().y0 and legend.y0 >= 0


def test_a_live_mark_is_larger_than_a_shadow_at_the_same_place_and_below_it(drawn):
    for axes in drawn.axes:
        live, shadow = (container.lines[0] for container in axes.containers)
        assert live.get_markersize() > 1.8 * shadow.get_markersize() and live.get_zorder() < shadow.get_zorder()
        assert [axes.get_legend().get_texts()[place].get_text() for place in (-2, -1)] == [
            "live policies", "shadow: strict"]


def test_marks_have_the_bars_of_their_intervals(drawn):
    live = drawn.axes[1].containers[0]
    (x, y), = live.lines[0].get_xydata()
    sideways, upright = (bar.get_segments()[0] for bar in live.lines[2])
    assert sideways[:, 0] == pytest.approx([0.9 * x, 1.2 * x]) and upright[:, 1] == pytest.approx([0.8 * y, 1.1 * y])


def test_text_is_large_enough_to_read(drawn):
    texts = [text for axes in drawn.axes for text in (*axes.get_legend().get_texts(), *axes.get_xticklabels(),
                                                      axes.xaxis.label)]
    assert min(text.get_fontsize() for text in texts) >= 9


def test_a_single_point_and_no_shadow_are_drawn_into_a_new_folder(tmp_path):
    draw([ROWS[0], row("live", -1.0, (1.0,) * 4, 0, 0)], tmp_path / "new" / "f.png")
    assert (tmp_path / "new" / "f.png").read_bytes().startswith(b"\x89PNG")
