"""What the open cases of a day will be paid: estimates by month, until an outcome closes their case."""

from collections.abc import Iterator
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from jobs.ledger.accounts import BORNE_BY, EXPECTED_COMPENSATION, SELLER
from jobs.ledger.estimates import LEVEL, estimated

COLUMNS = ("case_id", "seller_id", "kind", "expected_paid_mean")  # of `case_attribution_daily`
METHOD = "drawn sum of open cases, those of a seller together"
DRAWS, BLOCK = 2_000, 50  # draws of a sum, and how many of them are in memory at once
SEED = 5
Row = dict[str, Any]

# The claim is that of the first delivery, as in the features of the case. The month is that of the opening.
OPEN = """
    WITH first AS (FROM cases QUALIFY row_number() OVER (PARTITION BY case_id ORDER BY ds, opened_at) = 1)
    SELECT a.kind, CAST(date_trunc('month', f.opened_at) AS DATE) AS month,
           coalesce('seller ' || a.seller_id, 'case ' || a.case_id) AS cluster,
           CAST(f.claim_cents AS DOUBLE) AS claim, a.expected_paid_mean AS mean
    FROM attributed a JOIN first f USING (case_id)
    WHERE a.expected_paid_mean IS NOT NULL AND f.claim_cents > 0
    ORDER BY a.kind, month, cluster, a.case_id"""


def of_cases(db: duckdb.DuckDBPyConnection, attributed: pa.Table) -> Iterator[Row]:
    """Yield what the open cases of each kind and month of opening will be paid, in cents.

    A case is in it while nights attribute it: until its outcome, or until it counts as open no more. Then the estimate
    of its month is restated without it, and withdrawn with the last one. A refund is no declared risk, so that its
    risk is null. Cases without an estimate of their own, such as those without a claim, are left out.

    Args:
        db: has the view `cases`, of the arrival days up to the day.
        attributed: rows of `case_attribution_daily` of the day, with COLUMNS.
    """
    db.register("attributed", attributed.select(COLUMNS))
    found = db.sql(OPEN).to_arrow_table()
    groups = list(zip(found["kind"].to_pylist(), found["month"].to_pylist()))
    claim, mean = (found[name].to_numpy() for name in ("claim", "mean"))
    cluster = np.array(found["cluster"].to_pylist(), object)
    for kind, month in dict.fromkeys(groups):
        mine = np.array([group == (kind, month) for group in groups])
        risk = kind if kind in BORNE_BY else None
        yield estimated(EXPECTED_COMPENSATION, risk, BORNE_BY.get(kind, SELLER), month, METHOD,
                        "case_attribution_daily", *paid_sum(claim[mine], mean[mine], cluster[mine]))


def paid_sum(claim: np.ndarray, mean: np.ndarray, cluster: np.ndarray) -> tuple[float, float, float]:
    """Return the expected sum of payments, and the ends of its interval of 80 %.

    Means add up; medians and ends of cases do not. Each draw pays a case its whole claim or nothing. Of all payments
    from nothing to the claim with this mean, that one spreads most (the convex order; Shaked and Shanthikumar
    2007, chapter 3).
    The cases of a cluster share one draw, so that they are paid together, which is the widest sum that cases with
    these payments have (Kaas, Dhaene and Goovaerts 2000). Clusters are taken as independent of each other, and means
    as right: an interval says nothing about the errors that all cases share.

    Args:
        claim: (cases,) above 0, whole cents; mean: (cases,) expected payment; cluster: (cases,) such as the seller.
    """
    share = np.clip(mean / claim, 0, 1)
    names, place = np.unique(cluster.astype(str), return_inverse=True)
    rng = np.random.default_rng(SEED)
    # Sums of whole cents are exact, so that the order of cases changes no bit.
    drawn = np.concatenate([(rng.random((BLOCK, len(names)))[:, place] < share) @ claim
                            for _ in range(DRAWS // BLOCK)])
    low, high = (float(np.quantile(drawn, (1 + side * LEVEL) / 2, method=method))
                 for side, method in ((-1, "lower"), (1, "higher")))
    total = float(np.sort(share * claim).sum())
    return total, min(low, total), max(high, total)
