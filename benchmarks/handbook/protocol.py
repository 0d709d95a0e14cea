"""How the Fraud Detection Handbook splits its transactions and measures a model on them.

Le Borgne, Siblini, Lebichot and Bontempi, "Reproducible Machine Learning for Credit Card Fraud Detection:
Practical Handbook", 2022, chapters 3 to 5. A week of training, a week in which its frauds become known, a week of
test. Whoever is known to be defrauded by then is no longer tested: his card is blocked.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np

TRAIN_DAYS, DELAY_DAYS, TEST_DAYS = 7, 7, 7
CARDS = 100  # a day that investigators can look at

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
        """Which rows are trained on: datetime64[D] (rows,) to bool (rows,)."""
        first = np.datetime64(self.first)
        return (day >= first) & (day < first + TRAIN_DAYS)

    def test(self, day: np.ndarray, customer: np.ndarray, fraud: np.ndarray) -> np.ndarray:
        """Which rows are tested on: of each test day those of customers not known to be defrauded.

        Known are the frauds of the training week, and those up to and including eight days before the test day.
        """
        first, test = np.datetime64(self.first), np.zeros(len(day), bool)
        for number in range(TEST_DAYS):
            today = np.datetime64(self.test_first) + number
            known = (day >= first) & (day <= max(today - DELAY_DAYS - 1, first + TRAIN_DAYS - 1)) & (fraud == 1)
            test |= (day == today) & ~np.isin(customer, customer[known])
        return test


def measured(score: np.ndarray, day: np.ndarray, customer: np.ndarray, fraud: np.ndarray) -> Metrics:
    """The three metrics of the Handbook."""
    from sklearn.metrics import average_precision_score, roc_auc_score

    return (float(roc_auc_score(fraud, score)), float(average_precision_score(fraud, score)),
            card_precision(day, customer, score, fraud))


def card_precision(day: np.ndarray, customer: np.ndarray, score: np.ndarray, fraud: np.ndarray,
                   cards: int = CARDS) -> float:
    """Of the cards looked at on a day, the share that is defrauded on it: the mean over days.

    A card has its largest score of the day. One that was found is not looked at again on later days. Equal scores
    are taken by customer, where the Handbook takes them as they come.
    """
    found: set = set()
    shares = []
    for today in np.unique(day):
        own = np.flatnonzero((day == today) & ~np.isin(customer, list(found)))
        names, card = np.unique(customer[own], return_inverse=True)
        best, hit = np.full(len(names), -np.inf), np.zeros(len(names), bool)
        np.maximum.at(best, card, score[own])
        np.logical_or.at(hit, card, fraud[own] == 1)
        looked = np.argsort(-best, kind="stable")[:cards]
        shares.append(hit[looked].sum() / cards)
        found |= set(names[looked][hit[looked]])
    return float(np.mean(shares))
