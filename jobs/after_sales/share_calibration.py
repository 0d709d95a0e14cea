"""Calibration of shares: a temperature and a shift a party turn margins into probabilities of the truth."""

from dataclasses import dataclass

import numpy as np

from jobs.after_sales.label_noise import softmax

PRIOR = 10.0  # rows that say that margins are right as they are
STEPS = 200


@dataclass(frozen=True, eq=False)
class ShareCalibration:
    """Shares = softmax(slope * margins + shifts).

    Attributes:
        slope: above 0; below 1 where margins are too sure. shifts: (parties,), with a sum of 0.
    """

    slope: float
    shifts: np.ndarray

    def shares(self, margins: np.ndarray) -> np.ndarray:
        """Return the shares of rows, (rows, parties); a row sums to 1."""
        return softmax(self.slope * np.asarray(margins, float) + self.shifts)


def fit(margins: np.ndarray, label: np.ndarray) -> ShareCalibration:
    """Return the calibration of least loss on rows outside of the training (Guo and others 2017, with shifts).

    The loss has a weak prior for margins as they are, of `PRIOR` rows, so that few rows move them little.

    Args:
        margins: (rows, parties); label: (rows,) codes. Without a row nothing changes.
    """
    from scipy.optimize import minimize

    parties = margins.shape[1]

    def loss(at: np.ndarray) -> tuple[float, np.ndarray]:
        slope, shifts = np.exp(at[0]), at[1:]
        shares = softmax(slope * margins + shifts)
        off = shares.copy()
        off[np.arange(len(label)), label] -= 1
        value = -np.log(np.maximum(shares[np.arange(len(label)), label], 1e-12)).sum() + PRIOR / 2 * (at ** 2).sum()
        return value, np.concatenate([[slope * (off * margins).sum()], off.sum(axis=0)]) + PRIOR * at

    if not len(label):
        return ShareCalibration(1.0, np.zeros(parties))
    found = minimize(loss, np.zeros(parties + 1), jac=True, method="L-BFGS-B", options={"maxiter": STEPS}).x
    return ShareCalibration(float(np.exp(found[0])), found[1:] - found[1:].mean())
