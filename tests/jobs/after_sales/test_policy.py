"""`policies/after_sales.toml`: what is read, and each mistake as a sentence."""

import pytest

from jobs.after_sales.policy import KINDS, OPTIONS, Law, read_resolution_policy
from jobs.decisions.policy_files import read_policies
from jobs.errors import UserError
from jobs.settings import REPOSITORY
from tests.support.policy_folders import changed, policy_folder

SHIPPED = (REPOSITORY / "policies" / "after_sales.toml").read_text()


def read(folder, text):
    return read_resolution_policy(policy_folder(folder, {"after_sales.toml": text}))


def test_the_shipped_file_is_read():
    policy = read_resolution_policy(REPOSITORY / "policies")
    assert tuple(policy.options) == OPTIONS and policy.options["refund"].kinds == KINDS
    assert policy.options["deny"].minutes == 4 and policy.options["escalate"].resolves == 0.9
    assert policy.wronged["buyer"].expected_cents == 0.3 * 1_500 + 0.1 * 6_000
    assert policy.law[0] == Law("withdrawal", ("return",), ("deny", "partial_refund"),
                                "Directive 2011/83/EU, articles 9 and 13", (), 14)


def test_the_policies_beside_it_are_the_same_with_and_without_it(tmp_path):
    with_it = read_policies(policy_folder(tmp_path / "with", {"after_sales.toml": SHIPPED}))
    assert with_it == read_policies(policy_folder(tmp_path / "with", {}))
    assert [policy.name for policy in with_it.policies] == ["seller"]


def test_a_folder_without_the_file_says_where_to_get_it(tmp_path):
    with pytest.raises(UserError, match="after_sales.toml: missing, .* Copy policies/after_sales.toml"):
        read_resolution_policy(policy_folder(tmp_path))


@pytest.mark.parametrize(("old", "new", "sentence"), [
    ("goods_share = 0.7", "goods_share = 70", "goods_share: found 70, expected a share from 0 to 1."),
    ("goods_share = 0.7\n", "", "goods_share: missing, expected a share from 0 to 1."),
    ("goods_share", "good_share", "good_share: no such key, expected goods_share."),
    ("freight_out_cents = 400", "freight_out_cents = 4.5", "freight_out_cents: found 4.5, expected a whole number of "
                                                           "minor units"),
    ("minute_cents = 60", "minute_cents = nan", "minute_cents: found nan, expected a number from 0"),
    ("carrier = 0.6", "carrier = true", "repaid.carrier: found true, expected a share"),
    ("carrier = 0.1", "courier = 0.1", "salvage.courier: no such key, expected carrier."),
    ("appeals = 0.2\n", "", "wronged.seller.appeals: missing, expected a share"),
    ("[wronged.seller]", "[wronged.vendor]", "wronged.seller: missing, expected a table."),
    ("[options.deny]", "[options.refuse]", "options.deny: missing, expected a table."),
    ("minutes = 25", "minutes = -25", "options.escalate.minutes: found -25, expected a number from 0"),
    ("resolves = 0.5", "repeats = 0.5", "options.ask_evidence.repeats: no such key, expected"),
    ('"dispute", "cancellation"]\nminutes = 2\nrepeats', '"dispute"]\nminutes = 2\nrepeats',
     "options.refund.kinds: expected all kinds, refund, return, dispute, cancellation: a case must have an option."),
    ('kinds = ["cancellation"]', 'kinds = ["cancelation"]',
     "law 2.kinds: found 'cancelation', expected cancellation."),
    ('kinds = ["return"]\nuntil_day = 14\nexcludes = ["deny", "partial_refund"]',
     'kinds = ["return"]\nuntil_day = 14\nexcludes = ["refund"]', "law 1.excludes: found 'refund', expected"),
    ("until_day = 14", "until_day = 14.5", "law 1.until_day: found 14.5, expected a whole number of days"),
    ('name = "withdrawal"', 'name = ""', "law 1.name: found '', expected a text."),
    ("goods_share = 0.7", "goods_share = ", "line 6: Invalid value, expected TOML"),
])
def test_a_mistake_is_a_sentence_with_file_and_key(tmp_path, old, new, sentence):
    with pytest.raises(UserError) as error:
        read(tmp_path, changed(SHIPPED, old, new))
    assert f"{tmp_path / 'after_sales.toml'}: {sentence}" in str(error.value)


@pytest.mark.parametrize("text", ["", "options = 3", "law = 3", "law = [3]", "[options]\nrefund = 3", "[[options]]",
                                  "[salvage.buyer]", "[[law]]\nkinds = [3]\nexcludes = 'deny'"])
def test_any_other_form_is_an_error_and_no_traceback(tmp_path, text):
    with pytest.raises(UserError, match="expected"):
        read(tmp_path, text)


def test_all_mistakes_are_named_at_once(tmp_path):
    text = changed(changed(SHIPPED, "minutes = 25", "minutes = -1"), "carrier = 0.6", "carrier = 6")
    with pytest.raises(UserError) as error:
        read(tmp_path, text)
    assert len(str(error.value).splitlines()) == 2
