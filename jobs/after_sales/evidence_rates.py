"""How often each piece of evidence is there in closed cases, and how much more often its party is then at fault.

The strength in a definition is what a person thinks. These rates say what it was worth. They describe and prove no
cause: a desk that sees a piece of evidence may decide by it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.case.evidence import PARTIES, Evidence
from jobs.statistics.shares import LEVEL, Interval, ratio, wilson


@dataclass(frozen=True)
class EvidenceRate:
    """The rates of one piece of evidence.

    Attributes:
        cases: closed cases with a known party at fault; known: of them, those in which the evidence is known.
        present: cases in which it is there.
        rate: share of `present` among `known`.
        at_fault, otherwise: share of cases in which its party is at fault, with the evidence and without it.
        lift: `at_fault` divided by `otherwise`; NaN where that is 0.
    """

    evidence: Evidence
    cases: int
    known: int
    present: int
    rate: Interval
    at_fault: Interval
    otherwise: Interval
    lift: Interval

    @property
    def points_elsewhere(self) -> bool:
        """Whether its party is less often at fault with the evidence, beyond chance: the definition is wrong."""
        return bool(self.lift.high < 1)


def evidence_rates(evidence: Sequence[Evidence], present: np.ndarray, responsible: np.ndarray,
                   level: float = LEVEL) -> list[EvidenceRate]:
    """Return the rates of each piece of evidence, in the order of the definitions.

    Intervals are Wilson's; they take cases as independent. Give one case a seller or buyer where they have many.

    Args:
        present: (cases, evidence) true, false, or None or NaN where it is not known.
        responsible: (cases,) the party at fault. Cases with any other text, such as "undetermined", are left out.

    Raises:
        ValueError: the arrays do not fit.
    """
    values, parties = np.array(present, float, ndmin=2), np.asarray(responsible, object)
    if not len(parties):
        values = np.empty((0, len(evidence)))
    if values.shape != (len(parties), len(evidence)):
        raise ValueError(f"evidence of shape {values.shape}; expected ({len(parties)} cases, {len(evidence)})")
    closed = np.isin(parties.astype(str), PARTIES)
    return [_rate(each, values[closed, place], parties[closed] == each.points_to, level)
            for place, each in enumerate(evidence)]


def _rate(evidence: Evidence, values: np.ndarray, is_at_fault: np.ndarray, level: float) -> EvidenceRate:
    known = ~np.isnan(values)
    is_present = values == 1
    with_it, without = (_share(is_at_fault[rows], level) for rows in (is_present, known & ~is_present))
    counts = len(values), int(known.sum()), int(is_present.sum())
    return EvidenceRate(evidence, *counts, _share(is_present[known], level), with_it, without, ratio(with_it, without))


def _share(rows: np.ndarray, level: float) -> Interval:
    """Return the share of true rows; NaN in [0, 1] without a row."""
    return wilson(rows.mean() if len(rows) else np.nan, len(rows), level)
