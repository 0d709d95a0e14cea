"""A home with made-up user features, labels, verdicts and truth, written without Spark, to train small models on."""

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import write_deltalake

from features.entities import FEATURE_SETS
from features.risks import of_entity

CUT = dt.date(2026, 11, 20)
USERS = 400
# Weekly days: two to train on, two to stop on, two to test on.
DAYS = {"train": ("2026-09-21", "2026-09-28"), "validation": ("2026-10-05", "2026-10-12"),
        "test": ("2026-10-26", "2026-11-02")}
# Each risk follows a column of its own, and a second one a little.
SIGNALS = {"account_integrity": ("failed_login_count_7d", "account_age_days"),
           "incentive_abuse": ("coupon_count_30d", "grant_amount_30d"),
           "refund_abuse": ("case_rate_30d", "evidence_sharers"),
           "malicious_activity": ("one_star_count_30d", "quantity_max_30d")}


def make(home: Path, seed: int = 5) -> None:
    """Write `user_features`, `user_texts`, `user_labels`, `verdicts` and the truth below a home."""
    rng = np.random.default_rng(seed)
    features, positives = _features(rng)
    _write(home, "user_features", features)
    _write(home, "user_texts", _texts(rng, features, positives["refund_abuse"]))
    _write(home, "user_labels", _labels(positives, CUT))
    _write(home, "user_labels", _labels(positives, CUT - dt.timedelta(days=7)))
    _write(home, "verdicts", pa.table({
        "entity": ["user"] * 3, "entity_id": ["u001", "u002", "u002"], "risk": ["refund_abuse"] * 3,
        "confirmed": [True, True, False], "ds": [dt.date(2026, 10, 1), dt.date(2026, 10, 2), CUT]}))
    (home / "truth").mkdir()
    pq.write_table(_truth(positives), home / "truth" / "incidents.parquet")


def _features(rng: np.random.Generator) -> tuple[pa.Table, dict[str, np.ndarray]]:
    """One row a user and day, and per risk who is positive on it."""
    days = [day for part in DAYS.values() for day in part]
    rows = USERS * len(days)
    values = {column: rng.normal(size=rows) for column in FEATURE_SETS["user"].columns}
    values["account_age_days"] = rng.integers(1, 900, rows).astype(float)
    positives = {}
    for risk, (strong, weak) in SIGNALS.items():
        weaker = (values[weak] - values[weak].mean()) / values[weak].std()
        positives[risk] = values[strong] + 0.6 * weaker + rng.normal(scale=0.4, size=rows) > 2.0
    region = np.where(np.arange(rows) % 5 == 0, "islands", "north")
    return pa.table({"user_id": np.tile([f"u{i:03}" for i in range(USERS)], len(days)), **values, "region": region,
                     "ds": np.repeat(np.array(days, dtype="datetime64[D]"), USERS)}), positives


def _texts(rng: np.random.Generator, features: pa.Table, positive: np.ndarray) -> pa.Table:
    """A complaint of every other row, of half of the positives in words of their own."""
    telling = np.where(positive & (rng.random(len(positive)) < 0.5), "never came, same photo again", "arrived broken")
    chosen = np.flatnonzero(rng.random(len(positive)) < 0.5)
    return pa.table({"user_id": features["user_id"], "ds": features["ds"], "complaints": telling}).take(chosen)


def _labels(positives: dict[str, np.ndarray], cut: dt.date) -> pa.Table:
    days = [(part, day) for part, own in DAYS.items() for day in own]
    return pa.concat_tables(pa.table({
        "as_of": np.repeat(np.array([day for _, day in days], dtype="datetime64[D]"), USERS),
        "user_id": np.tile([f"u{i:03}" for i in range(USERS)], len(days)),
        "risk": [risk.name] * USERS * len(days), "part": np.repeat([part for part, _ in days], USERS),
        "label": positives[risk.name].astype(np.int32), "loss_cents": positives[risk.name] * 100,
        "ds": [cut] * USERS * len(days)}) for risk in of_entity("user"))


def _truth(positives: dict[str, np.ndarray]) -> pa.Table:
    """An incident the day after each positive test row: what verdicts told is all there is."""
    days = [day for part in DAYS.values() for day in part]
    at = [(risk, row) for risk, rows in positives.items() for row in np.flatnonzero(rows)]
    begun = [dt.date.fromisoformat(days[row // USERS]) + dt.timedelta(days=1) for _, row in at]
    return pa.table({"entity": ["user"] * len(at), "entity_id": [f"u{row % USERS:03}" for _, row in at],
                     "risk": [risk for risk, _ in at], "incident_from": begun, "incident_to": begun,
                     "loss_cents": [100] * len(at), "group": ["g"] * len(at), "variant": ["plain"] * len(at),
                     "found": [True] * len(at)})


def _write(home: Path, table: str, rows: pa.Table) -> None:
    write_deltalake(f"{home}/lake/{table}", rows, mode="append", partition_by=["ds"])
