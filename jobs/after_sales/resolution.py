"""The resolution of a case with the least expected cost, among refund, return, partial refund, reship, deny and asking.

The cost of a final option is computed for each party that may be at fault, and weighed with the shares of
responsibility. An option that asks costs minutes and a wait. Where it tells who is at fault, the cheapest final option
for that party follows, else the cheapest for the shares as they were (expected value of information, Raiffa and
Schlaifer 1961).
"""

from dataclasses import dataclass

import numpy as np

from jobs.after_sales.policy import ASKING, FINAL, OPTIONS, PARTIES, Law, ResolutionPolicy

BUYER = np.array([party == "buyer" for party in PARTIES])
SUM_TOLERANCE = 1e-6


@dataclass(frozen=True, eq=False)
class Resolutions:
    """The costs of the options of each case, and the cheapest.

    Attributes:
        cost_cents: (cases, OPTIONS) expected cost, an estimate; infinite where the kind or the law excludes the option,
            NaN where shares or claim are not known.
        recommendation: (cases,) the cheapest option, the first of OPTIONS among equals; "escalate" without a cost.
        excluded_by: (cases, OPTIONS) name of the first law that excludes the option, else "".
    """

    cost_cents: np.ndarray
    recommendation: np.ndarray
    excluded_by: np.ndarray


def resolutions(policy: ResolutionPolicy, shares: np.ndarray, claim_cents: np.ndarray, kind: np.ndarray,
                region: np.ndarray, days_since_delivery: np.ndarray) -> Resolutions:
    """Return what each option costs, and the cheapest.

    Args:
        shares: (cases, 4) probability that each of `PARTIES` is at fault; a row sums to 1, or is NaN.
        claim_cents: (cases,) minor units, NaN where none is known; kind, region: (cases,) texts.
        days_since_delivery: (cases,) NaN without a delivery; the law then counts as if it were within its days.

    Raises:
        ValueError: the arrays differ in length, or shares are no probabilities.
    """
    shares, claim = np.asarray(shares, float), np.asarray(claim_cents, float)
    _require_rows(shares, claim, kind, region, days_since_delivery)
    excluded_by = _excluded_by(policy, np.asarray(kind, object), np.asarray(region, object), days_since_delivery)
    open_options = (excluded_by == "") & _serves(policy, kind)
    by_party = final_costs(policy, claim)
    by_party[~open_options[:, :len(FINAL)]] = np.inf
    # An impossible party at an infinite cost is no cost.
    final = np.where(open_options[:, :len(FINAL)], np.einsum("cop,cp->co", np.where(
        np.isinf(by_party), 0, by_party), shares), np.inf)
    asking = np.stack([_asking_cost(policy, name, by_party, final, shares) for name in ASKING], axis=1)
    cost = np.concatenate([final, np.where(open_options[:, len(FINAL):], asking, np.inf)], axis=1)
    unknown = np.isnan(shares).any(axis=1) | np.isnan(claim)
    cost[unknown[:, None] & np.isfinite(cost)] = np.nan
    best = np.array(OPTIONS, object)[np.argmin(np.where(np.isnan(cost), np.inf, cost), axis=1)]
    return Resolutions(cost, np.where(np.isfinite(cost).any(axis=1), best, "escalate"), excluded_by)


def final_costs(policy: ResolutionPolicy, claim_cents: np.ndarray) -> np.ndarray:
    """Return what each final option costs if each party is at fault, (cases, FINAL, PARTIES), in minor units.

    A cost is what leaves the payers, what an honest buyer is not paid, and what follows from either.
    """
    claim = np.asarray(claim_cents, float)[:, None, None]
    paid, sent, returned, served = _terms(policy)
    salvage, repaid = (np.array([table[party] for party in PARTIES]) for table in (policy.salvage, policy.repaid))
    minutes, repeats = (np.array([getattr(policy.options[name], key) for name in FINAL])[:, None]
                        for key in ("minutes", "repeats"))
    leaves_payers = (paid * claim + sent * (policy.goods_share * claim + policy.freight_out_cents)) * (1 - repaid)
    comes_back = returned * (salvage * policy.goods_share * claim - policy.freight_back_cents)
    # The seller pays where the buyer or the seller is at fault; only the former is a wrong.
    wrong_seller = BUYER * served * policy.wronged["seller"].expected_cents
    wrong_buyer = ~BUYER * (1 - served) * (claim + policy.wronged["buyer"].expected_cents)
    repeated = BUYER * served * repeats * policy.repeat_claims * claim
    return leaves_payers - comes_back + wrong_seller + wrong_buyer + repeated + minutes * policy.minute_cents


def _terms(policy: ResolutionPolicy) -> tuple[np.ndarray, ...]:
    """Return of each final option, (FINAL, 1): the share paid, goods sent and returned, and the share of the claim met.
    """
    paid = np.array([1, 1, policy.partial_share, 0, 0])[:, None]
    sent, returned = (np.array([name == option for name in FINAL])[:, None]
                      for option in ("reship", "return_then_refund"))
    return paid, sent, returned, paid + sent


def _asking_cost(policy: ResolutionPolicy, name: str, by_party: np.ndarray, final: np.ndarray,
                 shares: np.ndarray) -> np.ndarray:
    """Return the cost of an option that asks, (cases,)."""
    option = policy.options[name]
    with np.errstate(invalid="ignore"):  # of a kind that no option resolves
        known = (shares * by_party.min(axis=1)).sum(axis=1)
    wait = option.waits * policy.wronged["buyer"].expected_cents * (1 - shares[:, BUYER][:, 0])
    return (option.minutes * policy.minute_cents + wait + option.resolves * known
            + (1 - option.resolves) * final.min(axis=1))


def _serves(policy: ResolutionPolicy, kind: np.ndarray) -> np.ndarray:
    """Return whether each option can resolve each case's kind, bool (cases, OPTIONS)."""
    return np.stack([np.isin(np.asarray(kind, str), policy.options[name].kinds) for name in OPTIONS], axis=1)


def _excluded_by(policy: ResolutionPolicy, kind: np.ndarray, region: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Return the name of the first law that excludes each option, (cases, OPTIONS), else an empty text."""
    found = np.full((len(kind), len(OPTIONS)), "", object)
    for law in policy.law:
        holds = _holds(law, kind, region, np.asarray(days, float))
        for name in law.excludes:
            place = OPTIONS.index(name)
            found[holds & (found[:, place] == ""), place] = law.name
    return found


def _holds(law: Law, kind: np.ndarray, region: np.ndarray, days: np.ndarray) -> np.ndarray:
    in_region = np.isin(region.astype(str), law.regions) if law.regions else np.ones(len(kind), bool)
    in_time = np.ones(len(kind), bool) if law.until_day is None else ~(days > law.until_day)
    return in_region & in_time & np.isin(kind.astype(str), law.kinds)


def _require_rows(shares: np.ndarray, *arrays: np.ndarray) -> None:
    if shares.ndim != 2 or shares.shape[1] != len(PARTIES) or any(len(array) != len(shares) for array in arrays):
        raise ValueError(f"shares of shape {shares.shape} and arrays of {', '.join(str(len(a)) for a in arrays)} rows; "
                         f"expected (cases, {len(PARTIES)}) and one value a case")
    known = shares[~np.isnan(shares).any(axis=1)]
    if (known < 0).any() or (np.abs(known.sum(axis=1) - 1) > SUM_TOLERANCE).any():
        raise ValueError("shares of responsibility; expected four probabilities a case that sum to 1")
