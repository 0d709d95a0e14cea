"""Decisions beside the truth, as arrays, and the error rates that an audit measures."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

FPR, FNR, PPV, SELECTION, ABSTENTION = METRICS = ("FPR", "FNR", "PPV", "selection rate", "abstention rate")


@dataclass(frozen=True, eq=False)
class Decisions:
    """What was decided about rows, and what was right; every array has shape (rows,).

    Attributes:
        label: whether the row is truly positive, such as guilty.
        decision: whether it was decided positive; of no meaning where abstained.
        abstained: whether nothing was decided; None where every row was decided.
        group: the name of the row's group.
        cluster: rows with the same value share their fate, such as the cases of a seller; None: each row stands alone.

    Raises:
        ValueError: the arrays differ in length, or there is no row.
    """

    label: np.ndarray
    decision: np.ndarray
    group: np.ndarray
    abstained: np.ndarray | None = None
    cluster: np.ndarray | None = None

    def __post_init__(self) -> None:
        lengths = {name: len(values) for name, values in vars(self).items() if values is not None}
        if len(set(lengths.values())) > 1 or not len(self.label):
            raise ValueError(f"decisions need one or more rows and arrays of equal length, found {lengths}")


@dataclass(frozen=True, eq=False)
class Ratio:
    """A rate as rows that are counted, and whether each of them is a hit; both (rows,) bool."""

    counted: np.ndarray
    hit: np.ndarray


def ratios(of: Decisions) -> Mapping[str, Ratio]:
    """Return the rate of each of `METRICS`; the abstention rate only if rows may abstain.

    Of the decided rows: FPR is the share of negatives that were decided positive, FNR the share of positives that were
    decided negative, PPV the share of decided positives that are positive, and the selection rate the share that was
    decided positive. The abstention rate is of all rows.
    """
    label, decided = np.asarray(of.label, bool), np.ones(len(of.label), bool)
    if of.abstained is not None:
        decided = ~np.asarray(of.abstained, bool)
    positive = np.asarray(of.decision, bool) & decided
    found = {FPR: Ratio(decided & ~label, positive), FNR: Ratio(decided & label, decided & ~positive),
             PPV: Ratio(positive, label), SELECTION: Ratio(decided, positive)}
    if of.abstained is not None:
        found[ABSTENTION] = Ratio(np.ones(len(label), bool), ~decided)
    return found
