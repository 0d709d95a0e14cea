"""dossier: a page for a person and JSON for an agent, both as of a day, and a sentence for every mistake."""

import json
import re
import subprocess
import sys

import pyarrow as pa
import pytest

from jobs import step
from jobs.commands import dossier
from jobs.settings import REPOSITORY
from jobs.storage.catalog import CASE_ATTRIBUTION_DAILY
from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.lake import Lake
from tests.support.builders import TODAY, YESTERDAY, ago, at
from tests.support.case_market import OPENED, WAIT, case_market
from tests.support.hostile_text import HOSTILE, SHOWN, acting

NIGHT = {"case_id": "open", "kind": "refund", "decided": False, "conformal_set": ["buyer", "seller"],
         "share_buyer": 0.25, "share_seller": 0.6, "share_carrier": 0.1, "share_platform": 0.05, "evidence": [],
         "missing_evidence": "parcel_is_light", "recommendation": "ask_evidence", "expected_paid_lo": 0.0,
         "expected_paid": 500.0, "expected_paid_hi": 1_000.0, "reasons": [], "ds": TODAY,
         "cost_by_option": [{"option": "refund", "cost_cents": 1_234.0},
                            {"option": "ask_evidence", "cost_cents": 56.0}]}


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    home = tmp_path_factory.mktemp("market")
    case_market(home / "lake", messages=[
        {"message_id": "x", "sent_at": at(YESTERDAY, 15), "case_id": "open", "role": "buyer", "text": HOSTILE,
         "ds": YESTERDAY},
        {"message_id": "y", "sent_at": at(YESTERDAY, 16), "case_id": "open", "role": "agent", "text": "it is late",
         "ds": TODAY}],
        cases=[{"case_id": "back", "opened_at": at(YESTERDAY), "order_id": "o-open", "kind": "return",
                "seller_id": "s1", "user_id": "u0", "claim_cents": 1_000, "ds": YESTERDAY}])
    return home


@pytest.fixture
def home(market, monkeypatch):
    monkeypatch.setenv("VIGIL_HOME", str(market))
    return market


@pytest.fixture
def night(tmp_path, monkeypatch):
    """A home where a night attributed the open case."""
    case_market(tmp_path / "lake", orders=[{"order_id": "today", "ordered_at": at(TODAY), "seller_id": "s1",
                                            "quantity": 1, "amount_cents": 1, "ds": TODAY}])
    lake = Lake(str(tmp_path / "lake"))
    rows = pa.Table.from_pylist([NIGHT], arrow_schema(CASE_ATTRIBUTION_DAILY))
    lake.commit(lake.write_table(rows, CASE_ATTRIBUTION_DAILY.name, [TODAY]))
    monkeypatch.setenv("VIGIL_HOME", str(tmp_path))


def shown(capsys, *arguments: str) -> str:
    assert step.run(dossier.main, list(arguments)) == 0
    return capsys.readouterr().out


def as_json(capsys, *arguments: str) -> dict:
    (line,) = shown(capsys, "--json", *arguments).splitlines()
    return json.loads(line)


def flat(text: str) -> str:
    """A page as one line, however it was wrapped."""
    return " ".join(text.split())


def refused(capsys, *arguments: str) -> str:
    assert step.run(dossier.main, list(arguments)) == 1
    said = capsys.readouterr().err
    assert "Traceback" not in said and len(said.splitlines()) == 1
    return said


def test_a_page_has_the_facts_the_evidence_and_similar_cases(home, capsys):
    said = shown(capsys, "--case", "open")
    assert said.startswith(f"Case open: refund, item_not_received; as of {TODAY}\n")
    assert "  claim    10.00 of an order of 20.00" in said and "A lamp, version 0. It shines." in flat(said)
    assert "Of 20 closed cases with it the seller was at fault in 100%, without it in 0%" in flat(said)
    assert re.search(r"^  against +The seller admits a fault\. \[seller_admits, strong\]", said, re.M)
    assert said.count("no night by this day has attributed the case") == 2
    assert all(len(line) <= 100 for line in said.splitlines())
    similar = said[said.index("Similar closed cases"):].splitlines()[2:]
    assert len(similar) == 5 and all(line.split()[3] == "seller" for line in similar[1:])
    assert shown(capsys, "--case", "open") == said


def test_groups_of_people_are_on_no_page_and_stand_apart_in_json(home, capsys):
    found = as_json(capsys, "--case", "open")
    assert found["groups"] == {"buyer_age": "under a year", "buyer_region": "coast", "seller_age": "under a month",
                               "seller_region": "coast", "seller_size": "up to 200 orders"}
    assert "coast" not in json.dumps({**found, "groups": None}) and "coast" not in shown(capsys, "--case", "open")
    assert not {"seller_orders", "seller_cases"} & {each["name"] for each in found["features"]}


