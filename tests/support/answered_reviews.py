"""Random reviews of a decided lake: the queue that draws them, and their answers as rows of review_samples."""

from pathlib import Path

from jobs.storage.lake import Lake
from tests.support.builders import ago, at
from tests.support.decided_lake import AMPLE
from tests.support.policy_folders import changed

# A queue that draws 40 rows a day for a random review.
SAMPLED = changed(changed(AMPLE, "minutes_a_day = 100_000", "minutes_a_day = 480"), "sample_share = 0",
                  "sample_share = 0.5")


def decisions(home: Path, **wanted) -> list[dict]:
    """The decisions of a home whose columns have the wanted values."""
    rows = Lake(str(home / "lake")).arrow("decision_daily").to_table().to_pylist()
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


def review(row: dict, verdict: bool | None, drawn: int = 1, answered: tuple[int, int] | None = None,
           arrived: int = 0) -> dict:
    """A state of the random review of a decision. Days count back from TODAY; `answered` is a day and an hour."""
    return {"sample_id": row["decision_id"], "drawn_at": at(ago(drawn)), "entity": row["entity"],
            "entity_id": row["entity_id"], "risk": row["risk"], "inclusion_probability": row["sampled_with"],
            "verdict": verdict, "reviewed_at": answered and at(ago(answered[0]), answered[1]), "ds": ago(arrived)}
