"""Mistakes in a folder of policies: each is one sentence, and all are said at once."""

import pytest

from jobs.decisions import policy_checks
from jobs.decisions.policy_documents import read_folder
from tests.support.policy_folders import QUEUES, SELLER, WORTH, changed, policy_folder

CONTROL_POINTS = "registration, listing, order, payment, fulfilment, payout, after-sales, traffic"
HOLD = "seller.toml: ladder 1 (hold_payouts)"
ACTION = ("expected small letters, digits and _, a letter first, at most 64, and not 'none'.")

# What is changed in the file of a policy -> the one sentence about it.
POLICY = [
    ('entity = "seller"', 'entity = "shop"', "seller.toml: entity: found 'shop', expected one of seller, user, "
     "creator, order."),
    ('"click_farm"]', '"click_farms"]', "seller.toml: risks: found 'click_farms', expected risks of a seller "
     "(click_farm)."),
    ('["brushing", "click_farm"]', '"brushing"', "seller.toml: risks: found 'brushing', expected a list of different "
     "texts, one at least."),
    ('status = "live"', 'status = "alive"', "seller.toml: status: found 'alive', expected one of live, shadow, "
     "retired."),
    ("first_day = 2026-01-01", 'first_day = "2026-01-01"', "seller.toml: first_day: found '2026-01-01', expected a day "
     "without quotes, such as 2026-01-01."),
    ("first_day = 2026-01-01", "first_day = 2026-01-01T00:00:00", "seller.toml: first_day: found 2026-01-01 00:00:00, "
     "expected a day without quotes, such as 2026-01-01."),
    ("cooldown_days = 7", "cooldown_days = 7\nlast_day = 2025-12-31", "seller.toml: last_day: found 2025-12-31, "
     "expected no day before first_day, 2026-01-01."),
    ('queue = "shops"', 'queue = "shop"', "seller.toml: queue: found 'shop', expected a queue of queues.toml (shops)."),
    ("cooldown_days = 7", "cooldown_days = 7.5", "seller.toml: cooldown_days: found 7.5, expected a whole number of "
     "days from 0 to 3,650."),
    ("cooldown_days = 7", "cooldown_days = true", "seller.toml: cooldown_days: found true, expected a whole number of "
     "days from 0 to 3,650."),
    ("cooldown_days = 7\n", "", "seller.toml: cooldown_days: missing, expected a whole number of days from 0 to "
     "3,650."),
    ("cooldown_days = 7", "cooldown_days = 7\ncooldown = 7", "seller.toml: cooldown: no such key, expected "
     "cooldown_days."),
    ("holdout = 0.0", "holdout = 1.01", "seller.toml: holdout: found 1.01, expected a share from 0 to 1."),
    ("holdout = 0.0", "holdout = -0.01", "seller.toml: holdout: found -0.01, expected a share from 0 to 1."),
    ("click_farm = 0\n", "", "seller.toml: prior_loss_cents.click_farm: missing, expected a whole number of minor "
     "units from 0 to 1,000,000,000,000,000."),
    ("click_farm = 0\n", "click_farm = 0\nmerchant_fraud = 1\n", "seller.toml: prior_loss_cents.merchant_fraud: no "
     "such key, expected one of brushing, click_farm."),
    ("brushing = 20_000", "brushing = -1", "seller.toml: prior_loss_cents.brushing: found -1, expected a whole number "
     "of minor units from 0 to 1,000,000,000,000,000."),
    ('action = "hold_payouts"', 'action = "none"', f"seller.toml: ladder 1.action: found 'none', {ACTION}"),
    ('action = "hold_payouts"', 'action = "watch"', "seller.toml: ladder 2 (watch).action: found 'watch' again, "
     "expected each action once; rung 1 has it. Join their conditions by OR."),
    ('"payout"', '"payouts"', f"{HOLD}.control_point: found 'payouts', expected one of {CONTROL_POINTS}."),
    ("minutes = 2", "minutes = -2", f"{HOLD}.minutes: found -2, expected a number from 0 to 1,000,000,000,000,000."),
    ("minutes = 2", "minutes = inf", f"{HOLD}.minutes: found inf, expected a number from 0 to 1,000,000,000,000,000."),
    ("minutes = 2", f"minutes = 1{'0' * 400}", f"{HOLD}.minutes: found a number of too many digits, expected a number "
     "from 0 to 1,000,000,000,000,000."),
    ("stops = 0.8", "stops = nan", f"{HOLD}.stops: found nan, expected a share from 0 to 1."),
    ("stops = 0.8", "stops = 80", f"{HOLD}.stops: found 80, expected a share from 0 to 1."),
    ("stops = 0.8", "stops = 0", f"{HOLD}.stops: found 0 beside minutes or costs, so that no row would get the action; "
     "expected a share above 0, or no minutes and no costs (a watch)."),
    ("seller = 0.25", "seller = 1.25", f"{HOLD}.costs.seller: found 1.25, expected a share from 0 to 1."),
    ("seller = 0.25", "buyer = 0.25", f"{HOLD}.costs.buyer: no such key, expected user."),
    ("seller = 0.25", "shop = 0.25", f"{HOLD}.costs.shop: no such key, expected one of seller, user, creator, "
     "platform."),
    ("days = 14", "days = 5_000", f"{HOLD}.days: found 5000, expected a whole number of days from 0 to 3,650."),
    ('source = "a guess"', 'source = " "', f"{HOLD}.source: found ' ', expected a text."),
    ("score >= 0.6 and", "scor >= 0.6 and", f'{HOLD}.when: Referenced column "scor" is no column of the score row. '
     "Expected one such as"),
    ("score >= 0.6 and", "score >= 0.6 end", f"{HOLD}.when: it cannot be parsed from"),
]
OTHERS = [
    ("queues.toml", QUEUES, "minutes_a_day = 480", "minutes_a_day = '8h'", "queues.toml: shops.minutes_a_day: found "
     "'8h', expected a number from 0 to 1,000,000,000,000,000."),
    ("queues.toml", QUEUES, "sample_minutes = 6", "sample_minutes = 0", "queues.toml: shops.sample_minutes: found 0, "
     "expected a number above 0."),
    ("queues.toml", QUEUES, '"seller/click_farm"', '"seller/clickfarm", "seller/click_farm"', "queues.toml: "
     "shops.risks: found 'seller/clickfarm', expected <entity>/<risk> (seller/click_farm)."),
    ("queues.toml", QUEUES, ', "seller/click_farm"', "", "seller.toml: queue: queues.toml has no seller/click_farm "
     "among the risks of shops, expected it there. Add it, or name another queue."),
    ("queues.toml", QUEUES, "[shops]", f"{QUEUES.replace('[shops]', '[others]')}[shops]", "queues.toml: shops.risks: "
     "found seller/brushing, which others has too; expected one queue of a risk."),
    ("queues.toml", QUEUES, "[shops]", "users = 480\n[shops]", "queues.toml: users: found 480, expected a table, "
     "such as [sellers]."),
    ("worth.toml", WORTH, 'seller = "amount"\n', "", "worth.toml: order.seller: missing, expected a text with an SQL "
     "expression, at most 4,000 characters."),
    ("worth.toml", WORTH, '"amount"', '"amount > 5"', "worth.toml: order.seller: it returns BOOLEAN, expected a "
     "number."),
    ("worth.toml", WORTH, "[order]", "[orders]", "worth.toml: order: missing, expected a table."),
    ("actions.toml", 'watch = "x"\nhold_payouts = "x"', "hold_payouts", "hold_payout", f"{HOLD}.action: found "
     "'hold_payouts', expected an action of actions.toml (hold_payout). Add a new one there."),
    ("actions.toml", 'watch = "x"\nhold_payouts = "x"', 'watch = "x"', "watch = 1", "actions.toml: watch: found 1, "
     "expected a text: what is done."),
]


