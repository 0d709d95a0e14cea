"""Scores of verdicts on cases: agreement beyond chance, cited evidence that exists, verdicts under swapped groups."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from jobs.statistics.shares import LEVEL, Interval, quantile, wilson


@dataclass(frozen=True)
class Agreement:
    """How often two judges name the same party.

    Attributes:
        share: Wilson's interval. kappa: Cohen's kappa; NaN where chance alone gives full agreement.
    """

    cases: int
    share: Interval
    kappa: Interval


@dataclass(frozen=True)
class Citations:
    """Cited evidence.

    Attributes:
        cited: pieces. there: share of them that the case has. absent: those that are defined, and that the case does
            not have, or of which that is not known. undefined: names of no evidence.
    """

    cited: int
    there: Interval
    absent: int
    undefined: int


@dataclass(frozen=True)
class Kept:
    """How often a verdict stays when only the groups of the parties are swapped."""

    cases: int
    share: Interval


def agreement(one: Sequence[str], two: Sequence[str], level: float = LEVEL) -> Agreement:
    """Return how often two judges name the same party, (cases,) texts each. Intervals take cases as independent.

    Raises:
        ValueError: the judges have not the same number of cases.
    """
    one, two = np.asarray(one, str), np.asarray(two, str)
    if len(one) != len(two):
        raise ValueError(f"{len(one)} and {len(two)} verdicts; expected the same cases")
    return Agreement(len(one), _share(one == two, level), kappa(one, two, level))


def kappa(one: np.ndarray, two: np.ndarray, level: float = LEVEL) -> Interval:
    """Return Cohen's kappa (1960) with the large-sample interval of Fleiss, Cohen and Everitt (1969), in [-1, 1]."""
    names, codes = np.unique(np.concatenate([one, two]), return_inverse=True)
    p = np.zeros((len(names), len(names)))
    np.add.at(p, (codes[:len(one)], codes[len(one):]), 1 / max(len(one), 1))
    rows, columns, agreed = p.sum(axis=1), p.sum(axis=0), np.diag(p)
    chance = float(rows @ columns)
    if not len(one) or 1 - chance < 1e-12:
        return Interval(np.nan, -1.0, 1.0)
    value = (float(agreed.sum()) - chance) / (1 - chance)
    spread = (agreed * (1 - (rows + columns) * (1 - value)) ** 2).sum()
    apart = p * (columns[:, None] + rows[None, :]) ** 2
    spread += (1 - value) ** 2 * (apart.sum() - np.diag(apart).sum()) - (value - chance * (1 - value)) ** 2
    half = float(quantile((1 + level) / 2, np.inf)) * np.sqrt(max(float(spread), 0) / len(one)) / (1 - chance)
    return Interval(value, max(value - half, -1.0), min(value + half, 1.0))


def citations(cited: Sequence[Sequence[str]], there: Sequence[Collection[str]], defined: Collection[str],
              level: float = LEVEL) -> Citations:
    """Return how much of the cited evidence exists.

    Args:
        cited: of each verdict, names; one that is named twice counts once. there: of each verdict, the names of the
            evidence that its case has. defined: all names.
    """
    pieces = [(name, name in has) for names, has in zip(cited, there, strict=True) for name in dict.fromkeys(names)]
    exists = np.array([is_there for _, is_there in pieces], bool)
    undefined = sum(name not in defined for name, _ in pieces)
    return Citations(len(pieces), _share(exists, level), len(pieces) - int(exists.sum()) - undefined, undefined)


def kept_under_swaps(case: Sequence[str], swapped: Sequence[str], verdict: Sequence[str],
                     level: float = LEVEL) -> dict[str, Kept]:
    """Return by variant how often the verdict is that of the case as it is; "" is all variants of a case together.

    An abstention is a verdict too. Variants of a case without a verdict as it is are left out.

    Args:
        case, swapped, verdict: (rows,) texts; `swapped` is empty for the case as it is, else the name of a variant.
    """
    before = {one: said for one, variant, said in zip(case, swapped, verdict) if not variant}
    stays: dict[str, dict[str, bool]] = {"": {}}
    for one, variant, said in zip(case, swapped, verdict):
        if variant and one in before:
            is_same = said == before[one]
            stays.setdefault(variant, {})[one] = is_same
            stays[""][one] = stays[""].get(one, True) and is_same
    return {variant: _kept(by_case, level) for variant, by_case in sorted(stays.items())}


def _kept(by_case: Mapping[str, bool], level: float) -> Kept:
    return Kept(len(by_case), _share(np.array(list(by_case.values()), bool), level))


def _share(rows: np.ndarray, level: float) -> Interval:
    return wilson(rows.mean() if len(rows) else np.nan, len(rows), level)
