"""Outside decisions as arrays: words, numbers and empty values, and a sentence for every mistake."""

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from jobs.after_sales.decision_file import DecisionColumns, read_decisions
from jobs.errors import UserError

TEXT = """case,seller,region,guilty,denied,scan,age
c1,s1,coast,1,0,yes,30
c2,s1,islands,0,0,,40
c3,s2,coast,,1,no,50
c4,s2,islands,1,1,no,
c5,s3,coast,0,1,yes,20
"""
COLUMNS = DecisionColumns("guilty", "denied", "region")


@pytest.fixture
def file(tmp_path):
    def written(text: str, name: str = "cases.csv"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return written


def refused(path, columns=COLUMNS) -> str:
    with pytest.raises(UserError) as failure:
        read_decisions(path, columns)
    assert "\n" not in str(failure.value)
    return str(failure.value)


def words(first: str, second: str, third: str = "") -> str:
    return "label,act,group\n" + "".join(f"{label},{act},{group}\n" for label, act, group in [
        ("bad", first, "a"), ("good", second, "b"), ("bad", third or first, "a"), ("good", first, "b")])


def test_rows_with_an_empty_value_are_left_out_and_counted(file):
    found = read_decisions(file(TEXT), COLUMNS)
    assert (found.rows, found.left_out) == (5, 1)
    assert found.decisions.label.tolist() == [True, False, True, False]
    assert found.decisions.decision.tolist() == [False, False, True, True]
    assert found.decisions.group.tolist() == ["coast", "islands", "islands", "coast"]
    assert (found.decisions.cluster, found.decisions.abstained, found.strata) == (None, None, None)
    assert found.positive == ("1", "1")


def test_all_columns(file):
    found = read_decisions(file(TEXT), DecisionColumns("guilty", "denied", "region", "seller", ["scan"],
                                                       ["age", "scan"]))
    assert (found.rows, found.left_out) == (5, 2)
    assert found.decisions.cluster.tolist() == ["s1", "s2", "s3"]
    assert found.strata[0] == found.strata[2] != found.strata[1]
    assert found.features["age"][[0, 2]].tolist() == [30, 20] and np.isnan(found.features["age"][1])
    assert found.features["scan"].tolist() == ["yes", "no", "yes"]


def test_booleans_and_floats_of_parquet(tmp_path):
    parquet.write_table(pa.table({"guilty": [True, False, None, True], "denied": [1.0, 0.0, 1.0, float("nan")],
                                  "region": [1, 2, 1, 2]}), tmp_path / "x")
    found = read_decisions(tmp_path / "x", COLUMNS)
    assert found.left_out == 2 and found.positive == ("true", "1")
    assert found.decisions.label.tolist() == [True, False] == found.decisions.decision.tolist()
    assert found.decisions.group.tolist() == ["1", "2"]


@pytest.mark.parametrize("pair", ["True,False", "TRUE,FALSE", "true,false", "1.0,0.0"])
def test_spellings_of_true_and_1(file, pair):
    yes, no = pair.split(",")
    text = f"guilty,denied,region\n{yes},{no},a\n{no},{no},b\n{yes},{yes},b\n"
    assert read_decisions(file(text), COLUMNS).decisions.label.tolist() == [True, False, True]


def test_two_words_need_the_positive_one(file):
    columns = DecisionColumns("label", "act", "group", positive=["bad", "deny"])
    found = read_decisions(file(words("deny", "pay")), columns)
    assert found.decisions.label.tolist() == [True, False, True, False]
    assert found.decisions.decision.tolist() == [True, False, True, True]
    assert found.positive == ("bad", "deny")


def test_one_word_for_both_columns_and_0_as_the_positive_value(file):
    text = "guilty,denied,region\nyes,no,a\nno,no,b\nyes,yes,b\n"
    columns = DecisionColumns("guilty", "denied", "region", positive=["yes"])
    assert read_decisions(file(text.replace("yes", "y").replace("no", "n")), DecisionColumns(
        "guilty", "denied", "region", positive=["y"])).decisions.decision.tolist() == [False, False, True]
    assert read_decisions(file(text), columns).decisions.label.tolist() == [True, False, True]
    flipped = read_decisions(file(text.replace("yes", "1").replace("no", "0")), DecisionColumns(
        "guilty", "denied", "region", positive=["0"]))
    assert flipped.decisions.label.tolist() == [False, True, False]


def test_an_abstention_is_a_third_decision(file):
    columns = DecisionColumns("label", "act", "group", positive=["bad", "deny"], abstained="ask")
    found = read_decisions(file(words("deny", "pay", "ask")), columns)
    assert found.decisions.abstained.tolist() == [False, False, True, False]
    assert found.decisions.decision.tolist() == [True, False, False, True]


MISTAKES = {
    "missing column": (COLUMNS, TEXT.replace("denied", "refused"), "has no column denied; it has case, seller, region"),
    "twice": (DecisionColumns("guilty", "guilty", "region"), TEXT, "guilty is named twice"),
    "group as feature": (DecisionColumns("guilty", "denied", "region", features=["region"]), TEXT,
                         "region is the group and a feature"),
    "no full row": (COLUMNS, "guilty,denied,region\n1,,a\n,0,b\n", "no row has a value in each of guilty, denied"),
    "no row": (COLUMNS, "guilty,denied,region\n", "no row has a value in each"),
    "words": (DecisionColumns("label", "act", "group"), words("deny", "pay"),
              "label has the values bad and good, and it is not known which is positive; expected --positive bad or "
              "--positive good"),
    "words of one": (DecisionColumns("label", "act", "group", positive=["bad"]), words("deny", "pay"),
                     "act has the values deny and pay, and it is not known which is positive"),
    "stray word": (DecisionColumns("label", "act", "group", positive=["evil"]), words("deny", "pay"),
                   "--positive evil is a value of neither label nor act; label has bad and good, act has deny and pay"),
    "both words": (DecisionColumns("label", "act", "group", positive=["bad", "good"]), words("deny", "pay"),
                   "--positive names both values of label, bad and good; expected one of them"),
    "three decisions": (DecisionColumns("label", "act", "group", positive=["bad", "deny"]), words("deny", "pay", "ask"),
                        "act has 3 values, ask, deny and pay; expected two: 0 and 1, false and true, or two words with "
                        "--positive, and --abstained for a third act"),
    "one label": (COLUMNS, "guilty,denied,region\n1,0,a\n1,1,b\n", "guilty has one value, 1; expected two"),
    "no abstention": (DecisionColumns("label", "act", "group", abstained="ask"), words("deny", "pay"),
                      "no row has act = ask, which --abstained names; act has deny and pay"),
    "one group": (COLUMNS, "guilty,denied,region\n1,0,a\n0,1,a\n", "every row has region = a; expected two groups"),
    "many groups": (COLUMNS, "guilty,denied,region\n" + "".join(f"{n % 2},{n % 2},{n}\n" for n in range(60)),
                    "region has 60 values, such as 0, 1, 10, 11 and more; expected at most 50 groups"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_sentence(file, mistake):
    columns, text, sentence = MISTAKES[mistake]
    assert sentence in refused(file(text), columns)


def test_a_missing_file(tmp_path):
    assert refused(tmp_path / "none.csv").endswith("expected a CSV or Parquet file with a row a decision")
