"""The after-sales desk: it decides through a confusion matrix, with a bias; a second reviewer is more careful."""

from dataclasses import dataclass

import numpy as np

from jobs.simulate import rhythm
from jobs.simulate.after_sales.happenings import PARTIES, SELLER, drawn
from jobs.simulate.legitimate import claims
from jobs.simulate.people import REGIONS
from jobs.simulate.rows import Rows, take
from jobs.simulate.seeds import lots
from jobs.simulate.world import World

BIASED_AGAINST = "islands"
LARGE = 0.8  # quantile of honest shops' sizes from which a seller is large
DECIDES, BIAS, IS_SECOND, SECOND, APPEAL, REVERSAL, WAIT = range(50, 57)  # first keys of the lots

# By kind: a row per party at fault (buyer, seller, carrier, platform), a column per party blamed, undetermined last.
CONFUSION = np.array([
    [[0.68, 0.19, 0.04, 0.03, 0.06], [0.09, 0.77, 0.05, 0.03, 0.06], [0.07, 0.17, 0.64, 0.05, 0.07],
     [0.09, 0.13, 0.04, 0.66, 0.08]],  # refund
    [[0.81, 0.12, 0.02, 0.02, 0.03], [0.17, 0.73, 0.03, 0.03, 0.04], [0.14, 0.19, 0.57, 0.04, 0.06],
     [0.17, 0.12, 0.03, 0.62, 0.06]],  # return
    [[0.60, 0.22, 0.05, 0.04, 0.09], [0.08, 0.76, 0.05, 0.03, 0.08], [0.08, 0.16, 0.62, 0.06, 0.08],
     [0.10, 0.09, 0.04, 0.68, 0.09]],  # dispute
    [[0.84, 0.07, 0.01, 0.05, 0.03], [0.21, 0.68, 0.01, 0.06, 0.04], [0.20, 0.15, 0.55, 0.06, 0.04],
     [0.21, 0.07, 0.01, 0.66, 0.05]],  # cancellation
])
# A second reviewer is right in this share, undetermined in that one, else names a party drawn evenly.
SECOND_RIGHT, SECOND_OPEN = 0.995, 0.002

MORE_APPEALS, FEWER_APPEALS = 2.5, 0.7  # factors on appeals against wrong decisions, and against right ones
REVERSED_WRONG, REVERSED_RIGHT = 0.6, 0.06  # shares of appeals that lead to another decision
REVERSED_TO_TRUTH = 0.85  # of the reversals of wrong decisions, to the party at fault
EARLIEST, FURTHER = 8, 14  # days from the first decision to the other one: at least, and further ones


@dataclass(frozen=True)
class DeskConduct:
    """How the desk works.

    Attributes:
        desk_bias: how much more often it blames small sellers of BIASED_AGAINST, as a difference of probabilities.
        second_reviews: share of the cases with a second review.
    """

    desk_bias: float = 0.1
    second_reviews: float = 0.2


def decide(world: World, conduct: DeskConduct, cases: Rows) -> Rows:
    """Return the cases with the desk's decision, the second one, and whether the bias or an error made it.

    They gain responsible and second_responsible (positions in claims.PARTIES; -1: no second review), is_wrong and
    is_biased (a seller whom the desk blames because of its bias alone).
    """
    keys = cases["order"], cases["kind"]
    chance = CONFUSION[cases["kind"], cases["fault"]]
    first = drawn(_lot(world, DECIDES, keys), chance)
    # Of the decisions against others, this share turns, so that the seller is blamed more often by the bias itself.
    turns = (conduct.desk_bias / (1 - chance[:, SELLER])).clip(0, 1)
    biased = _disfavoured(world, cases["seller"]) & (first != SELLER) & (_lot(world, BIAS, keys) < turns)
    first = np.where(biased, SELLER, first)
    return cases | {"responsible": first, "second_responsible": _second(world, conduct, cases), "is_biased": biased,
                    "is_wrong": first != cases["fault"]}


def _lot(world: World, key: int, keys: tuple[np.ndarray, ...]) -> np.ndarray:
    return lots(world.seed, "after_sales", key, *keys)[:len(keys[0])]


def _disfavoured(world: World, seller: np.ndarray) -> np.ndarray:
    weight = world.sellers["weight"]
    small = weight[seller] < np.quantile(weight[world.honest["seller"]], LARGE)
    return small & (world.sellers["region"][seller] == REGIONS.index(BIASED_AGAINST))


def _second(world: World, conduct: DeskConduct, cases: Rows) -> np.ndarray:
    keys = cases["order"], cases["kind"]
    lot = _lot(world, SECOND, keys)
    verdict = np.select([lot < SECOND_RIGHT, lot < SECOND_RIGHT + SECOND_OPEN], [cases["fault"], len(PARTIES)],
                        cases["other"])
    return np.where(_lot(world, IS_SECOND, keys) < conduct.second_reviews, verdict, -1)


def appeals(outcome: np.ndarray, is_wrong: np.ndarray) -> np.ndarray:
    """Return the probability of an appeal against each outcome (position in claims.OUTCOMES)."""
    usual = np.where(outcome == claims.OUTCOMES.index("rejected"), 0.18, 0.03)
    return usual * np.where(is_wrong, MORE_APPEALS, FEWER_APPEALS)


def reversals(world: World, cases: Rows, closed: Rows) -> Rows:
    """Return the second outcomes of cases, more than a week later: some appeals hold another party responsible.

    Args:
        closed: the first outcomes of the same cases, in their order.
    """
    keys = cases["order"], cases["kind"]
    likely = np.where(cases["is_wrong"], REVERSED_WRONG, REVERSED_RIGHT)
    at = np.flatnonzero(closed["appealed"] & (_lot(world, APPEAL, keys) < likely))
    about, first, keys = take(cases, at), take(closed, at), (keys[0][at], keys[1][at])
    to_truth = about["is_wrong"] & (_lot(world, REVERSAL, keys) < REVERSED_TO_TRUTH)
    # Another party than before: the next one that is not the first decision's.
    other = np.where(about["other"] == first["responsible"], (about["other"] + 1) % len(PARTIES), about["other"])
    party = np.where(to_truth, about["fault"], other)
    wait = ((EARLIEST + 0.1 + FURTHER * _lot(world, WAIT, keys)) * rhythm.DAY).astype(np.int64)
    refused = party == claims.PARTIES.index("buyer")
    outcome = np.where(refused, claims.OUTCOMES.index("rejected"), claims.OUTCOMES.index("refunded"))
    return first | {"time": first["time"] + wait, "arrives": (first["time"] + wait) // rhythm.DAY,
                    "responsible": party, "outcome": outcome, "paid": np.where(refused, 0, about["claim"]),
                    "appealed": np.ones(len(at), bool)}
