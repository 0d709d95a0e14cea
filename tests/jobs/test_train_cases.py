"""The steps train_cases and attribute_cases over a small lake: one night, the same night again, and what is missing."""

import datetime as dt
import hashlib
import json
import shutil
from functools import partial
from pathlib import Path

import pytest

from jobs import attribute_cases, step, train_cases
from jobs.after_sales import attribution_table, case_model_files, responsibility
from jobs.after_sales.case_lake import open_lake
from jobs.after_sales.case_training import train
from jobs.after_sales.dossier import dossiers
from jobs.after_sales.policy import policy_version, read_resolution_policy
from jobs.after_sales.registered_model import MODEL, champion
from jobs.commands import check_lake, dossier
from jobs.errors import DamagedStore, UserError
from jobs.settings import load_settings
from jobs.storage import run_manifest
from jobs.storage.lake import Lake
from jobs.storage.row_checksum import row_checksum
from jobs.training import folder_models, registry
from tests.support import case_homes
from tests.support.builders import TODAY, YESTERDAY
from tests.support.case_homes import enter
from tests.support.homes import copy_of
from tests.support.landed_cases import landed_cases
from tests.support.stored_home import cut

on_one_engine = pytest.mark.engine("sail")  # an engine finds near copies of photos alone
TABLE = "case_attribution_daily"
night = partial(case_homes.night, attribute_cases, TABLE)


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


def test_rows_and_models_are_those_of_photos_that_no_engine_compared(copied, tmp_path):
    """Both engines give the rows and the files of DuckDB's near copies, and so the same."""
    rows, lake, config = night(copied, TODAY), Lake(str(copied / "lake")), load_settings()
    with open_lake(lake, TODAY) as cases:
        copies = cases.copies
    case_model_files.save(train(lake, TODAY, copies).model, tmp_path)
    files = champion_folder(config)
    assert {file.name: digest(file) for file in tmp_path.iterdir() if file.is_file()} == {
        file.name: digest(file) for file in files.iterdir() if file.name != folder_models.DIGESTS}
    policy = read_resolution_policy(config.policies)
    attribution_table.attribute_and_commit(Lake(lake.root, "n1"), [TODAY], copies, policy, policy_version(policy),
                                           champion(config))
    assert Lake(lake.root).arrow(TABLE, [TODAY]).to_table().to_pylist() == rows
    assert sum("photo_shown_before" in [each["name"] for each in row["evidence"]] for row in rows) >= 5


def champion_folder(config) -> Path:
    return folder_models.champion(config, MODEL)[1].folder


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_the_dossier_says_what_the_night_says(copied):
    rows = {row["case_id"]: row for row in night(copied, YESTERDAY, TODAY) if row["ds"] == TODAY}
    lake, policy = Lake(str(copied / "lake")), read_resolution_policy(load_settings().policies)
    with open_lake(lake, TODAY) as cases:
        found = {each["case_id"]: each for each in dossiers(lake, cases, policy, list(rows), TODAY)}
    assert found.keys() == rows.keys()
    for case, row in rows.items():
        of = found[case]
        assert of["attribution"] == row and of["missing"]["ask_for"] == row["missing_evidence"]
        assert [(each["name"], each["points_to"], each["strength"]) for each in of["evidence"]
                if each["state"] == "present"] == [tuple(each.values()) for each in row["evidence"]]
        assert (of["policy"]["recommendation"], of["policy"]["cost_by_option"]) == (row["recommendation"],
                                                                                    row["cost_by_option"])
        excluded = {each["option"] for each in of["policy"]["excluded"]}
        assert not excluded & {each["option"] for each in row["cost_by_option"]}
        assert {name: of["facts"]["case"][name] for name in ("order_id", "user_id", "seller_id", "kind", "reason")} == {
            name: row[name] for name in ("order_id", "user_id", "seller_id", "kind", "reason")}


def test_a_training_again_says_the_same(copied):
    before = night(copied, TODAY)
    train_cases.main(["--ds", str(TODAY), "--run-id", "t2"])
    after = night(copied, TODAY, run="n2")
    assert champion(load_settings())[0] == "2" and {row["model_versions"] for row in after} == {"case/responsibility:2"}
    varying = ("model_versions", "run_id")
    assert [{key: value for key, value in row.items() if key not in varying} for row in after] == [
        {key: value for key, value in row.items() if key not in varying} for row in before]


@on_one_engine
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


@on_one_engine
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


