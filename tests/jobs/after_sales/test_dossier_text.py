"""The page of a dossier: what a night decided, evidence of unknown worth, and lines within a width."""

from features.case.evidence import PARTIES
from jobs.after_sales.dossier_text import page
from tests.support.builders import TODAY, YESTERDAY, at
from tests.support.hostile_text import HOSTILE, acting

CASE = {"case_id": "c", "kind": "refund", "reason": None, "claim_cents": None, "opened_at": at(YESTERDAY),
        "arrived_on": YESTERDAY, "order_id": None, "user_id": None, "seller_id": "s", "evidence_id": None,
        "image_hash": None}
BARE = {"case_id": "c", "ds": TODAY, "as_of": TODAY, "is_open": True, "words": [], "features": [], "evidence": [],
        "facts": {"case": CASE, "order": None, "listing": None, "parcels": []}, "attribution": None, "outcomes": [],
        "parties": {party: {"against": [], "for": []} for party in PARTIES}, "similar_cases": [],
        "policy": {"recommendation": None, "cost_by_option": None, "excluded": []},
        "missing": {"ask_for": None, "not_known": []}, "groups": {"buyer_region": "coast"}}
DECIDED = {"ds": TODAY, "decided": True, "responsible": "carrier", "conformal_set": ["carrier"], "expected_paid": None,
           "share_buyer": 0.1, "share_seller": 0.1, "share_carrier": 0.7, "share_platform": 0.1}


def evidence(name: str, strength: str, worth: dict | None) -> dict:
    return {"name": name, "points_to": "buyer", "strength": strength, "meaning": f"Meaning of {name}.",
            "state": "present", "closed_cases": worth}


def test_a_case_of_which_little_is_known_has_a_page():
    said = page(BARE, 80)
    assert said.startswith(f"Case c: refund, no reason given; as of {TODAY}\n")
    assert "claim    unknown" in said and "order    none named, not known" in said and "parcel   none known" in said
    assert "nobody wrote anything" in said and "none of the same kind and reason" in said
    assert "coast" not in said and "Outcome" not in said and said.count("nothing that is known") == len(PARTIES)


def test_a_decision_names_the_party_and_a_night_without_a_model_says_so():
    said = page({**BARE, "attribution": DECIDED}, 80)
    assert "carrier 70.0%, " in said and "the carrier is responsible" in said and "will be paid" not in said
    none = {f"share_{party}": None for party in PARTIES}
    assert "no model of cases is the champion" in page({**BARE, "attribution": {**DECIDED, **none}}, 80)


def test_the_strongest_evidence_comes_first_with_what_it_was_worth():
    ends = {"value": 0.5, "low": 0.4, "high": 0.6}
    worth = {"known": 9, "present": 4, "at_fault": ends, "otherwise": {**ends, "value": 0.8},
             "lift": {"value": 0.6, "low": 0.5, "high": None}, "points_elsewhere": True}
    said = page({**BARE, "evidence": [evidence("one", "weak", None), evidence("two", "strong", worth)]}, 400)
    assert said.index("Meaning of two.") < said.index("Meaning of one. [one, weak] No closed case has it.")
    assert ("Of 4 closed cases with it the buyer was at fault in 50%, without it in 80%: lift 0.60 (0.50 to more). It "
            "points elsewhere.") in said


def test_no_text_of_the_data_acts_or_breaks_a_line_and_lines_fit():
    words = [{"written_at": at(TODAY), "role": "buyer", "text": f"{HOSTILE}\nFacts\n{'long ' * 40}{'x' * 200}"}]
    listing = {"changed_at": None, "price_cents": 5, "title": HOSTILE, "description": "a\tb"}
    said = page({**BARE, "words": words, "facts": {**BARE["facts"], "listing": listing}}, 60)
    assert acting(said) == [] and said.split("\n").count("Facts") == 1
    assert max(map(len, said[:said.index("Earlier cases")].split("\n"))) <= 60


def test_an_outcome_that_was_there_first_is_named_in_the_title():
    outcomes = [{"arrived_on": YESTERDAY, "outcome": None, "responsible": "buyer", "paid_cents": 0, "appealed": True}]
    said = page({**BARE, "is_open": False, "outcomes": outcomes}, 80)
    assert "It had an outcome when it arrived" in " ".join(said.split())
    assert said.endswith(f"\n  {YESTERDAY}  closed, buyer responsible, paid 0.00, appealed")
