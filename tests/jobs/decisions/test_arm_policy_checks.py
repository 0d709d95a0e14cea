"""Mistakes between experiments and the policies that their arms name: each a sentence with file and key."""

import pytest

from jobs.decisions.policy_files import read_policies
from jobs.errors import UserError
from tests.support.policy_folders import EXPERIMENT, QUEUES, SELLER, changed, policy_folder

STRICT = changed(SELLER, '"live"', '"shadow"')
TEXT = changed(changed(changed(changed(EXPERIMENT, "[arms.holdout]", "[arms.strict]"), 'does = "nothing"',
                               'does = "other policy"\npolicy = "strict"'), 'control = "holdout"',
                       'control = "treated"'), "[0.15, 0.01]", "0.5")
USER = changed(changed(changed(STRICT, 'entity = "seller"', 'entity = "user"'), '["brushing", "click_farm"]',
                       '["refund_abuse"]'), "brushing = 20_000\nclick_farm = 0", "refund_abuse = 1").replace(
    "seller = 0.25, ", "").replace('queue = "shops"', 'queue = "users"')
USERS = QUEUES + changed(changed(QUEUES, "[shops]", "[users]"), '["seller/brushing", "seller/click_farm"]',
                         '["user/refund_abuse"]')


def faults(folder, **files: str) -> list[str]:
    named = {name.replace("__", "/") + ".toml": text for name, text in files.items()}
    with pytest.raises(UserError) as error:
        read_policies(policy_folder(folder, {"strict.toml": STRICT, "experiments/one.toml": TEXT} | named))
    return str(error.value).replace(f"{folder}/experiments/", "").splitlines()


def test_an_arm_that_names_a_shadow_policy_is_no_mistake(tmp_path):
    (found,) = read_policies(policy_folder(tmp_path, {"strict.toml": STRICT, "experiments/one.toml": TEXT})).experiments
    assert found.policies == ("strict",) and found.version != read_policies(policy_folder(tmp_path, {
        "other.toml": STRICT, "experiments/one.toml": changed(TEXT, '"strict"', '"other"')})).experiments[0].version


@pytest.mark.parametrize("files, sentence", [
    ({"experiments__one": changed(TEXT, 'policy = "strict"', 'policy = "stricter"')},
     "one.toml: arms.strict.policy: found 'stricter', expected a policy of the folder (strict)."),
    ({"strict": changed(STRICT, '"shadow"', '"retired"')},
     "one.toml: arms.strict.policy: found 'strict', whose status is retired; expected shadow: it decides the rows of "
     "the arm alone. Give it that status, or retire the experiment."),
    ({"strict": changed(changed(STRICT, '"brushing", ', ""), "brushing = 20_000\n", "")},
     "one.toml: arms.strict.policy: strict has no brushing among its risks, expected all risks of the experiment "
     "(brushing)."),
    ({"strict": USER, "queues": USERS},
     "one.toml: arms.strict.policy: found 'strict', a policy about user; expected one about seller."),
    ({"strict": changed(STRICT, "cooldown_days = 7", "cooldown_days = 7\nlast_day = 2026-12-31")},
     "one.toml: arms.strict.policy: strict is not in force on 2027-01-01, expected it on every day from 2026-01-01 to "
     "2027-01-13, when the last unit leaves its arm."),
    ({"strict": changed(STRICT, "first_day = 2026-01-01", "first_day = 2026-02-01")},
     "one.toml: arms.strict.policy: strict is not in force on 2026-01-01, expected it on every day from 2026-01-01 to "
     "2027-01-13, when the last unit leaves its arm."),
    ({"seller": changed(SELLER, "cooldown_days = 7", "cooldown_days = 7\nlast_day = 2026-06-30")},
     "one.toml: risks: no live policy decides on seller/brushing on 2026-07-01, expected one on every day from "
     "2026-01-01 to 2027-01-13, beside those of the arms."),
])
def test_a_mistake_is_one_sentence(tmp_path, files, sentence):
    (found,) = faults(tmp_path, **files)
    assert found == sentence


def test_a_policy_of_other_reviewers_is_refused_by_its_own_file(tmp_path):
    queues = QUEUES + changed(QUEUES, "[shops]", "[others]").replace('"seller/brushing", "seller/click_farm"',
                                                                    '"user/refund_abuse"')
    found = faults(tmp_path, strict=changed(STRICT, 'queue = "shops"', 'queue = "others"'), queues=queues)
    assert any("strict.toml: queue: queues.toml has no seller/brushing among the risks of others" in each
               for each in found)


def test_a_retired_experiment_may_name_a_policy_that_has_gone_live_or_is_gone(tmp_path):
    for name, files in (("a", {"strict.toml": changed(STRICT, '"shadow"', '"retired"')}), ("b", {})):
        read_policies(policy_folder(tmp_path / name, files | {
            "experiments/one.toml": changed(TEXT, 'status = "live"', 'status = "retired"')}))