def test_the_words_are_in_order_of_time_and_nothing_acts_on_the_terminal(home, capsys):
    said = shown(capsys, "--case", "open")
    assert acting(said) == [] and SHOWN in said.replace("\n             ", "").replace("\n", "")
    assert said.index("complaint of open") < said.index("our mistake") < said.index(r"\x1b") < said.index("it is late")
    line = shown(capsys, "--case", "open", "--json")
    assert acting(line) == [] and HOSTILE in [each["text"] for each in json.loads(line)["words"]]


def test_what_arrived_after_the_day_changes_nothing(home, capsys):
    before = as_json(capsys, "--case", "open", "--ds", str(YESTERDAY))
    assert "it is late" not in json.dumps(before) and "it is late" in json.dumps(as_json(capsys, "--case", "open"))
    early = as_json(capsys, "--case", "c09", "--ds", str(ago(OPENED - 10)))
    assert early["outcomes"] == [] and early["as_of"] == str(ago(OPENED - 10))
    assert {each["case_id"] for each in early["similar_cases"]} < {f"c{n:02}" for n in range(5)}


def test_a_closed_case_is_as_of_the_last_day_before_its_outcome(home, capsys):
    found = as_json(capsys, "--case", "c10")
    assert found["as_of"] == str(ago(OPENED - 10 - WAIT + 1)) and found["is_open"]
    assert [each["responsible"] for each in found["outcomes"]] == ["seller"]
    assert "the last day before its outcome" in shown(capsys, "--case", "c10")
    assert "seller responsible, paid 10.00" in shown(capsys, "--case", "c10")


def test_evidence_has_its_state_and_what_it_was_worth(home, capsys):
    found = as_json(capsys, "--case", "open")
    by_name = {each["name"]: each for each in found["evidence"]}
    assert by_name["seller_admits"]["state"] == "present" and by_name["seller_admits"]["closed_cases"]["present"] == 20
    assert by_name["seller_admits"]["closed_cases"]["at_fault"]["value"] == 1.0
    assert by_name["parcel_is_light"]["state"] == "absent"
    assert by_name["photo_shown_before"]["state"] == "not known"
    assert by_name["photo_shown_before"]["lacks"] == ["photo_copies"]
    assert "seller_admits" in found["parties"]["seller"]["against"]
    assert "parcel_is_light" in found["parties"]["seller"]["for"]


def test_the_night_and_the_policy_are_shown(night, capsys):
    said = shown(capsys, "--case", "open")
    assert f"seller 60.0%, buyer 25.0%, carrier 10.0%, platform 5.0%, as of {TODAY}" in flat(said)
    assert "none: the shares do not decide the case" in said and "buyer, seller cannot be ruled out" in said
    assert "estimate 5.00, from 0.00 to 10.00 in 80 % of cases" in said
    assert re.search(r"recommended +ask_evidence\n +cost, estimate +ask_evidence 0\.56, refund 12\.34\n", said)
    assert re.search(r"ask for +parcel_is_light", said)
    assert "no night by this day has attributed" in shown(capsys, "--case", "open", "--ds", str(YESTERDAY))


def test_options_that_the_law_excludes_are_named(home, capsys):
    excluded = as_json(capsys, "--case", "back")["policy"]["excluded"]
    assert {(each["option"], each["law"]) for each in excluded} == {("deny", "withdrawal"),
                                                                    ("partial_refund", "withdrawal")}
    assert 'deny by the law "withdrawal": Directive' in shown(capsys, "--case", "back")
    assert as_json(capsys, "--case", "open")["policy"]["excluded"] == []


def test_several_cases_are_shown_in_the_order_asked(home, capsys):
    lines = shown(capsys, "--json", "--case", "open,c01,open").splitlines()
    assert [json.loads(line)["case_id"] for line in lines] == ["open", "c01"]
    assert json.loads(lines[1]) == as_json(capsys, "--case", "c01")


@pytest.mark.parametrize(("options", "sentence"), [
    (["--case", "c1"], f"found no case c1 that had arrived by {TODAY}, expected ids of that table"),
    (["--case", ","], "--case names no case"),
    (["--case", "open", "--ds", str(ago(2))], "found no case open that had arrived by"),
    (["--case", "open", "--ds", str(ago(90))], "expected a day from"),
])
def test_a_mistake_is_one_sentence(home, capsys, options, sentence):
    assert sentence in refused(capsys, *options)


def test_it_runs_as_a_program(home):
    done = subprocess.run([sys.executable, "-m", "jobs.commands.dossier", "--case", "open"], cwd=REPOSITORY,
                          capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "") and "Similar closed cases" in done.stdout
