"""Days in one call, from the same rows in another order, give what the nights gave one by one."""

import random
import shutil
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.prepared_night import DAY, call, digests, share_models, shared_sail

pytestmark = pytest.mark.end_to_end


def shuffled(landing: Path, copy: Path, seed: int) -> None:
    """The same rows in another order, spread over two files a day."""
    order = random.Random(seed)
    for file in sorted(landing.glob("*/ds=*/*")):
        folder = copy / file.parent.relative_to(landing)
        folder.mkdir(parents=True, exist_ok=True)
        if file.suffix != ".parquet":
            lines = file.read_text().split("\n")  # the last one may be cut off in its middle, without an end
            head = lines[:1] if file.suffix == ".csv" else []
            body = [line for line in lines[len(head):] if line]
            # A quote that a cut leaves open would swallow whatever comes after it.
            cut = [] if lines[-1] == "" else [body.pop()]
            order.shuffle(body)
            (folder / file.name).write_text("\n".join(head + body + cut))
            continue
        rows = pq.read_table(file)
        rows = rows.take(pa.array(order.sample(range(rows.num_rows), rows.num_rows), pa.int64()))
        middle = rows.num_rows // 2
        pq.write_table(rows[:middle], folder / f"b-{file.name}")
        pq.write_table(rows[middle:], folder / f"a-{file.name}")


def test_shuffled_input_in_another_lake_and_a_backfill_give_the_rows_of_the_nights(first_night, tmp_path):
    """Two nights one by one, against one call over both from the same rows in another order."""
    one_by_one, at_once = tmp_path / "one-by-one", tmp_path / "at-once"
    shutil.copytree(first_night, one_by_one)
    days = [str(date.fromisoformat(DAY) - timedelta(days=1)), DAY]
    shuffled(first_night / "landing", at_once / "landing", seed=3)
    share_models(first_night, at_once)
    with shared_sail(one_by_one) as sail:
        # The first night decided its day without the day before. Now it knows the decisions of that day.
        for day in days:
            told = call(one_by_one, "jobs.commands.backfill", "--from", day, "--ds", day, **sail)
            assert ("1 of 1 days have decisions" in told) == (day == DAY)
        call(at_once, "jobs.commands.backfill", "--from", days[0], "--ds", days[1], **sail)
    assert digests(at_once, days) == digests(one_by_one, days)
