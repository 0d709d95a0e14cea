"""Random reviews: rows that are reviewed with a known probability, whatever the policy thinks of them."""

import numpy as np

# Every row keeps at least this share of the mean size, so that no row is out of reach and no weight is extreme.
FLOOR = 0.5
# The probability that stands for a row without a score: nothing is known of it.
UNSCORED = 0.05


def sizes(probability: np.ndarray, open_cents: np.ndarray) -> np.ndarray:
    """Return the size of each row, by which it is drawn: sqrt(p (1 - p)) times its open money, with a floor.

    The size is proportional to the standard deviation of the row's loss, which makes the estimate of the total loss
    most precise (Saerndal, Swensson and Wretman 1992, section 3.6).

    Args:
        probability: (rows,) NaN where the row has no score.
        open_cents: (rows,) money at risk, minor units.
    """
    guess = np.where(np.isnan(probability), UNSCORED, probability)
    exposure = np.nan_to_num(open_cents)
    mean = exposure.mean() if len(exposure) else 0.0
    spread = np.sqrt(guess * (1 - guess)) * (exposure / mean if mean > 0 else 1.0)
    return np.maximum(spread, FLOOR * spread.mean()) if spread.any() else np.ones(len(guess))


def inclusion_probabilities(size: np.ndarray, expected: float) -> np.ndarray:
    """Return the probability of each row: proportional to its size, at most 1, with the given sum.

    Args:
        size: (rows,) positive.
        expected: the expected number of drawn rows; at most all rows are drawn.
    """
    probability = np.zeros(len(size))
    certain = np.zeros(len(size), bool)
    if expected >= len(size):
        return np.ones(len(size))
    while True:
        rest = size[~certain].sum()
        probability[~certain] = (expected - certain.sum()) * size[~certain] / rest
        over = ~certain & (probability >= 1)
        if not over.any():
            return probability
        certain |= over
        probability[certain] = 1.0
