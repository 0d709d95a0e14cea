"""Costs of options against plain loops, what law and kind close, and what follows from the shares."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.after_sales.policy import FINAL, KINDS, OPTIONS, PARTIES, Law, read_resolution_policy
from jobs.after_sales.resolution import resolutions
from jobs.settings import REPOSITORY

POLICY = read_resolution_policy(REPOSITORY / "policies")
PARTS = st.lists(st.integers(0, 20), min_size=4, max_size=4).filter(sum)
SHARES = PARTS.map(lambda parts: np.array(parts) / sum(parts))


def resolved(shares, claim=10_000, kind="refund", region="north", days=5, policy=POLICY):
    """{option: cost}, the recommendation and {option: law} of one case."""
    found = resolutions(policy, [shares], [claim], [kind], [region], [days])
    return (dict(zip(OPTIONS, found.cost_cents[0])), found.recommendation[0], dict(zip(OPTIONS, found.excluded_by[0])))


def cost_if(option, party, claim, policy):
    """The page's table of parts, one after another."""
    paid = {"refund": 1, "return_then_refund": 1, "partial_refund": policy.partial_share}.get(option, 0)
    met = 1 if option == "reship" else paid
    goods = policy.goods_share * claim
    left = paid * claim + (goods + policy.freight_out_cents if option == "reship" else 0)
    cost = left * (1 - policy.repaid[party]) + policy.options[option].minutes * policy.minute_cents
    if option == "return_then_refund":
        cost += policy.freight_back_cents - policy.salvage[party] * goods
    if party == "buyer":
        seller = policy.wronged["seller"]
        cost += met * (seller.appeals * seller.appeal_cents + seller.leaves * seller.worth_cents)
        return cost + met * policy.options[option].repeats * policy.repeat_claims * claim
    buyer = policy.wronged["buyer"]
    return cost + (1 - met) * (claim + buyer.appeals * buyer.appeal_cents + buyer.leaves * buyer.worth_cents)


def by_loops(shares, claim, kind, closed, policy):
    """The costs of all options by loops over options and parties."""
    at = dict(zip(PARTIES, shares))
    is_open = [name for name in FINAL if kind in policy.options[name].kinds and name not in closed]
    final = {name: sum(at[party] * cost_if(name, party, claim, policy) for party in PARTIES) for name in is_open}
    costs = {name: final.get(name, np.inf) for name in FINAL}
    for name in ("ask_evidence", "escalate"):
        option, buyer = policy.options[name], policy.wronged["buyer"]
        known = sum(at[party] * min(cost_if(each, party, claim, policy) for each in is_open) for party in PARTIES)
        wait = option.waits * (1 - at["buyer"]) * (
            buyer.appeals * buyer.appeal_cents + buyer.leaves * buyer.worth_cents)
        costs[name] = (option.minutes * policy.minute_cents + wait + option.resolves * known
                       + (1 - option.resolves) * min(final.values())) if kind in option.kinds else np.inf
    return costs


@given(SHARES, st.integers(0, 10 ** 7), st.sampled_from(KINDS), st.sampled_from([0, 14, 15, 90]))
def test_costs_are_those_of_the_page(shares, claim, kind, days):
    costs, best, _ = resolved(shares, claim, kind, days=days)
    closed = ("deny", "partial_refund") if kind == "cancellation" or kind == "return" and days <= 14 else ()
    expected = by_loops(shares, claim, kind, closed, POLICY)
    assert costs == pytest.approx(expected, rel=1e-9, abs=1e-6)
    assert costs[best] == min(costs.values())


def test_a_buyer_at_fault_is_denied_and_a_seller_at_fault_sends_again():
    assert resolved([1, 0, 0, 0])[1] == "deny"
    assert resolved([0, 1, 0, 0])[1] == "reship"


def test_a_doubt_is_asked_about_where_the_claim_is_worth_the_minutes():
    assert resolved([0.5, 0.5, 0, 0], 10_000)[1] == "ask_evidence"
    assert resolved([0.5, 0.5, 0, 0], 300_000)[1] == "escalate"
    assert resolved([0.99, 0.01, 0, 0], 20_000)[1] == "deny"


def test_asking_that_tells_nothing_is_never_cheaper():
    blind = {name: replace(POLICY.options[name], resolves=0) for name in ("ask_evidence", "escalate")}
    costs, best, _ = resolved([0.5, 0.5, 0, 0], policy=replace(POLICY, options=POLICY.options | blind))
    assert best in FINAL and costs["ask_evidence"] > costs[best]


@pytest.mark.parametrize(("days", "is_open"), [(0, False), (14, False), (14.5, True), (15, True), (np.nan, False)])
def test_a_withdrawal_cannot_be_denied_until_its_last_day_or_on_a_day_not_known(days, is_open):
    costs, best, laws = resolved([1, 0, 0, 0], kind="return", days=days)
    assert np.isfinite(costs["deny"]) == is_open
    assert laws["deny"] == ("" if is_open else "withdrawal") and laws["refund"] == ""
    assert best == ("deny" if is_open else "return_then_refund")


def test_a_law_with_regions_holds_in_them_alone():
    law = Law("local", ("refund",), ("reship",), "a test", regions=("north", "islands"))
    policy = replace(POLICY, law=(law,))
    assert resolved([0, 1, 0, 0], region="islands", policy=policy)[2]["reship"] == "local"
    assert resolved([0, 1, 0, 0], region="south", policy=policy)[1] == "reship"
    assert resolved([0, 1, 0, 0], region=None, policy=policy)[1] == "reship"


@pytest.mark.parametrize(("shares", "claim", "kind"), [
    ([np.nan] * 4, 10_000, "refund"), ([0, 1, 0, 0], np.nan, "refund"), ([0, 1, 0, 0], 10_000, "gift")])
def test_a_case_without_shares_claim_or_known_kind_goes_to_a_person(shares, claim, kind):
    costs, best, _ = resolved(shares, claim, kind)
    assert best == "escalate" and not np.isfinite(list(costs.values())).any()


def test_a_case_depends_on_no_other_case():
    draw = np.random.default_rng(2)
    shares, claim = draw.dirichlet(np.ones(4), 50), draw.integers(0, 50_000, 50)
    kind, days = draw.choice(KINDS, 50), draw.integers(0, 30, 50)
    found = resolutions(POLICY, shares, claim, kind, np.full(50, "north"), days)
    for row in range(50):
        costs, best, _ = resolved(shares[row], claim[row], kind[row], days=days[row])
        assert list(costs.values()) == pytest.approx(found.cost_cents[row]) and best == found.recommendation[row]


def test_no_case_gives_no_row():
    found = resolutions(POLICY, np.empty((0, 4)), [], [], [], [])
    assert found.cost_cents.shape == (0, 7) and len(found.recommendation) == 0


@pytest.mark.parametrize("shares", [[0.5, 0.4, 0, 0], [1.5, -0.5, 0, 0], [1, 0, 0]])
def test_shares_that_are_no_probabilities_are_an_error(shares):
    with pytest.raises(ValueError, match="shares"):
        resolved(shares)
