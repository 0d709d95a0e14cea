"""One small marketplace whose faults are known: what the model of cases says of cases that it never saw."""

import datetime as dt
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.case.definitions import PARTIES
from jobs.after_sales.case_model import BUYER, TARGETS, CaseModel, fit_case_model
from jobs.after_sales.case_rows import case_rows
from jobs.after_sales.case_training import in_order
from jobs.after_sales.closed_cases import closed_cases
from jobs.after_sales.first_decisions import first_decisions
from jobs.after_sales.photo_copies import photo_copies
from jobs.runtime import console
from jobs.simulate import __main__ as simulate
from jobs.storage.query import connect
from jobs.studies import landed_views

UNTIL, DAYS = dt.date(2026, 11, 20), 480
TRAINED = UNTIL - dt.timedelta(days=115)  # the last day of arrival that the model learns from
TABLES = ("users", "sellers", "orders", "shipments", "cases", "case_outcomes", "messages", "listings")
REVIEWED = 0.8  # share of second reviews: a small marketplace then has about as many as the demo
BINS = 10  # of shares, for the calibration error
SURE = 0.05  # error among decided cases at which ways to decide are compared


@dataclass(frozen=True)
class CaseWorld:
    """What a marketplace shows about cases that arrived after the training, against the planted faults.

    Attributes:
        cases: how many. accuracy: share of cases whose likeliest party is at fault on the last day before the outcome;
            best: by the planted model.
        decided, wrong: cases that the model decides on the day of their arrival or on the last day before the outcome,
            and of them the wrong ones; denied, wrongly_denied: of them those in which the buyer is held responsible.
        at_same_error: by way to decide, the share of cases that its surest ones have at `SURE` of errors, on that day.
        shares, fault: (rows, parties) and (rows,) of both days, for the calibration error over all marketplaces.
        compensation: share of later cases whose paid share lies in the interval of 80 %.
    """

    cases: int
    accuracy: float
    best: float
    decided: int
    wrong: int
    denied: int
    wrongly_denied: int
    at_same_error: dict[str, float]
    shares: np.ndarray
    fault: np.ndarray
    compensation: float


def case_world(home: Path, seed: int) -> CaseWorld:
    """Simulate a marketplace, train on its earlier cases, and return what its later cases show. Deletes its files."""
    with console.shown():
        simulate.main(["--home", str(home), "--until", str(UNTIL), "--days", str(DAYS), "--seed", str(seed), "--size",
                       "small", "--second-reviews", str(REVIEWED)])
    truth = {row["case_id"]: row for row in pq.read_table(home / "truth" / "faults.parquet").to_pylist()}
    with connect() as db:
        landed_views.attach(db, home / "landing", TABLES, UNTIL)
        copies = photo_copies(db)
        closed = closed_cases(db, TRAINED)
        rows = case_rows(db, closed.asked, copies)
        later = closed_cases(db, UNTIL)
        later_rows = case_rows(db, _arrived_after_training(later.asked), copies)
    closed, later = in_order(closed, rows), in_order(later, later_rows)
    model = fit_case_model(rows, closed.label, closed.second, closed.paid_share, TABLES, seed).model
    shutil.rmtree(home)
    at = [truth[case] for case in later_rows["case_id"].to_pylist()]
    return _measured(model, rows, closed.label, later_rows, later.paid_share, at, seed)


def _arrived_after_training(asked: pa.Table) -> pa.Table:
    """Return the rows of the cases whose first day is after the training."""
    first = asked.group_by("case_id").aggregate([("as_of", "min")])
    new = first.filter(pc.greater(first["as_of_min"], pa.scalar(TRAINED)))["case_id"]
    return asked.filter(pc.is_in(asked["case_id"], new))


def _measured(model: CaseModel, rows: pa.Table, label: np.ndarray, later: pa.Table, paid: np.ndarray,
              truth: Sequence[dict], seed: int) -> CaseWorld:
    """Return what the later cases show, each looked at on one or two days in the order of time."""
    fault, best = (np.array([PARTIES.index(row[name]) for row in truth]) for name in ("fault", "best"))
    said, case = model.attribute(later), np.array(later["case_id"].to_pylist(), str)
    wrong = said.likeliest != fault
    decided = first_decisions(said.decided, case)
    denied = decided[said.likeliest[decided] == BUYER]
    last = len(case) - 1 - np.unique(case[::-1], return_index=True)[1]
    ways = {"model": (said.shares.max(axis=1)[last], wrong[last])}
    for name, columns in (("lookup by kind and reason", ("kind", "reason")),
                          ("the desk's habits", ("kind", "reason", "seller_id"))):
        shares = habits(rows, label, later.take(last), columns)
        ways[name] = shares.max(axis=1), shares.argmax(axis=1) != fault[last]
    return CaseWorld(len(last), float((~wrong[last]).mean()), float((best == fault)[last].mean()), len(decided),
                     int(wrong[decided].sum()), len(denied), int(wrong[denied].sum()),
                     {name: decided_at(*way) for name, way in ways.items()},
                     said.shares, fault, _covered(model, later.take(last), paid[last], seed))


def habits(rows: pa.Table, label: np.ndarray, later: pa.Table, columns: Sequence[str]) -> np.ndarray:
    """Return the shares of the desk's labels among closed cases with equal columns, (later, parties).

    A share is mixed with that of all cases, as if five of them had been added.
    """
    known = label >= 0
    usual = np.bincount(label[known], minlength=len(PARTIES)) / known.sum()
    counts: dict[tuple, np.ndarray] = {}
    for key, code in zip(zip(*(rows[name].to_pylist() for name in columns)), label):
        if code >= 0:
            counts.setdefault(key, np.zeros(len(PARTIES)))[code] += 1
    found = np.array([counts.get(key, np.zeros(len(PARTIES))) + 5 * usual
                      for key in zip(*(later[name].to_pylist() for name in columns))])
    return found / found.sum(axis=1, keepdims=True)


def decided_at(confidence: np.ndarray, wrong: np.ndarray, target: float = SURE) -> float:
    """Return the largest share of the surest cases among which at most a share `target` is wrong.

    Cases of equal confidence go together.
    """
    order = np.argsort(-confidence, kind="stable")
    errors = np.cumsum(wrong[order]) / np.arange(1, len(order) + 1)
    last = np.append(np.diff(confidence[order]) != 0, True)
    good = np.flatnonzero((errors <= target) & last)
    return float((good[-1] + 1) / len(order)) if len(good) else 0.0


def calibration_error(share: np.ndarray, happened: np.ndarray) -> float:
    """Return the expected calibration error: |mean share - frequency| over ten bins of the share, by their cases."""
    place = np.clip((share * BINS).astype(int), 0, BINS - 1)
    return float(sum(abs(share[place == each].mean() - happened[place == each].mean()) * (place == each).mean()
                     for each in np.unique(place)))


def _covered(model: CaseModel, later: pa.Table, paid: np.ndarray, seed: int) -> float:
    if model.compensation is None:
        return float("nan")
    said = model.compensation.predict(model.responsibility.matrix(later), seed=seed)
    known = ~np.isnan(paid)
    return float(((said.low <= paid + 1e-9) & (paid <= said.high + 1e-9))[known].mean())


def holds_targets(world: CaseWorld) -> bool:
    """Return whether errors among decided cases are within the targets, of all and of denied ones."""
    return (world.wrong <= TARGETS["buyer paid"] * max(world.decided, 1)
            and world.wrongly_denied <= TARGETS["buyer denied"] * max(world.denied, 1))
