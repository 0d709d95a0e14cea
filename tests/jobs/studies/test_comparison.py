"""The parts of comparisons that choose rows and count: small arrays, no training."""

import math

import numpy as np
import pyarrow as pa
import pytest

from jobs.errors import UserError
from jobs.evaluation.metrics import Scored
from jobs.studies import attack_recall, comparison, multi_task, reason_stability
from jobs.studies.reason_stability import RowExplanations
from jobs.training.models import MODELS
from jobs.training.training_set import Rows


def rows(*keys: tuple[str, str], label: list[int], texts: bool = False) -> Rows:
    """Rows of (day of November, entity); their one feature counts them."""
    count, names = len(keys), np.array([entity for _, entity in keys])
    return Rows(pa.table({"a": np.arange(count, dtype=np.float32), "b": np.zeros(count, dtype=np.float32)}),
                np.array(label, dtype=np.int8), np.array([f"2026-11-{day}" for day, _ in keys], dtype="datetime64[D]"),
                names, np.zeros(count, dtype=np.int64), names,
                {"region": np.array([entity[:1] for _, entity in keys])},
                pa.table({"said": [entity for _, entity in keys]}) if texts else pa.table({}))


def test_only_rows_that_every_risk_has_labelled_are_shared_each_with_all_its_labels():
    first = rows(("01", "ann"), ("01", "bob"), ("08", "ann"), label=[0, 1, 0])
    second = rows(("01", "bob"), ("08", "ann"), ("08", "cid"), label=[0, 1, 1])
    found = multi_task.shared([first, second])
    assert list(zip(found.rows.as_of.astype(str), found.rows.entity)) == [("2026-11-01", "bob"), ("2026-11-08", "ann")]
    assert found.rows.features["a"].to_pylist() == [1, 2]
    assert found.labels.tolist() == [[1, 0], [0, 1]]
    assert multi_task.any_positive(found).label.tolist() == [1, 1]


def test_a_model_that_cannot_be_compared_is_left_out_of_several(capsys):
    compared = []

    def compare(model) -> None:
        if model.name != "order/payment_fraud":
            raise UserError(f"{model.name}: no labels")
        compared.append(model.name)

    comparison.for_each_model(MODELS, compare)
    assert compared == ["order/payment_fraud"] and capsys.readouterr().out.count("no labels") == len(MODELS) - 1
    with pytest.raises(UserError, match="^seller/brushing, seller/click_farm: nothing was compared"):
        comparison.for_each_model(MODELS[:2], compare)


@pytest.mark.parametrize("texts", [True, False])
def test_chosen_rows_keep_everything_that_belongs_to_them(texts):
    chosen = comparison.filter_rows(rows(("01", "ann"), ("01", "bob"), label=[0, 1], texts=texts),
                                    np.array([False, True]))
    assert (list(chosen.entity), list(chosen.label), chosen.features["a"].to_pylist()) == (["bob"], [1], [1])
    assert list(chosen.slices["region"]) == ["b"]
    assert chosen.texts.to_pydict() == ({"said": ["bob"]} if texts else {})


def test_rows_are_seen_through_some_columns_and_texts():
    seen = comparison.select_columns(rows(("01", "ann"), label=[0], texts=True), ["b"], [])
    assert (seen.features.column_names, seen.texts.column_names) == (["b"], [])


def test_reasons_changed_are_counted_among_the_chosen_rows_alone():
    old = RowExplanations(np.zeros(4), np.array(["x", "x", "y", "y"]), np.array(["a", "b", "c", "d"]))
    new = RowExplanations(np.zeros(4), np.array(["x", "y", "y", "x"]), np.array(["a", "c", "d", "a"]))
    found = reason_stability.changes(old, new, np.array([True, True, True, False]), "at_capacity")
    assert found == {"at_capacity_rows": 3, "at_capacity_family_changed": 1 / 3, "at_capacity_column_changed": 2 / 3}


def test_without_a_row_nothing_can_have_changed():
    nothing = RowExplanations(np.zeros(1), np.array(["x"]), np.array(["a"]))
    found = reason_stability.changes(nothing, nothing, np.array([False]), "above_low")
    assert found["above_low_rows"] == 0 and math.isnan(found["above_low_family_changed"])


def test_what_is_caught_is_pooled_over_days_and_ranked_within_each():
    def day(number: int, scores: list[float], planted: list[int]) -> Scored:
        return Scored(np.array(planted), np.array(scores), np.full(len(scores), number),
                      np.array([f"s{i}" for i in range(len(scores))]), np.zeros(len(scores), dtype=int))

    found = attack_recall.attack_recall([day(1, [0.9, 0.2, 0.1], [1, 0, 0]), day(2, [0.1, 0.3, 0.2], [0, 0, 1])],
                                        capacity=1)
    assert found.recall == 1 / 2
    assert found.rank == (1.0 + 0.5) / 2
