"""What the marketplace comes to decide: late, for part of the truth, and sometimes wrongly.

Delays count from the first case that an incident caused: nobody can find what has harmed no one yet.
"""

import numpy as np
import pandas as pd

from jobs.simulate.rhythm import DAY
from jobs.simulate.world import Market

FOUND = 0.7  # share of true incidents that is ever confirmed
WRONG = 0.055  # wrong confirmations for each right one
REVERSED = 0.8  # share of the wrong ones that is taken back
CLEARED = 0.06  # honest entities looked at and cleared at once, for each right confirmation
SOURCES = ("complaint", "audit", "chargeback", "review", "appeal")
# How a confirmation of each risk comes about, in the order of SOURCES.
SOURCE_SHARE = {
    "merchant_fraud": [0.55, 0.30, 0.10, 0.05, 0.0],
    "account_integrity": [0.25, 0.05, 0.65, 0.05, 0.0],
    "refund_abuse": [0.05, 0.35, 0.10, 0.50, 0.0],
}


def decide(rng: np.random.Generator, market: Market, incidents: pd.DataFrame,
           opened: pd.DataFrame) -> pd.DataFrame:
    """Right confirmations, one per incident found; `time` is the decision, in seconds."""
    harm = opened[opened["incident"] >= 0].groupby("incident")["time"].min().reindex(incidents.index)
    # A case of the probing days is noticed, but what it announced has to have begun.
    harm = np.maximum(harm.to_numpy(dtype=float), incidents["start"].to_numpy() * DAY)
    time = harm + _delay(rng, len(incidents))
    chance = rng.random(len(incidents))
    found = (chance < FOUND) & (time < market.days * DAY)  # false where no case was ever opened
    right = incidents[found].assign(time=time[found].astype(np.int64), confirmed=True)
    right["end"] = np.minimum(right["end"], right["time"] // DAY)
    return right.assign(source=_sources(rng, right["risk"].to_numpy()), incident=right.index)


def _delay(rng: np.random.Generator, count: int) -> np.ndarray:
    # 3 to 25 days with a median near 9, in working hours.
    days = np.floor((3 + rng.gamma(2.2, 3.3, count)).clip(3, 24))
    return days * DAY + rng.integers(0, DAY // 3, count)


def _sources(rng: np.random.Generator, risk: np.ndarray) -> np.ndarray:
    share = np.array([np.cumsum(SOURCE_SHARE[name]) for name in SOURCE_SHARE])
    row = pd.Index(list(SOURCE_SHARE)).get_indexer(risk)
    return (share[row] < rng.random(len(risk))[:, None]).sum(axis=1).clip(0, len(SOURCES) - 2)


def mistakes(rng: np.random.Generator, market: Market, odd: pd.DataFrame,
             right: pd.DataFrame) -> pd.DataFrame:
    """Wrong confirmations of honest but odd entities, their reversals, and some cleared at once.

    Args:
        odd: honest episodes (entity, number, start, end, risk), from which the wrongly accused are taken.
    """
    # Early enough for most reversals to be seen.
    odd = odd[odd["start"] < market.days * 2 // 3].drop_duplicates(["entity", "number"])
    wrong = _accused(rng, odd, right, WRONG)
    time = (wrong["start"].to_numpy() + 5) * DAY + _delay(rng, len(wrong)).astype(np.int64)
    wrong = wrong.assign(time=time, confirmed=True, source=_sources(rng, wrong["risk"].to_numpy()))
    wrong["end"] = np.minimum(wrong["end"], wrong["time"] // DAY)
    back = np.arange(len(wrong)) < max(1, round(len(wrong) * REVERSED))
    later = wrong["time"] + rng.integers(5, 16, len(wrong)) * DAY
    reversal = wrong.assign(time=later, confirmed=False, source=SOURCES.index("appeal"))[back]
    cleared = _accused(rng, odd.drop(index=wrong.index), right, CLEARED)
    cleared = cleared.assign(time=(cleared["start"] + 6) * DAY + 40_000, confirmed=False,
                             source=SOURCES.index("audit"), start=-1, end=-1)
    return pd.concat([wrong, reversal, cleared]).assign(incident=-1)


def _accused(rng: np.random.Generator, odd: pd.DataFrame, right: pd.DataFrame, share: float) -> pd.DataFrame:
    # As many of each risk as its own confirmations allow; in random order.
    shuffled = odd.iloc[rng.permutation(len(odd))]
    place = shuffled.groupby("risk").cumcount()
    wanted = (right["risk"].value_counts() * share).round().clip(lower=1)
    return shuffled[place < shuffled["risk"].map(wanted).fillna(0)].sample(frac=1, random_state=rng)
