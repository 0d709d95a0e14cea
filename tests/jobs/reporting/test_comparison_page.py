"""The HTML page about two runs: its verdict, its tables, and that it is safe and self-contained."""

import dataclasses
import re

import numpy as np
import pyarrow as pa
import pytest

from jobs.evaluation import paired_runs
from jobs.reporting import comparison_page
from jobs.reporting.comparison_page import Page

NAMES = ("version 1", "version 2")
PAGE = Page("user/refund_abuse: two runs", "version 1 of 2026-11-13, and version 2 of 2026-11-20", NAMES,
            "Both score 200 rows.", "It was promoted: better.", {"data": ["train_to: a -> b"], "features": []}, {})


def table(score: np.ndarray, label: np.ndarray) -> pa.Table:
    names = np.array([f"u{i:03}" for i in range(len(label))])
    return pa.table({"as_of": np.full(len(label), np.datetime64("2026-11-01")), "entity": names, "cluster": names,
                     "label": label, "loss_cents": label.astype(np.int64) * 100, "score": score,
                     "slice_region": np.where(np.arange(len(label)) % 2, "<b>north</b>", "south")})


@pytest.fixture(scope="module")
def paired():
    rng = np.random.default_rng(5)
    label = (rng.random(200) < 0.1).astype(np.int8)
    return paired_runs.compare(table(rng.random(200), label), table(0.3 * rng.random(200) + 0.6 * label, label), 10, 3)


def swapped(paired):
    """The same comparison with the first and the second run exchanged."""
    metrics = {name: (two, one, dataclasses.replace(d, value=-d.value, low=-d.high, high=-d.low))
               for name, (one, two, d) in paired.metrics.items()}
    return dataclasses.replace(paired, metrics=metrics)


def test_the_verdict_names_the_better_run_whichever_it_is(paired):
    said, other = (comparison_page.verdict(NAMES, of) for of in (paired, swapped(paired)))
    assert said.startswith("Version 2 is better by 0.") and "does not contain 0" in said
    assert other.startswith("Version 1 is better by 0.") and other.split(".")[1] == said.split(".")[1]


def test_a_difference_that_chance_explains_is_said_to_be_one(paired):
    one, two, difference = paired.metrics["average_precision"]
    near = {**paired.metrics, "average_precision": (one, two, dataclasses.replace(difference, value=.01, low=-.1))}
    assert "Chance alone could explain it" in comparison_page.verdict(NAMES, dataclasses.replace(paired, metrics=near))


def test_the_page_holds_everything_and_loads_nothing(paired):
    html = comparison_page.render(PAGE, paired)
    assert html.count("data:image/png;base64,") == 4
    assert not re.search(r"(src|href)=[\"']?(https?:|//|/)|<script|@import|url\(", html)
    for words in ("average precision", "May version 2 go live?", "It was promoted: better.", "train_to: a -&gt; b",
                  "Rows whose scores differ most", "Both score 200 rows."):
        assert words in html


def test_nothing_from_the_data_is_markup(paired):
    html = comparison_page.render(dataclasses.replace(
        PAGE, causes={row.index: "<script>alert(1)</script>" for row in paired.changed}), paired)
    assert "&lt;b&gt;north&lt;/b&gt;" in html and "&lt;script&gt;alert(1)" in html
    assert "<script" not in html and "<b>north" not in html


def test_a_better_metric_is_green_and_a_lower_error_is_better(paired):
    html = comparison_page.render(PAGE, paired)
    assert re.search(r"average precision</td>.*?<span class=better>\+0", html)
    brier = paired.metrics["brier"][2]
    assert brier.high < 0 and re.search(r"Brier score</td>(<td[^>]*>[^<]*</td>){2}<td[^>]*><span class=better>-", html)
