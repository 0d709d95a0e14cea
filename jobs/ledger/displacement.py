"""Where attacks go when they are stopped: the weighted displacement quotient, and accounts that come back.

Bowers and Johnson (2003), "Measuring the geographical displacement and diffusion of benefit effects of crime
prevention activity", Journal of Quantitative Criminology 19. A target is where a policy acts, a buffer is where
attacks may move to (other shops, other payment methods, new accounts), and a control has neither. Counts are of
attacks, or of their losses, before the policy and during it.
"""

from dataclasses import dataclass

import numpy as np

from jobs.statistics import shares

LEVEL = 0.95
DRAWS = 2_000
SEED = 26
AT_ONCE = 2_000_000  # re-sampled units in memory


@dataclass(frozen=True)
class Interval:
    """An estimate with the ends of its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Displacement:
    """What a policy changed in its target and beside it.

    Attributes:
        success: change of target / control; negative where the target fell more than the control.
        quotient: change of buffer / control divided by `success`. Below 0: attacks moved into the buffer, and -0.4 says
            that 40 of 100 prevented ones did. Above 0: the buffer fell as well. None where it is undefined.
        net_effect: attacks prevented in target and buffer together, against the control's course; None without one.
        undefined: why something is None; empty where nothing is.
    """

    success: Interval | None
    quotient: Interval | None
    net_effect: Interval | None
    undefined: str = ""


@dataclass(frozen=True)
class ComeBack:
    """Accounts that came back under another one, among those that were stopped and those that were not.

    Attributes:
        stopped, holdout: share that came back in each cohort.
        difference: stopped less holdout; None where a cohort is empty.
        undefined: why; empty where nothing is None.
    """

    stopped: Interval | None
    holdout: Interval | None
    difference: Interval | None
    undefined: str = ""


def displacement(target: np.ndarray, buffer: np.ndarray, control: np.ndarray, level: float = LEVEL,
                 draws: int = DRAWS, seed: int = SEED) -> Displacement:
    """Return quotient and net effect with bootstrap intervals.

    Units of each area are drawn again, with their two counts together: units are independent of each other, and the
    weeks of one unit are not. A unit is whatever was assigned as one, such as a connected group of accounts.

    The quotient divides by the success, and says nothing where there may be none: it is None where the interval of the
    success holds 0.

    Args:
        target, buffer, control: (units, 2) counts of each unit before and during the policy, over equal times.
    """
    areas = [np.asarray(area, float).reshape(-1, 2) for area in (target, buffer, control)]
    totals = np.array([area.sum(axis=0) for area in areas])
    if (totals[2] <= 0).any():
        return Displacement(None, None, None, f"the control has {totals[2, 0]:g} before and {totals[2, 1]:g} during; "
                            "expected both above 0, because everything is measured against it")
    rng = np.random.default_rng(seed)
    drawn = np.stack([_resampled(area, draws, rng) for area in areas], axis=1)  # (draws, areas, 2)
    drawn = drawn[(drawn[:, 2] > 0).all(axis=1)]
    success, moved, net = _measures(totals[None])
    by_draw = _measures(drawn)
    success_interval = interval_of_draws(success[0], by_draw[0], level)
    net_interval = interval_of_draws(net[0], by_draw[2], level)
    if success_interval.low <= 0 <= success_interval.high:
        return Displacement(success_interval, None, net_interval, _no_success(success_interval, level))
    with np.errstate(divide="ignore"):
        quotient = interval_of_draws(moved[0] / success[0], by_draw[1] / by_draw[0], level)
    return Displacement(success_interval, quotient, net_interval)


def _no_success(success: Interval, level: float) -> str:
    return (f"target / control changed by {success.value:.3f}, and its interval of {level:.0%} from {success.low:.3f} "
            f"to {success.high:.3f} holds 0; a quotient needs a change of the target that is seen")


def _measures(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return success, change of buffer / control, and total net effect of (n, areas, 2) counts."""
    target, buffer, control = counts[:, 0], counts[:, 1], counts[:, 2]
    success = target[:, 1] / control[:, 1] - target[:, 0] / control[:, 0]
    moved = buffer[:, 1] / control[:, 1] - buffer[:, 0] / control[:, 0]
    course = control[:, 1] / control[:, 0]
    net = target[:, 0] * course - target[:, 1] + buffer[:, 0] * course - buffer[:, 1]
    return success, moved, net


def _resampled(area: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return (draws, 2) totals of as many units as there are, drawn with replacement."""
    if not len(area):
        return np.zeros((draws, 2))
    at_once = max(1, AT_ONCE // len(area))
    return np.concatenate([area[rng.integers(0, len(area), (min(at_once, draws - begin), len(area)))].sum(axis=1)
                           for begin in range(0, draws, at_once)])


def interval_of_draws(value: float, drawn: np.ndarray, level: float) -> Interval:
    """Return an estimate with the middle share of its bootstrap draws."""
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(value), float(low), float(high))


def come_back(stopped: int, stopped_back: int, holdout: int, holdout_back: int, level: float = LEVEL) -> ComeBack:
    """Return how much more often stopped accounts come back than those of the holdout.

    An account comes back when another one appears on its devices or payment methods. Honest people share and replace
    devices too, which is why the holdout is subtracted. The interval is Newcombe's (1998, method 10), from Wilson's
    intervals of both shares: it holds with no come-back or with nothing else. Accounts count as independent; pass
    numbers of connected groups where rings come back together.

    Args:
        stopped, holdout: accounts of each cohort; stopped_back, holdout_back: those of them that came back.

    Raises:
        ValueError: more came back than there are.
    """
    for back, of in ((stopped_back, stopped), (holdout_back, holdout)):
        if not 0 <= back <= of:
            raise ValueError(f"{back} came back of {of}")
    each = [_plain(shares.wilson(back / of, of, level)) if of else None for back, of in ((stopped_back, stopped),
                                                                                         (holdout_back, holdout))]
    if None in each:
        empty = "nobody was stopped" if not stopped else "nobody is in the holdout"
        return ComeBack(*each, None, f"{empty}, and a difference needs both")
    return ComeBack(*each, _plain(shares.difference(*each)))


def _plain(of: shares.Interval) -> Interval:
    return Interval(float(of.value), float(of.low), float(of.high))
