"""The effect of a switchback: regions that change their arm from one block of days to the next are compared by block.

Where an action changes the whole market of a region, its units are no arms of their own: those that are left alone feel
what is done to the others. So whole regions change the arm, and the first days of a block, on which the block before
still acts, are left out: Bojinov, Simchi-Levi and Zhao (2023), "Design and analysis of switchback experiments",
Management Science 69.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from jobs.effects.estimates import LEVEL, Estimate
from jobs.effects.randomised_regression import randomised

BY_BLOCK, BY_BLOCK_AND_DAY, CARRY_OVER = ESTIMATORS = (
    "switchback, by block", "switchback, by block and day", "switchback, carry-over")
DRAWS = 2_000
ALL_BELOW = 12  # sets of two blocks up to which every assignment is listed
TOO_SHORT = 0.05  # p-value of the carry-over below which the burn-in is too short


@dataclass(frozen=True)
class Blocks:
    """The blocks of two arms, a row a region and block, ordered by region and block.

    Attributes:
        region, block, set: codes; within a set, the arms could as well have changed places.
        treated: bool.
        mean: outcome of a day, over the days after the burn-in.
        early, late: the same over the first half of these days and over the rest; NaN with a single day.
        is_paired: whether each set is two blocks of a region, one of each arm.
    """

    region: np.ndarray
    block: np.ndarray
    set: np.ndarray
    treated: np.ndarray
    mean: np.ndarray
    early: np.ndarray
    late: np.ndarray
    is_paired: bool

    def __len__(self) -> int:
        return len(self.mean)


def blocks(outcome: np.ndarray, treated: np.ndarray, region: np.ndarray, day: np.ndarray, block: np.ndarray,
           burn_in: int = 0, sets: np.ndarray | None = None) -> Blocks:
    """Return the blocks of days.

    Args:
        outcome: (rows,) of a region and day; treated: (rows,) bool; region: (rows,) any labels.
        day: (rows,) whole numbers; block: (rows,) whole numbers, one larger from each block to the next.
        burn_in: days at the beginning of a block that are left out.
        sets: (rows,) labels of the sets of blocks within which the design drew the order of the arms. None: pairs of
            a region, its first and its second block and so on, if each of them has both arms; otherwise the region.

    Raises:
        ValueError: an arm changes within a block, a burn-in leaves no day of a block, or an arm has no block.
    """
    region = np.asarray(region).astype(str)
    regions = np.unique(region, return_inverse=True)[1]
    keys, of_row = np.unique(np.column_stack([regions, block]), axis=0, return_inverse=True)
    of_row = of_row.reshape(-1)
    count = len(keys)
    arm = np.bincount(of_row, treated, count) / np.bincount(of_row, minlength=count)
    if mixed := int(((arm > 0) & (arm < 1)).sum()):
        raise ValueError(f"{mixed} blocks have days of both arms; expected one arm of a region in a block of days")
    first = {number: day[block == number].min() for number in np.unique(block)}
    place = day - np.array([first[number] for number in block])
    kept = place >= burn_in
    if empty := int((np.bincount(of_row[kept], minlength=count) == 0).sum()):
        raise ValueError(f"a burn-in of {burn_in} days leaves no day of {empty} blocks; expected a shorter burn-in")
    half = burn_in + (place.max() + 1 - burn_in) // 2
    mean, early, late = (_means(outcome, of_row, mask, count) for mask in (
        kept, kept & (place < half), kept & (place >= half)))
    if arm.all() or not arm.any():
        raise ValueError("every block has the same arm; expected blocks of both")
    if sets is None:
        by_place = _in_order(keys[:, 0])
        drawn_in = by_place if _are_pairs(by_place, arm > 0) else keys[:, 0]
    else:
        drawn_in = np.zeros(count, int)
        drawn_in[of_row] = np.unique(np.asarray(sets).astype(str), return_inverse=True)[1]
    return Blocks(keys[:, 0], keys[:, 1], drawn_in, arm > 0, mean, early, late, _are_pairs(drawn_in, arm > 0))


def _means(outcome: np.ndarray, of_row: np.ndarray, mask: np.ndarray, count: int) -> np.ndarray:
    days = np.bincount(of_row[mask], minlength=count)
    return np.where(days > 0, np.bincount(of_row[mask], outcome[mask], count) / np.maximum(days, 1), np.nan)


def _in_order(region: np.ndarray) -> np.ndarray:
    """Return the pair of each block: of the first and the second of a region, and so on."""
    place = np.arange(len(region)) - np.searchsorted(region, region)
    return np.unique(np.column_stack([region, place // 2]), axis=0, return_inverse=True)[1].reshape(-1)


def _are_pairs(sets: np.ndarray, treated: np.ndarray) -> bool:
    return bool(((np.bincount(sets) == 2) & (np.bincount(sets, treated) == 1)).all())


def estimates(of: Blocks, draws: int = DRAWS, seed: int = 1, level: float = LEVEL) -> list[tuple[str, Estimate]]:
    """Return the effect by block, with effects of the days where there are two regions, and the carry-over.

    The effect of a set's arms is that of its blocks alone. With days, what all regions of a block share is taken out.
    """
    drawn = assignments(of, draws, seed)
    sets, days = _indicators(of.set), _indicators(of.block)
    count = len(np.unique(of.set)) if of.is_paired else len(of)
    found = [(BY_BLOCK, randomised(of.mean, of.treated.astype(float), drawn, sets, count, level)),
             (CARRY_OVER, carry_over(of, drawn, level))]
    if len(np.unique(of.region)) > 1:
        both = np.column_stack([sets, days])
        found.insert(1, (BY_BLOCK_AND_DAY, randomised(of.mean, of.treated.astype(float), drawn, both, count, level)))
    return [(name, estimate) for name, estimate in found if estimate]


def carry_over(of: Blocks, drawn: np.ndarray, level: float = LEVEL) -> Estimate | None:
    """Return how far the arm of the block before still shows after the burn-in; None where nobody can say.

    The first half of the kept days less the rest, of blocks whose arm changed against those whose arm stayed. While
    neither arm of a block changes from day to day, this difference is the same under every assignment.

    Args:
        drawn: as `assignments` returns it.
    """
    before = np.flatnonzero((of.region[1:] == of.region[:-1]) & (of.block[1:] == of.block[:-1] + 1))
    after = before + 1
    known = ~np.isnan(of.early[after] - of.late[after])
    before, after = before[known], after[known]
    if not len(after):
        return None
    change = drawn[:, before] - drawn[:, after]
    columns = [_indicators(of.region[after])]
    if len(np.unique(of.region)) > 1:
        columns.append(_indicators(of.block[after]))
    mine = of.treated.astype(float)
    return randomised((of.early - of.late)[after], mine[before] - mine[after], change, np.column_stack(columns),
                      len(after), level)


def too_short(found: list[tuple[str, Estimate]]) -> bool:
    """Return whether the arm of the block before still shows after the burn-in."""
    return any(name == CARRY_OVER and estimate.p < TOO_SHORT for name, estimate in found)


def assignments(of: Blocks, draws: int = DRAWS, seed: int = 1) -> np.ndarray:
    """Return assignments that were as likely as the real one, the first: (draws + 1, blocks) of 0 and 1.

    Of few pairs all assignments are listed, each once. Otherwise the arms within each set change places at random.
    """
    codes = np.unique(of.set, return_inverse=True)[1]
    if of.is_paired and (pairs := codes.max() + 1) <= ALL_BELOW:
        flips = np.array(list(product((False, True), repeat=int(pairs))))
        return (of.treated[None] ^ flips[:, codes]).astype(float)
    rng, by_set = np.random.default_rng(seed), np.argsort(codes, kind="stable")
    found = np.empty((draws + 1, len(of)))
    found[0] = of.treated
    for number in range(1, draws + 1):
        found[number, by_set] = of.treated[np.lexsort((rng.random(len(of)), codes))]
    return found


def _indicators(labels: np.ndarray) -> np.ndarray:
    return (labels[:, None] == np.unique(labels)).astype(float)
