"""The table `prevalence_weekly`: how frequent each risk is by random reviews, and how much of it the line had."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from jobs.decisions.day_facts import ReviewDesign
from jobs.decisions.policy_files import Policies
from jobs.decisions.sampling import UNSCORED
from jobs.effects import prevalence
from jobs.effects.random_reviews import WEEK, WEEKS, designs, drawn_rows
from jobs.statistics import shares
from jobs.storage import catalog
from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.lake import Lake

NOT_KNOWN = dict.fromkeys(("prevalence_lo", "prevalence", "prevalence_hi", "prevalence_ht", "recall_lo", "recall",
                           "recall_hi"))
LEAST = 1e-9  # a score of 0 says that a row is rare, and not that it is impossible
Row = dict[str, Any]


def stage(lake: Lake, days: Sequence[dt.date], policies: Policies) -> None:
    """Write and stage the table of some days, each as it was known by the day."""
    rows = [row | {"run_id": lake.run_id} for day in days for row in weeks(lake, day, policies)]
    table = pa.Table.from_pylist(rows, arrow_schema(catalog.PREVALENCE_WEEKLY))
    lake.stage(lake.write_table(table, catalog.PREVALENCE_WEEKLY.name, days, metadata={"policies": policies.version}))


def weeks(lake: Lake, ds: dt.date, policies: Policies) -> Iterator[Row]:
    """Yield the rows of a day without the run: of each of 13 weeks with decisions, and of these weeks together.

    Risks that no queue of reviewers has are left out.

    The interval needs to know how likely guilty rows are drawn. It takes that from the scores of the day, for every
    week alike: the rules of the draw hardly change, and money of past days would have to be added up again.
    """
    drawn, population = drawn_rows(lake, ds)
    drawn_from = {name for queue in policies.queues.values() for name in queue.risks}
    by_risk: dict[tuple, list[Row]] = {}
    for row in population.to_pylist():
        if f"{row['entity']}/{row['risk']}" in drawn_from:
            by_risk.setdefault((row["entity"], row["risk"]), []).append(row)
    reviews = drawn.to_pylist()
    answered = {(row["entity"], row["risk"]) for row in reviews if row["verdict"] is not None}
    design = designs(lake, ds, policies, answered) if answered else {}
    for (entity, risk), rows in sorted(by_risk.items()):
        mine = [row for row in reviews if (row["entity"], row["risk"]) == (entity, risk)]
        periods = [(row["back"], 1, row["population"], [each for each in mine if each["back"] == row["back"]])
                   for row in rows]
        periods.append((WEEKS - 1, WEEKS, sum(row["population"] for row in rows), mine))
        for back, many, size, of in periods:
            yield {"ds": ds, "week": ds - dt.timedelta(days=WEEK * (back + 1) - 1), "weeks": many, "entity": entity,
                   "risk": risk, "population": size, **estimated(of, size, design.get((entity, risk)))}


def estimated(drawn: Sequence[Row], population: int, design: ReviewDesign | None) -> Row:
    """Return the estimates of a week and risk.

    An open review counts as missing at random: the probability of an answer is that of the draw times the answered
    share. An estimate by few reviews may leave the interval, which knows how rows are drawn, and is cut to it.

    Args:
        drawn: rows of `drawn_rows`.
        design: how rows of the risk are drawn today; None: nobody knows, and there is no interval.
    """
    known = [row for row in drawn if row["verdict"] is not None]
    counts = {"drawn": len(drawn), "reviewed": len(known), "guilty": sum(row["verdict"] for row in known),
              "reviewed_share": len(known) / len(drawn) if drawn else None, "effective_size": 0.0}
    if not known:
        return counts | NOT_KNOWN
    inclusion = np.array([row["sampled_with"] for row in known]) * counts["reviewed_share"]
    verdict, caught = (np.array([row[name] for row in known], bool) for name in ("verdict", "caught"))
    of = prevalence.sums(verdict, inclusion)
    weighted, total = float(prevalence.hajek(of)[0]), float(prevalence.horvitz_thompson(of, population)[0])
    low, high = _interval(verdict, inclusion, population, design, counts["reviewed_share"])
    inside = float(np.clip(weighted, 0.0 if low is None else low, 1.0 if high is None else high))
    return counts | {"effective_size": float(of.effective), "prevalence_lo": low, "prevalence": inside,
                     "prevalence_hi": high, "prevalence_ht": min(total, 1.0),
                     **_recall(caught[verdict], 1 / inclusion[verdict])}


def _interval(verdict: np.ndarray, inclusion: np.ndarray, population: int, design: ReviewDesign | None,
              answered: float) -> tuple[float | None, float | None]:
    """Return both ends of the stratified score interval. A stratum are rows that are drawn often today."""
    if design is None or not len(design.inclusion):
        return None, None
    likely = np.maximum(np.where(np.isnan(design.score), UNSCORED, design.score), LEAST)
    planned = design.inclusion * answered
    masks = prevalence.strata(planned)
    often = inclusion > planned[masks[-1]].max() if len(masks) > 1 else np.zeros(len(inclusion), bool)
    parts = [prevalence.sums(verdict[mask], inclusion[mask]) for mask in (often, ~often)[-len(masks):]]
    found = prevalence.stratified_score(parts, population,
                                        [prevalence.plan(planned[mask], likely[mask]) for mask in masks])
    return float(found.low), float(found.high)


def _recall(caught: np.ndarray, weight: np.ndarray) -> Row:
    """Return the weighted share of guilty rows that the line had, with the exact interval of as many effective rows."""
    if not len(caught):
        return {"recall_lo": None, "recall": None, "recall_hi": None}
    share = min(weight[caught].sum() / weight.sum(), 1.0)  # sums of floats may pass 1
    effective = weight.sum() ** 2 / (weight ** 2).sum()
    found = shares.clopper_pearson(share, effective)
    return {"recall_lo": float(found.low), "recall": float(share), "recall_hi": float(found.high)}
