"""Training of the case model on the closed cases of a lake, with what it is worth on cases it did not see."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.inputs.tables import TABLES
from jobs.after_sales.case_model import LEAST_CASES, CaseModel, Evaluated, fit_case_model, kinds_of
from jobs.after_sales.case_rows import case_rows
from jobs.after_sales.closed_cases import Closed, closed_cases
from jobs.after_sales.registered_model import MODEL, right_by_lookup
from jobs.after_sales.responsibility import clusters_of, folds
from jobs.decisions import open_money
from jobs.storage.lake import Lake
from jobs.storage.query import connect
from jobs.training.seeds import day_seed


@dataclass(frozen=True, eq=False)
class Trained:
    """A model, and how often it and a lookup are right about cases of sellers that they did not see.

    Attributes:
        accuracy, lookup: shares of the reviewed cases; of all closed ones without second reviews.
        reviewed: how many. decided: share of the closed cases that the model would have decided
            on one of their two days.
    """

    model: CaseModel
    accuracy: float
    lookup: float
    reviewed: int
    has_reviews: bool
    decided: float

    @property
    def is_better(self) -> bool:
        """Whether the model may become the champion."""
        return self.accuracy > self.lookup

    @property
    def metrics(self) -> Mapping[str, float]:
        """What MLflow shows as the metrics of the version."""
        return {"accuracy": self.accuracy, "accuracy of the most frequent party": self.lookup,
                "reviewed cases": float(self.reviewed), "decided": self.decided}


def train(lake: Lake, as_of: dt.date, copies: pa.Table) -> Trained | None:
    """Return the model of the cases that were closed by a day; None where they are too few, or name one party alone.

    Args:
        copies: as of `image_copies`.
    """
    with connect() as db:
        open_money.attach(db, lake, as_of)
        closed = closed_cases(db, as_of)
        rows = case_rows(db, closed.asked, copies)
    closed = in_order(closed, rows)
    if len(set(rows["case_id"].to_pylist())) < LEAST_CASES or len(np.unique(closed.label[closed.label >= 0])) < 2:
        return None
    tables = [name for name in TABLES if lake.has(name) and any(day <= as_of for day in lake.days(name))]
    seed = day_seed(MODEL.name, as_of)
    return _measured(fit_case_model(rows, closed.label, closed.second, closed.paid_share, tables, seed), seed)


def in_order(closed: Closed, rows: pa.Table) -> Closed:
    """Return what is known of the closed cases in the order of their rows."""
    place = {key: number for number, key in enumerate(zip(*(closed.asked[name].to_pylist()
                                                            for name in ("case_id", "as_of"))))}
    order = np.array([place[key] for key in zip(*(rows[name].to_pylist() for name in ("case_id", "as_of")))], int)
    return Closed(rows.select(["case_id", "as_of"]), closed.label[order], closed.second[order],
                   closed.paid_share[order])


def _measured(fitted: Evaluated, seed: int) -> Trained:
    """Return the model with its accuracy and that of a lookup, by the truth as far as it is known."""
    has_reviews = fitted.calibrates.any()
    of = fitted.calibrates if has_reviews else np.ones(len(fitted.label), bool)
    truth = np.where(fitted.second >= 0, fitted.second, fitted.label)
    reason = np.array(fitted.rows["reason"].to_pylist(), object)
    case = np.array(fitted.rows["case_id"].to_pylist(), str)
    lookup = right_by_lookup(kinds_of(fitted.rows), reason, fitted.label, truth,
                             folds(clusters_of(fitted.rows), seed))
    return Trained(fitted.model, float((fitted.shares.argmax(axis=1) == truth)[of].mean()), float(lookup[of].mean()),
                   int(of.sum()), bool(has_reviews),
                   len(np.unique(case[fitted.decided])) / len(np.unique(case)))
