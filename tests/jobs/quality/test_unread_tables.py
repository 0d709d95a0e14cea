"""A table whose first rows are all quarantined is named with the rules that they break."""

import pytest

from jobs.ingestion.ingest_days import ingest
from jobs.quality.commit_gate import audit_and_commit
from jobs.quality.stages import event_audits
from jobs.settings import load_settings
from jobs.storage.lake import Lake
from tests.support.builders import day
from tests.support.ingested_days import land, order

# What is tested here does not depend on the engine: the faster one serves it.
pytestmark = pytest.mark.engine("sail")

FRI, SAT = day("2026-11-20"), day("2026-11-21")
REVIEW = ("r1,2026-11-20 09:00:00,s1,5", "r2,2026-11-20 09:00:00,s1,5")


def warnings_of(spark, config, capsys, days, run="tonight"):
    lake = Lake(config.lake, run)
    ingest(spark, config, lake, days)
    audit_and_commit(spark, lake, "events", days[-1], event_audits(lake))
    return [line for line in capsys.readouterr().out.splitlines() if "warning" in line]


def test_first_rows_that_are_all_quarantined_are_a_warning_with_the_broken_rules(spark, tmp_path, capsys):
    """A CSV file that is named as JSON lines, and a day later as it should be."""
    config = load_settings({"VIGIL_HOME": str(tmp_path)})
    land(config, "orders", FRI, order("o1", ordered_at=f"{FRI} 08:30:00"))
    land(config, "reviews", FRI, *REVIEW)
    (said,) = warnings_of(spark, config, capsys, [FRI])
    assert said.startswith("vigil: warning, reviews, 2026-11-20: quarantined_share: expected less than 1, found 1 on "
                           "2026-11-20; broken most often: the line can be read (2 rows), ")
    land(config, "reviews", SAT, "review_id,reviewed_at,order_id,user_id,seller_id,rating,text",
         "r1,2026-11-21 09:00:00,o1,u1,s1,5,fine", name="p.csv")
    assert not [said for said in warnings_of(spark, config, capsys, [SAT], "next") if "reviews" in said]
