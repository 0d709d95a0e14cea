"""A model that is asked about nearly the same rows again says what it would say of each of them alone."""

import pyarrow as pa
import pytest

from features.case.definitions import PARTIES
from features.inputs.tables import TABLES
from jobs.after_sales import responsibility
from jobs.after_sales.case_fairness import model_rows
from jobs.after_sales.case_groups import ATTRIBUTES
from jobs.after_sales.case_model import CaseModel, fit_case_model
from jobs.after_sales.swapped_decisions import SwappedDecisions
from tests.support.builders import TODAY
from tests.support.closed_rows import SIGNS, WORDS, closed, with_column


@pytest.fixture(scope="module")
def model():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(responsibility, "ROUNDS", 15)
        world = closed(2_000, desk_errs=0.05)
        return fit_case_model(world.rows, world.label, world.second, world.paid_share, tuple(TABLES)).model


@pytest.fixture
def rows():
    return closed(300, seed=9).rows


def alone(model: CaseModel, rows: pa.Table) -> list[str | None]:
    said = model.attribute(rows)
    return [PARTIES[party] if decided else None for party, decided in zip(said.likeliest, said.decided)]


def test_every_change_that_the_model_can_see_is_decided_anew(model, rows):
    decide, before = SwappedDecisions(model), alone(model, rows)
    assert decide(rows) == before and {"buyer", "seller", None} <= set(before)
    for changed in (with_column(rows, "conversation", ["I found it after all"] * 300),
                    with_column(rows, SIGNS[1], [1.0] * 300), with_column(rows, SIGNS[0], [None] * 300),
                    with_column(rows, "kind", ["dispute"] * 300)):
        assert decide(changed) == alone(model, changed)
        assert decide(rows) == before
    assert alone(model, with_column(rows, "conversation", ["I found it after all"] * 300)) != before


def test_trees_are_asked_once_for_all_swaps_that_the_model_cannot_see(model, rows, monkeypatch):
    asked, attribute = [], CaseModel.attribute_matrix
    monkeypatch.setattr(CaseModel, "attribute_matrix",
                        lambda *arguments: asked.append(1) or attribute(*arguments))
    case_ids = rows["case_id"].to_pylist()
    region = ["coast" if number % 3 else "islands" for number in range(300)]
    groups = pa.table({"case_id": case_ids, "cluster": case_ids} | dict.fromkeys(ATTRIBUTES, region))
    found = [row for row in model_rows(rows, groups, SwappedDecisions(model), TODAY, "r")
             if row["test"] == "counterfactual swap"]
    assert len(found) == 2 * len(ATTRIBUTES) and {row["value"] for row in found} == {0.0} and len(asked) == 1


def test_a_model_that_reads_a_group_is_found(model, rows):
    decide = SwappedDecisions(model)
    case_ids, words = rows["case_id"].to_pylist(), [WORDS[number % 2] for number in range(300)]
    groups = pa.table({"case_id": case_ids, "cluster": case_ids} | dict.fromkeys(ATTRIBUTES, words))

    def reads_the_region(table: pa.Table) -> list[str | None]:
        return decide(with_column(table, "conversation", table["seller region"].to_pylist()))

    found = {row["attribute"]: row["value"] for row in model_rows(rows, groups, reads_the_region, TODAY, "r")
             if row["test"] == "counterfactual swap" and row["group"] == WORDS[0]}
    assert found["seller region"] > 0.3 and found["seller size"] == 0
