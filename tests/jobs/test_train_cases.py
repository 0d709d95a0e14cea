"""The steps train_cases and attribute_cases over a small lake: one night, the same night again, and what is missing."""

import datetime as dt
import shutil

import pytest

from jobs import attribute_cases, train_cases
from jobs.after_sales import case_model_files, responsibility
from jobs.after_sales.registered_model import MODEL, champion
from jobs.errors import UserError
from jobs.settings import load_settings
from jobs.storage.lake import Lake
from jobs.storage.row_checksum import row_checksum
from jobs.training import folder_models
from tests.support.builders import TODAY, YESTERDAY
from tests.support.case_homes import enter
from tests.support.homes import copy_of
from tests.support.landed_cases import landed_cases

pytestmark = pytest.mark.engine("sail")
TABLE = "case_attribution_daily"


@pytest.fixture(scope="module")
def trained(spark, tmp_path_factory):
    """A home with 640 closed and 30 open cases, and a champion."""
    home = tmp_path_factory.mktemp("cases")
    with pytest.MonkeyPatch.context() as patch:
        enter(patch, home, spark)
        landed_cases(home / "lake")
        train_cases.main(["--ds", str(TODAY), "--run-id", "t1"])
    return home


@pytest.fixture
def home(spark, tmp_path, monkeypatch):
    """A home without anything."""
    enter(monkeypatch, tmp_path, spark)
    return tmp_path


@pytest.fixture
def copied(trained, spark, tmp_path, monkeypatch):
    """A copy of the trained home."""
    copy_of(trained, tmp_path)
    enter(monkeypatch, tmp_path / "home", spark)
    return tmp_path / "home"


def night(home, *days: dt.date, run="n1") -> list[dict]:
    """Attribute the cases of some days, and return their rows."""
    attribute_cases.main(["--from", str(days[0]), "--ds", str(days[-1]), "--run-id", run])
    return Lake(str(home / "lake")).arrow(TABLE, list(days)).to_table().to_pylist()


def test_a_night_attributes_the_open_cases(copied):
    rows = night(copied, TODAY)
    assert len(rows) == 30 and {row["model_versions"] for row in rows} == {"case/responsibility:1"}
    for row in rows:
        shares = [row[f"share_{party}"] for party in responsibility.PARTIES]
        assert sum(shares) == pytest.approx(1) and row["decided"] == (row["responsible"] is not None)
        assert row["expected_paid_lo"] <= row["expected_paid"] <= row["expected_paid_hi"] <= 1_000
        assert row["reasons"] and row["recommendation"] in {each["option"] for each in row["cost_by_option"]}
    words = [("buyer_has_it" in [each["name"] for each in row["evidence"]], row["share_buyer"]) for row in rows]
    assert all(share > 0.5 for there, share in words if there) and any(there for there, _ in words)


def test_a_night_again_and_days_together_give_the_same_rows(copied):
    lake = Lake(str(copied / "lake"))
    night(copied, YESTERDAY, TODAY)
    together = row_checksum(lake, TABLE, [YESTERDAY, TODAY])
    night(copied, YESTERDAY, run="n2")
    night(copied, TODAY, run="n3")
    assert row_checksum(Lake(str(copied / "lake")), TABLE, [YESTERDAY, TODAY]) == together


def test_a_training_again_says_the_same(copied):
    before = night(copied, TODAY)
    train_cases.main(["--ds", str(TODAY), "--run-id", "t2"])
    after = night(copied, TODAY, run="n2")
    assert champion(load_settings())[0] == "2" and {row["model_versions"] for row in after} == {"case/responsibility:2"}
    varying = ("model_versions", "run_id")
    assert [{key: value for key, value in row.items() if key not in varying} for row in after] == [
        {key: value for key, value in row.items() if key not in varying} for row in before]


def test_without_a_champion_every_case_goes_to_a_person(home):
    landed_cases(home / "lake", 0)
    rows = night(home, TODAY)
    assert len(rows) == 30 and not (home / "mlflow.db").exists()
    assert {(row["decided"], row["recommendation"], row["share_buyer"], row["model_versions"], row["missing_evidence"])
            for row in rows} == {(False, "escalate", None, None, None)}
    assert all(len(row["conformal_set"]) == 4 and row["reasons"] == [] for row in rows)
    assert any(row["evidence"] for row in rows)


def test_without_any_case_the_day_is_empty_and_nothing_is_trained(home, capsys):
    (home / "lake").mkdir()
    assert night(home, TODAY) == []
    train_cases.main(["--ds", str(TODAY), "--run-id", "t1"])
    assert champion(load_settings()) is None
    assert Lake(str(home / "lake")).days(TABLE) is not None


def test_few_closed_cases_give_no_model(home):
    landed_cases(home / "lake", 200)
    train_cases.main(["--ds", str(TODAY), "--run-id", "t1"])
    assert champion(load_settings()) is None


def test_without_messages_and_listings_there_are_rows(copied):
    shutil.rmtree(copied / "lake")
    landed_cases(copied / "lake", without=("messages",))
    rows = night(copied, TODAY)
    assert len(rows) == 30 and all(row["share_buyer"] is not None for row in rows)
    needs_words = {"buyer_has_it", "seller_admits", "carrier_admits", "platform_admits"}
    assert not any(each["name"] in needs_words for row in rows for each in row["evidence"])


def test_a_champion_of_other_features_is_an_error_that_says_what_to_do(copied, monkeypatch):
    monkeypatch.setattr(case_model_files, "NAMES", (*case_model_files.NAMES, "one more"))
    with pytest.raises(UserError, match="Train again: python -m jobs.train_cases"):
        night(copied, TODAY)
    assert TABLE not in Lake(str(copied / "lake")).tables()


def test_rows_of_a_past_day_do_not_know_what_arrived_since(copied):
    rows = {row["case_id"] for row in night(copied, TODAY - dt.timedelta(days=12))}
    assert rows and not any(name >= "k0640" for name in rows)


def test_a_model_without_second_reviews_decides_nothing(home):
    landed_cases(home / "lake", reviewed=False)
    train_cases.main(["--ds", str(TODAY), "--run-id", "t1"])
    config = load_settings()
    version, model = champion(config)
    assert version == "1" and model.responsibility.noise is None
    assert folder_models.version_folder(config, MODEL, "1").is_dir()
    assert not any(row["decided"] for row in night(home, TODAY))


def test_a_challenger_that_is_no_better_does_not_become_the_champion(home, monkeypatch):
    landed_cases(home / "lake")
    monkeypatch.setattr("jobs.after_sales.case_training.Trained.is_better", False)
    train_cases.main(["--ds", str(TODAY), "--run-id", "t1"])
    config = load_settings()
    assert champion(config) is None and folder_models.version_folder(config, MODEL, "1").is_dir()
