"""What honest units did, where verdicts find more of the guilty ones in one arm than in the other."""

import numpy as np


def honest_outcome(outcome: np.ndarray, guilty: np.ndarray, treated: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return each unit's part in the outcomes of honest units: arms that verdicts look at unequally become comparable.

    Verdicts come more often where somebody acted. Guilty units that nobody found would count as honest in the arm
    without actions, and their outcomes as lost. By the random assignment both arms have equal shares of guilty units.
    Each guilty unit of the arm with fewer verdicts therefore stands for 1 or more: the other arm's share divided by its
    own. Verdicts of that other arm count as complete, and those of the first one as a random part of them.

    A mean of the returned parts is the mean outcome of honest units. What chance makes of the two shares is in their
    variance: the parts are the influence of each unit on that mean (van der Vaart 1998, section 20.1).

    Args:
        outcome: (units,); guilty: (units,) bool, found by a verdict; treated: (units,) bool.
        weight: (units,) units for which each one of its arm stands, such as those of its stratum.

    Returns:
        (units,). Without a guilty unit in an arm nothing is known of their outcomes there: its units count as honest.
    """
    arms = (treated, ~treated)
    shares = [float(np.average(guilty[arm], weights=weight[arm])) for arm in arms]
    (found, complete), (missed, part) = sorted(zip(shares, (True, False)), reverse=True)
    most, least = (treated == side for side in (complete, part))
    honest = np.where(guilty, 0.0, outcome)
    if not missed:
        return honest
    times = found / missed
    mean = times * float(np.average(np.where(guilty, outcome, 0.0)[least], weights=weight[least]))
    honest[least] = (outcome * (1 - times * guilty) + mean * (guilty / missed - 1))[least]
    honest[most] += mean * (guilty / found - 1)[most]
    return honest
