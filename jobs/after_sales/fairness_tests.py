"""Three tests of unequal treatment, and the proxies, as findings of an audit of cases."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa

from features.case.definitions import PARTIES
from jobs.after_sales.counterfactual_swap import swap_groups
from jobs.after_sales.decisions import Decisions
from jobs.after_sales.fairness_findings import Finding
from jobs.after_sales.group_measures import GroupMeasure
from jobs.after_sales.proxies import proxies
from jobs.after_sales.same_evidence import same_evidence, strata_of
from jobs.statistics.false_discoveries import benjamini_hochberg

NAN = float("nan")
STRONGEST = 10  # proxies of an attribute that are reported


def equalised_odds_of(measured: Sequence[Finding]) -> Iterator[Finding]:
    """Yield for each decider and party whether its error rates have no gap in any group (Simes 1986).

    The gap is the largest one of false and missed blame. Nothing is yielded where no gap has a p-value.

    Args:
        measured: the findings of one attribute.
    """
    for decider, party in dict.fromkeys((each.decider, party) for each in measured for party in PARTIES):
        errors = [each for each in measured if each.decider == decider and not np.isnan(each.measure.p)
                  and each.metric in (f"false_blame_{party}", f"missed_blame_{party}")]
        if errors:
            p = float(benjamini_hochberg([each.measure.p for each in errors]).min())
            largest = max(errors, key=lambda each: abs(each.measure.gap))
            of = largest.measure
            yield Finding(largest.attribute, "equalised odds", decider, f"blame_{party}", GroupMeasure(
                of.group, of.rows, of.value, of.low, of.high, of.gap, of.gap_low, of.gap_high, p))


def same_evidence_gaps(attribute: str, decider: str, party: str, blamed: np.ndarray, group: np.ndarray,
                       cluster: np.ndarray, evidence: np.ndarray) -> Iterator[Finding]:
    """Yield how much more often the party is blamed in each group than in others with equal evidence.

    Args:
        blamed: (rows,) bool; group, cluster, evidence: (rows,), as of `same_evidence`.
    """
    if len(np.unique(group.astype(str))) < 2:
        return
    for gap in same_evidence(Decisions(blamed, blamed, group.astype(str), cluster=cluster), evidence):
        yield Finding(attribute, "same evidence", decider, f"blame_{party}", GroupMeasure(
            gap.group, gap.own_rows, NAN, NAN, NAN, float(gap.value), float(gap.low), float(gap.high), gap.p))


def swap_findings(decide: Callable[[pa.Table], Sequence | np.ndarray], rows: pa.Table,
                  attribute: str) -> Iterator[Finding]:
    """Yield by group the share of cases whose decision changes if the attribute's column alone changes.

    Args:
        decide: gives the model's decision a row, None where it abstains.
        rows: of `case_rows`, with the attribute's column beside them.
    """
    changed = swap_groups(decide, rows, [attribute]).changed
    group = np.array(rows[attribute].to_pylist(), object).astype(str)
    for name in np.unique(group):
        mine = group == name
        yield Finding(attribute, "counterfactual swap", "model", "decision_changes", GroupMeasure(
            str(name), int(mine.sum()), float(changed[mine].mean()), NAN, NAN, NAN, NAN, NAN, NAN))


def proxy_findings(features: Mapping[str, np.ndarray], group: np.ndarray, cluster: np.ndarray,
                   attribute: str) -> Iterator[Finding]:
    """Yield the features that say most about the group, by mutual information; none where there is no second group."""
    if len(np.unique(group.astype(str))) < 2:
        return
    # A seller whose group changed, such as by age, counts once for each: dealt within sellers, chance would know most.
    of_one_group = strata_of([cluster, group.astype(str)])
    for proxy in proxies(features, group.astype(str), of_one_group)[:STRONGEST]:
        yield Finding(attribute, "proxies", "features", proxy.feature, GroupMeasure(
            "all", len(group), proxy.share, NAN, NAN, NAN, NAN, NAN, proxy.p))
