"""make policies: a table of the folder, or every mistake in it with exit code 1."""

import pytest

from jobs import step
from jobs.commands import policies
from jobs.decisions.policy_files import read_policies
from jobs.settings import REPOSITORY
from tests.support.policy_folders import SELLER, changed, policy_folder


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("VIGIL_POLICIES", str(tmp_path))
    return tmp_path


def test_the_folder_of_the_setting_is_printed_with_its_ladder_and_queue(folder, capsys):
    policy_folder(folder)
    assert step.run(policies.main, []) == 0
    found = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    version = read_policies(folder).policies[0].version
    assert found[1] == f"seller seller live 2026-01-01 shops {version} brushing, click_farm"
    assert "hold_payouts payout 2 0.8 14 seller 0.25, platform 0.02 score >= 0.6 and level = 'critical'" in found
    assert any(line.startswith("shops 480 60 0.05 ") for line in found)
    assert "without a live policy: seller/merchant_fraud, seller/information_leakage, user/account_integrity" in \
        " ".join(found)
    assert found[-1] == f"vigil: no mistake in {folder}"


def test_goals_are_printed(folder, capsys):
    goal = 'metric = "upheld_appeals"\nowner = "risk"\ngreen = 0.2\nred = 0.4\ndue = 2026-12-31\n'
    policy_folder(folder, {"goals.toml": f"[wrong_stops]\n{goal}"})
    assert step.run(policies.main, []) == 0
    found = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "wrong_stops upheld_appeals risk 0.2 0.4 2026-12-31 all" in found


def test_the_options_of_after_sales_are_printed_and_checked_with_the_policies(folder, capsys):
    text = (REPOSITORY / "policies" / "after_sales.toml").read_text()
    policy_folder(folder, {"after_sales.toml": text})
    assert step.run(policies.main, []) == 0
    found = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "reship 4 0.8 0 refund, dispute" in found and "withdrawal all 14 return deny, partial_refund" in found
    policy_folder(folder, {"seller.toml": changed(SELLER, "0.8", "8"),
                           "after_sales.toml": changed(text, "minutes = 25", "minutes = -25")})
    assert step.run(policies.main, []) == 1
    err = capsys.readouterr().err
    assert "seller.toml: ladder 1 (hold_payouts).stops" in err and "after_sales.toml: options.escalate.minutes" in err


def test_every_mistake_is_a_line_on_standard_error_and_the_code_is_one(folder, capsys):
    policy_folder(folder, {"seller.toml": changed(changed(SELLER, "0.8", "8"), "7", "-7"), "x.yaml": ""})
    assert step.run(policies.main, []) == 1
    out, err = capsys.readouterr()
    assert out == "" and len(err.splitlines()) == 3 and "Traceback" not in err


def test_a_folder_that_is_missing_names_the_command(folder, monkeypatch, capsys):
    monkeypatch.setenv("VIGIL_POLICIES", str(folder / "none"))
    assert step.run(policies.main, []) == 1
    assert "none: not found" in (said := capsys.readouterr().err) and "make policies POLICIES=<folder>" in said


@pytest.mark.parametrize("width", [80, 120, 160])
def test_lines_fit_the_width_as_far_as_names_allow(width):
    page = policies.page(read_policies(REPOSITORY / "policies"), width)
    assert max(map(len, page.splitlines())) <= max(width, 105)


def test_a_shadow_leaves_its_risks_without_a_live_policy(folder, capsys):
    policy_folder(folder, {"seller.toml": changed(SELLER, '"live"', '"shadow"')})
    policies.main([])
    assert "without a live policy: seller/brushing, seller/click_farm, seller/merchant_fraud" in capsys.readouterr().out


@pytest.mark.parametrize(("last", "following", "sentence"), [
    ("2026-02-01", "2026-02-05", "no live policy from 2026-02-02 to 2026-02-04: seller/brushing"),
    ("2026-02-01", "2026-02-02", None), ("2026-02-01", None, "no live policy from 2026-02-02 on: seller/brushing")])
def test_days_without_a_live_policy_between_two_are_named(folder, capsys, last, following, sentence):
    files = {"seller.toml": changed(SELLER, "cooldown_days = 7", f"cooldown_days = 7\nlast_day = {last}")}
    if following:
        files["later.toml"] = changed(SELLER, "2026-01-01", following)
    policy_folder(folder, files)
    assert step.run(policies.main, []) == 0
    out = capsys.readouterr().out
    assert (sentence in out) if sentence else ("no live policy from" not in out)
