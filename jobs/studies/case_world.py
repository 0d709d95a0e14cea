"""One small marketplace whose faults are known: what the model of cases says of cases that it never saw."""

import datetime as dt
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.case.definitions import PARTIES
from jobs.after_sales.case_model import BUYER, TARGETS, CaseModel, fit_case_model
from jobs.after_sales.case_rows import ASKED, case_rows
from jobs.after_sales.case_training import in_order
from jobs.after_sales.closed_cases import Closed, closed_cases
from jobs.after_sales.photo_copies import photo_copies
from jobs.runtime import console
from jobs.simulate import __main__ as simulate
from jobs.storage.query import connect
from jobs.studies import landed_views

UNTIL, DAYS = dt.date(2026, 11, 20), 300
TRAINED = UNTIL - dt.timedelta(days=45)  # the last day of arrival that the model learns from
TABLES = ("users", "sellers", "orders", "shipments", "cases", "case_outcomes", "messages", "listings")
REVIEWED = 0.6  # share of second reviews: a small marketplace then has about as many as the demo has in 90 days
BINS = 10  # of shares, for the calibration error
SURE = 0.05  # error among decided cases at which ways to decide are compared


@dataclass(frozen=True)
class CaseWorld:
    """What a marketplace shows about cases that arrived after the training, against the planted faults.

    Attributes:
        cases: how many. accuracy: share of cases whose likeliest party is at fault; best: by the planted model.
        decided, wrong: cases that the model decides, and of them the wrong ones; denied, wrongly_denied: of them those
            in which the buyer is held responsible.
        at_same_error: by way to decide, the share of cases that its surest ones have at `SURE` of errors.
        shares, fault: (cases, parties) and (cases,), for the calibration error over all marketplaces.
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
        later = case_rows(db, _later(db), copies)
        paid = _paid(db, later)
    closed = in_order(closed, rows)
    model = fit_case_model(rows, closed.label, closed.second, closed.paid_share, TABLES, seed).model
    shutil.rmtree(home)
    return _measured(model, rows, closed, later, [truth[case] for case in later["case_id"].to_pylist()], paid, seed)


def _later(db) -> pa.Table:
    """Return the cases that arrived after the training and have an outcome, as of the last day before it."""
    return db.sql(f"""
        SELECT case_id, greatest(min(c.ds), min(o.ds) - 1) AS as_of FROM cases c JOIN case_outcomes o USING (case_id)
        GROUP BY case_id HAVING min(c.ds) > DATE '{TRAINED}' ORDER BY case_id""").to_arrow_table().cast(ASKED)


def _paid(db, later: pa.Table) -> np.ndarray:
    """Return the paid share of each later case, NaN without a claim."""
    found = dict(db.sql("""SELECT case_id, least(arg_max(o.paid_cents, (o.ds, o.closed_at))
                                  / nullif(any_value(c.claim_cents), 0), 1) FROM cases c JOIN case_outcomes o
                           USING (case_id) GROUP BY case_id""").fetchall())
    return np.array([np.nan if found[case] is None else found[case] for case in later["case_id"].to_pylist()], float)


def _measured(model: CaseModel, rows: pa.Table, closed: Closed, later: pa.Table, truth: Sequence[dict],
              paid: np.ndarray, seed: int) -> CaseWorld:
    fault, best = (np.array([PARTIES.index(row[name]) for row in truth]) for name in ("fault", "best"))
    said = model.attribute(later)
    wrong = said.likeliest != fault
    denied = said.decided & (said.likeliest == BUYER)
    ways = {"model": (said.shares.max(axis=1), wrong)}
    for name, columns in (("lookup by kind and reason", ("kind", "reason")),
                          ("the desk's habits", ("kind", "reason", "seller_id"))):
        shares = habits(rows, closed.label, later, columns)
        ways[name] = shares.max(axis=1), shares.argmax(axis=1) != fault
    return CaseWorld(len(later), float((~wrong).mean()), float((best == fault).mean()), int(said.decided.sum()),
                     int((wrong & said.decided).sum()), int(denied.sum()), int((wrong & denied).sum()),
                     {name: decided_at(*way) for name, way in ways.items()},
                     said.shares, fault, _covered(model, later, paid, seed))


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
