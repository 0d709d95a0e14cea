"""The planted truth: labels by it, and who may read it."""

import ast
import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa

from features.risks import find
from jobs.evaluation import ground_truth
from tests.house_rules.rooms import TRUTH_READERS

RISK = find("user", "refund_abuse")
JOBS = Path(ground_truth.__file__).parent.parent
# The report, and the test of the world that plants one attack at a time.
READERS = {f"{name.removeprefix('jobs.').replace('.', '/')}.py" for name in TRUTH_READERS}


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(f"2026-{text}")


def rows(*pairs: tuple[str, str]) -> tuple[np.ndarray, np.ndarray]:
    """Days and entities of rows (as_of, entity)."""
    return (np.array([day(as_of) for as_of, _ in pairs], dtype="datetime64[D]"),
            np.array([entity for _, entity in pairs]))


def planted(*incidents: tuple, risk: str = "refund_abuse") -> pa.Table:
    """Incidents of (entity_id, from, to, loss, variant, found)."""
    return pa.table({
        "entity": ["user"] * len(incidents), "entity_id": [i[0] for i in incidents], "risk": [risk] * len(incidents),
        "incident_from": [day(i[1]) for i in incidents], "incident_to": [day(i[2]) for i in incidents],
        "loss_cents": [i[3] for i in incidents], "group": ["g"] * len(incidents),
        "variant": [i[4] for i in incidents], "found": [i[5] for i in incidents]})


def test_a_row_is_planted_when_an_incident_touches_the_horizon():
    table = planted(("ann", "11-08", "11-08", 100, "plain", True))
    found = ground_truth.of_rows(table, RISK,
                                 *rows(("10-31", "ann"), ("11-01", "ann"), ("11-07", "ann"), ("11-08", "ann"),
                                       ("11-01", "bob")))
    # Seven days after 1 November is the 8th; as of the 8th it is over.
    assert list(found.label) == [0, 1, 1, 0, 0]
    assert list(found.loss) == [0, 100, 100, 0, 0]


def test_a_row_tells_of_the_incident_that_began_first_and_adds_the_losses_up():
    table = planted(("ann", "11-03", "11-20", 100, "late", False), ("ann", "10-20", "11-20", 30, "early", True))
    found = ground_truth.of_rows(table, RISK, *rows(("11-01", "ann")))
    assert (found.variant[0], found.loss[0], found.running[0], found.confirmed[0]) == ("early", 100 + 30, 12, True)


def test_an_incident_that_begins_after_the_day_has_run_for_less_than_nothing():
    found = ground_truth.of_rows(planted(("ann", "11-03", "11-04", 1, "plain", True)), RISK, *rows(("11-01", "ann")))
    assert found.running[0] == -2


def test_another_risk_says_nothing():
    table = planted(("ann", "11-03", "11-04", 1, "plain", True), risk="incentive_abuse")
    found = ground_truth.of_rows(table, RISK, *rows(("11-01", "ann")))
    assert (found.label[0], found.variant[0], found.confirmed[0]) == (0, ground_truth.NO_ATTACK, False)


def test_where_nothing_was_simulated_there_is_no_truth(tmp_path):
    assert ground_truth.read(tmp_path) is None


def test_no_job_that_trains_or_scores_reads_the_truth():
    """No module but `READERS` imports the ground truth or names its file. One that may know it is added there."""
    for path in sorted(JOBS.rglob("*.py")):
        name = str(path.relative_to(JOBS))
        if name in READERS | {"evaluation/ground_truth.py"} or name.startswith("simulate/"):
            continue
        told = path.read_text()
        names = {name for node in ast.walk(ast.parse(told)) if isinstance(node, ast.Import | ast.ImportFrom)
                 for name in [getattr(node, "module", None) or "", *(a.name for a in node.names)]}
        assert not names & {"ground_truth", "jobs.evaluation.ground_truth", "model_report",
                            "jobs.evaluation.model_report"}, path.name
        assert "incidents.parquet" not in told, path.name