def faults(folder):
    documents, unreadable = read_folder(folder)
    assert unreadable == []
    return [fault.replace(f"{folder}/", "") for fault in policy_checks.faults_of_folder(documents, folder)]


def test_a_folder_without_mistakes_has_none(tmp_path):
    assert faults(policy_folder(tmp_path)) == []


@pytest.mark.parametrize("file, text, old, new, expected", [
    *[("seller.toml", SELLER, *case) for case in POLICY], *OTHERS])
def test_a_mistake_is_one_sentence_with_file_key_found_and_expected(tmp_path, file, text, old, new, expected):
    found = faults(policy_folder(tmp_path, {file: changed(text, old, new)}))
    assert found[0].startswith(expected)
    if expected.endswith("."):
        assert found[0] == expected
    # A change of a name also breaks what names it.
    assert len(found) == 1 or old in ('"click_farm"]', '["brushing", "click_farm"]', "[shops]", "[order]")


def test_all_mistakes_of_all_files_are_said_at_once(tmp_path):
    policy_folder(tmp_path, {
        "seller.toml": changed(changed(SELLER, "stops = 0.8", "stops = 8"), '"live"', '"on"'),
        "queues.toml": changed(QUEUES, "0.05", "5"), "worth.toml": changed(WORTH, '"amount"', '"amounts"')})
    assert [fault.split(": found")[0].split(": Ref")[0] for fault in faults(tmp_path)] == [
        "seller.toml: status", f"{HOLD}.stops", "queues.toml: shops.sample_share", "worth.toml: order.seller"]


