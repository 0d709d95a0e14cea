"""The protocol of the Fraud Detection Handbook: its split of transactions, and its metrics.

Le Borgne, Siblini, Lebichot and Bontempi, "Reproducible Machine Learning for Credit Card Fraud Detection:
Practical Handbook", 2022, chapters 3 to 5. A split is a week of training, a week of delay in which frauds become known,
and a week of test. A customer with a known fraud is not tested: the card is blocked.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np

TRAIN_DAYS, DELAY_DAYS, TEST_DAYS = 7, 7, 7
CARDS = 100  # cards a day that investigators can review

METRICS = ("ROC AUC", "average precision", f"card precision at {CARDS}")
Metrics = tuple[float, ...]  # in the order of METRICS


@dataclass(frozen=True)
class Split:
    """One training week and its test week, by the first day of training."""

    first: dt.date

    @property
    def train_last(self) -> dt.date:
        return self.first + dt.timedelta(days=TRAIN_DAYS - 1)

    @property
    def test_first(self) -> dt.date:
        return self.first + dt.timedelta(days=TRAIN_DAYS + DELAY_DAYS)

    @property
    def test_last(self) -> dt.date:
        return self.test_first + dt.timedelta(days=TEST_DAYS - 1)

    def train(self, day: np.ndarray) -> np.ndarray:
        """Return whether each row is a training row, bool (rows,), from datetime64[D] (rows,)."""
        first = np.datetime64(self.first)
        return (day >= first) & (day < first + TRAIN_DAYS)

    def test(self, day: np.ndarray, customer: np.ndarray, fraud: np.ndarray) -> np.ndarray:
        """Return whether each row is a test row, bool (rows,): rows of customers without a known fraud.

        Known frauds are all frauds of the training week, and later frauds up to eight days before the test day.
        """
        first, test = np.datetime64(self.first), np.zeros(len(day), bool)
        for number in range(TEST_DAYS):
            today = np.datetime64(self.test_first) + number
            known = (day >= first) & (day <= max(today - DELAY_DAYS - 1, first + TRAIN_DAYS - 1)) & (fraud == 1)
            test |= (day == today) & ~np.isin(customer, customer[known])
        return test


def measured(score: np.ndarray, day: np.ndarray, customer: np.ndarray, fraud: np.ndarray) -> Metrics:
    """Compute the three metrics of the Handbook."""
    from sklearn.metrics import average_precision_score, roc_auc_score

    return (float(roc_auc_score(fraud, score)), float(average_precision_score(fraud, score)),
            card_precision(day, customer, score, fraud))


def card_precision(day: np.ndarray, customer: np.ndarray, score: np.ndarray, fraud: np.ndarray,
                   cards: int = CARDS) -> float:
    """Return the share of reviewed cards of a day with a fraud on that day, as the mean over days.

    A card's score is its largest score of the day. A card with a detected fraud is not reviewed on later days. Equal
    scores are ordered by customer; the Handbook leaves their order open.
    """
    detected: set = set()
    shares = []
    for today in np.unique(day):
        rows = np.flatnonzero((day == today) & ~np.isin(customer, list(detected)))
        names, card = np.unique(customer[rows], return_inverse=True)
        best, hit = np.full(len(names), -np.inf), np.zeros(len(names), bool)
        np.maximum.at(best, card, score[rows])
        np.logical_or.at(hit, card, fraud[rows] == 1)
        reviewed = np.argsort(-best, kind="stable")[:cards]
        shares.append(hit[reviewed].sum() / cards)
        detected |= set(names[reviewed][hit[reviewed]])
    return float(np.mean(shares))
