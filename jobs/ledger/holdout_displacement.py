"""Displacement against the holdout of an experiment: what stopping moved to new accounts, and who came back.

Bowers and Johnson (2003) compare areas before and during a policy with a control. Here units were assigned at random,
so that the holdout of the same days says what the treated units and their new accounts would have lost. It stands for
the time before and for the control, and nothing else has to follow its course.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from jobs.ledger.displacement import (
    DRAWS,
    LEVEL,
    SEED,
    ComeBack,
    Displacement,
    Interval,
    come_back,
    interval_of_draws,
)

LEAST = 20  # units of each arm, below which a bootstrap of their losses says nothing


def against_holdout(treated: Mapping[int, np.ndarray], holdout: Mapping[int, np.ndarray], level: float = LEVEL,
                    draws: int = DRAWS, seed: int = SEED) -> Displacement:
    """Return quotient and net effect of treated units, with bootstrap intervals.

    The shares of the arms differ by stratum, so that the mean of the holdout of each stratum counts for its treated
    units. Units are drawn again within arm and stratum, with both of their losses together.

    Args:
        treated, holdout: by stratum, (units, 2) losses of each unit: of its members, which are the target, and of
            accounts that are new on their identifiers, which are the buffer. Both have the same strata.

    Returns:
        `success` is the change of the target over all treated units, `net_effect` what target and buffer lost less
        together, both in the unit of the losses.
    """
    sizes = [sum(map(len, arm.values())) for arm in (treated, holdout)]
    if min(sizes) < LEAST:
        return Displacement(None, None, None, f"{sizes[0]} treated and {sizes[1]} held-out units are final, in strata "
                            f"with two units of each arm; expected {LEAST} of each")
    rng = np.random.default_rng(seed)
    change, drawn = np.zeros(2), np.zeros((draws, 2))
    for stratum in sorted(treated):
        one, other = treated[stratum], holdout[stratum]
        change += one.sum(axis=0) - len(one) * other.mean(axis=0)
        drawn += _sums(one, draws, rng) - len(one) / len(other) * _sums(other, draws, rng)
    success = interval_of_draws(change[0], drawn[:, 0], level)
    net_effect = interval_of_draws(-change.sum(), -drawn.sum(axis=1), level)
    if success.low <= 0 <= success.high:
        return Displacement(success, None, net_effect, (
            f"the losses of treated units changed by {success.value:,.0f}, and the interval of {level:.0%} from "
            f"{success.low:,.0f} to {success.high:,.0f} holds 0; a quotient needs a change that is seen"))
    with np.errstate(divide="ignore", invalid="ignore"):
        return Displacement(success, interval_of_draws(change[1] / change[0], drawn[:, 1] / drawn[:, 0], level),
                            net_effect)


def _sums(losses: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return (draws, 2) sums of as many units as there are, drawn with replacement.

    Units without any loss, which are most of them, are drawn by their number alone.
    """
    some = losses[losses.any(axis=1)]
    counts = rng.multinomial(len(losses), [*[1 / len(losses)] * len(some), 1 - len(some) / len(losses)], draws)
    return counts[:, :-1] @ some


def come_back_against_holdout(strata: Sequence[tuple[int, int, int, int]], level: float = LEVEL) -> ComeBack:
    """Return how much more often treated units come back than those of the holdout, over strata.

    The differences of the strata count by their treated units. The joined interval is as far from the estimate as
    sqrt(sum of squared distances of the strata's ends): Zou and Donner (2008).

    Args:
        strata: of each, the arguments of `come_back`: treated units and those that came back, the same of the holdout.
    """
    both = [counts for counts in strata if counts[0] and counts[2]]
    total = sum(counts[0] for counts in both)
    if not both:
        return come_back(*(sum(column) for column in zip(*strata))) if strata else come_back(0, 0, 0, 0)
    parts = [(counts[0] / total, come_back(*counts, level)) for counts in both]
    return ComeBack(*(_joined([(share, getattr(part, name)) for share, part in parts])
                      for name in ("stopped", "holdout", "difference")))


def _joined(parts: Sequence[tuple[float, Interval]]) -> Interval:
    value = sum(share * part.value for share, part in parts)
    below = np.sqrt(sum((share * (part.value - part.low)) ** 2 for share, part in parts))
    above = np.sqrt(sum((share * (part.high - part.value)) ** 2 for share, part in parts))
    return Interval(float(value), float(value - below), float(value + above))