@on_one_engine
def test_a_champion_of_other_features_is_an_error_that_says_what_to_do(copied, monkeypatch):
    monkeypatch.setattr(case_model_files, "NAMES", (*case_model_files.NAMES, "one more"))
    with pytest.raises(UserError, match="case/responsibility, version 1, .*: found .'one more'.*Train again: python "
                                        f"-m jobs.train_cases --ds {TODAY}"):
        night(copied, TODAY)
    assert TABLE not in Lake(str(copied / "lake")).tables()


DAMAGES = {
    "cut booster": ("shares_2.ubj", cut, "bytes, expected the"), "no words": ("words.npz", Path.unlink, "is missing"),
    "no document": ("case_model.json", Path.unlink, "is missing"),
    "wrong JSON": ("case_model.json", lambda file: file.write_text("{}"), "has 2 bytes, expected the"),
    "no digests": (folder_models.DIGESTS, Path.unlink, "is missing")}


@on_one_engine
@pytest.mark.parametrize(("name", "damage", "said"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_champion_ends_the_night_with_one_sentence_and_no_row(copied, capsys, name, damage, said):
    files = champion_folder(load_settings())
    damage(files / name)
    assert step.run(attribute_cases.main, ["--ds", str(TODAY), "--run-id", "n1"]) == 1
    printed = capsys.readouterr().err
    assert f"case/responsibility, version 1, challenger and champion: {files / name} " in printed and said in printed
    assert f"train again: python -m jobs.train_cases --ds {TODAY}" in printed and "Traceback" not in printed
    assert TABLE not in Lake(str(copied / "lake")).tables()
    assert step.run(check_lake.main, []) == 1 and str(files / name) in capsys.readouterr().out
    train_cases.main(["--ds", str(TODAY), "--run-id", "t2"])
    assert len(night(copied, TODAY)) == 30


@on_one_engine
@pytest.mark.parametrize("lost", ["alias", "registry"])
def test_a_lost_champion_is_a_warning_of_the_next_night(copied, capsys, lost):
    night(copied, YESTERDAY)
    if lost == "alias":
        registry.connect(load_settings()).delete_registered_model_alias(MODEL.registered_name, registry.CHAMPION)
    else:
        (copied / "mlflow.db").unlink()
    assert "warning" not in capsys.readouterr().out
    assert {row["recommendation"] for row in night(copied, TODAY)} == {"escalate"}
    assert (f"warning, case/responsibility: no champion now; the last attributions, up to {YESTERDAY}, were made by "
            f"version 1. Give it the alias again, restore {copied / 'mlflow.db'}, or train again: python -m "
            "jobs.train_cases --ds DAY") in capsys.readouterr().out
    night(copied, TODAY)
    assert "warning" not in capsys.readouterr().out


@on_one_engine
def test_a_damaged_model_stops_a_replay_and_no_dossier(copied, spark, capsys):
    (case, *_), config = night(copied, TODAY), load_settings()
    lake = Lake(str(copied / "lake"), "again")
    manifest = run_manifest.read(lake, "n1")
    attribution_table.repeat(config, spark, lake, [TODAY], manifest)
    train_cases.main(["--ds", str(TODAY), "--run-id", "t2"])
    cut(folder_models.version_files(config, MODEL, "1").folder / "paid_classes.ubj")
    with pytest.raises(DamagedStore, match="case/responsibility, version 1: .*paid_classes.ubj has .* bytes, expected"):
        attribution_table.repeat(config, spark, lake, [TODAY], manifest)
    cut(champion_folder(config) / "paid_classes.ubj")
    capsys.readouterr()
    assert step.run(dossier.main, ["--case", case["case_id"], "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["attribution"]["share_buyer"] == case["share_buyer"]


@on_one_engine
def test_rows_of_a_past_day_do_not_know_what_arrived_since(copied):
    rows = {row["case_id"] for row in night(copied, TODAY - dt.timedelta(days=12))}
    assert rows and not any(name >= "k0640" for name in rows)


@on_one_engine
def test_a_model_without_second_reviews_decides_nothing(home):
    landed_cases(home / "lake", reviewed=False)
    train_cases.main(["--ds", str(TODAY), "--run-id", "t1"])
    config = load_settings()
    version, model = champion(config)
    assert version == "1" and model.responsibility.noise is None
    assert folder_models.version_files(config, MODEL, "1").folder.is_dir()
    assert not any(row["decided"] for row in night(home, TODAY))


@on_one_engine
def test_a_challenger_that_is_no_better_does_not_become_the_champion(home, monkeypatch):
    landed_cases(home / "lake")
    monkeypatch.setattr("jobs.after_sales.case_training.Trained.is_better", False)
    train_cases.main(["--ds", str(TODAY), "--run-id", "t1"])
    config = load_settings()
    assert champion(config) is None and folder_models.version_files(config, MODEL, "1").folder.is_dir()