@pytest.mark.parametrize("name", ["queues", "worth"])
def test_a_missing_file_of_queues_or_worth_is_said(tmp_path, name):
    (policy_folder(tmp_path) / f"{name}.toml").unlink()
    assert faults(tmp_path) == [f"{name}.toml: missing, expected it beside the policies. Copy policies/{name}.toml of "
                                "the repository."]


def test_a_folder_without_a_policy_is_said(tmp_path):
    (policy_folder(tmp_path) / "seller.toml").unlink()
    assert policy_checks.faults_of_folder(read_folder(tmp_path)[0], tmp_path) == [
        f"{tmp_path}: no policy, expected one such as seller.toml."]


def test_of_a_file_that_cannot_be_read_nothing_else_is_said(tmp_path):
    policy_folder(tmp_path, {"queues.toml": "?", "worth.toml": "?", "seller.toml": "?", "actions.toml": "?"})
    documents, unreadable = read_folder(tmp_path)
    assert len(unreadable) == 4 and policy_checks.faults_of_folder(documents, tmp_path) == []


@pytest.mark.parametrize("first, second, day", [
    ("", "", "2026-01-01"),
    ("", "first_day = 2026-03-01", "2026-03-01"),
    ("last_day = 2026-03-01", "first_day = 2026-03-01", "2026-03-01"),
    ("last_day = 2026-02-28", "first_day = 2026-03-01", None),
    ("", 'status = "shadow"', None),
    ("", 'status = "retired"', None),
    ("", 'risks = ["click_farm"]', "2026-01-01"),
])
def test_two_live_policies_of_a_risk_on_one_day_name_both_files(tmp_path, first, second, day):
    one = changed(SELLER, "cooldown_days = 7", f"cooldown_days = 7\n{first}")
    two = SELLER
    if second:
        key = second.split(" = ")[0]
        two = "\n".join(second if line.startswith(f"{key} =") else line for line in SELLER.split("\n"))
    if key_is_risks := second.startswith("risks"):
        two = changed(two, "brushing = 20_000\n", "")
    policy_folder(tmp_path, {"seller.toml": one, "variant.toml": two})
    shared = "seller/click_farm" if key_is_risks else "seller/brushing, seller/click_farm"
    assert faults(tmp_path) == ([] if day is None else [
        f"seller.toml and variant.toml: status: both are live for {shared} on {day}, expected one live policy of a "
        "risk on a day. Make one of them shadow or retired, or give the earlier one a last_day."])


@pytest.mark.parametrize("text", ["", "entity = []", "ladder = 1", "ladder = [1]", "risks = [[1], {}]", "[ladder]",
                                  "entity = {}\nstatus = []\nqueue = 1", "[prior_loss_cents]\nbrushing = []",
                                  "[[ladder]]\ncosts = 1\nwhen = 1\naction = []\nstops = 0\nminutes = 'a'",
                                  "first_day = 1\nlast_day = 2\nstatus = 'live'", "risks = 5\nentity = 'seller'",
                                  f'"{"k" * 1_000}\\n" = 1'])
@pytest.mark.parametrize("name", ["seller", "queues", "worth", "actions"])
def test_no_content_of_a_file_ends_in_another_error(tmp_path, name, text):
    found = faults(policy_folder(tmp_path, {f"{name}.toml": text}))
    assert all(len(fault) < 600 and "\n" not in fault for fault in found)
    assert found or (name, text) == ("actions", "")
