"""The cost of near copies among a million photos: a whole process, and its growth with the number of photos."""

import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import benchmark_lake
from benchmarks.context import BenchmarkContext
from benchmarks.result import BenchmarkResult, CostRatio
from features.case.near_copies import RADIUS, near_copies
from jobs.errors import UserError
from jobs.feature_store.entity_features import materialize
from jobs.settings import REPOSITORY

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

SECONDS = 60  # that a process may take for a million photos
AIM = 1.3  # times the growth of the photos
PART = 4
DAYS = 90
PLANTED = 100  # of so many photos, one is shown again on the last day, with up to RADIUS bits changed


def measure(at: BenchmarkContext) -> BenchmarkResult:
    """Time whole processes over all photos, and near copies of all photos against those of a quarter.

    Raises:
        UserError: a planted copy was not found, or the process failed.
    """
    whole, part = (photos_file(at.folder, rows) for rows in (at.rows, at.rows // PART))
    processes = [_process(whole) for _ in range(at.rounds)]
    growth = at.time_interleaved(f"{PART} times the photos", {
        "all photos": lambda: planted_found(at.spark.read.parquet(str(whole))),
        "a quarter": lambda: planted_found(at.spark.read.parquet(str(part)))}, PART * AIM)
    ratio = round(sorted(processes)[len(processes) // 2] / SECONDS, 3)
    return BenchmarkResult("near_copies", "Near copies of photos", {
        "photos": at.rows, "days": DAYS, "radius": RADIUS, "planted": at.rows // PLANTED, "engine": at.engine,
        "note": "random hashes; the process starts Python and the engine, reads the photos and counts their copies"},
        (CostRatio(f"a whole process against {SECONDS} s", ratio, 1, {"a process": processes}), growth))


def photos(rows: int, seed: int = 7) -> pa.Table:
    """Return cases with random hashes, of which one in `PLANTED` shows an earlier photo with a few bits changed."""
    draw = np.random.default_rng(seed)
    hashes = draw.integers(0, 2**64 - 1, rows, np.uint64, endpoint=True)
    age = draw.integers(1, DAYS, rows)
    copies = rows // PLANTED
    bits = np.uint64(1) << draw.integers(0, 64, (copies, RADIUS)).astype(np.uint64)
    hashes[:copies] = draw.choice(hashes[copies:], copies) ^ np.bitwise_or.reduce(bits, axis=1)
    age[:copies] = 0
    day = np.datetime64(benchmark_lake.LAST) - age
    opened_at = day.astype("datetime64[us]") + draw.integers(0, 86_400, rows) * np.timedelta64(1, "s")
    return pa.table({"case_id": np.char.add("c", np.arange(rows).astype(str)),
                     "user_id": np.char.add("u", draw.integers(0, max(rows // 3, 1), rows).astype(str)),
                     "image_hash": [f"{one:016x}" for one in hashes.tolist()],
                     "opened_at": pa.array(opened_at, pa.timestamp("us", "UTC")), "ds": day})


def photos_file(folder: Path, rows: int) -> Path:
    """Return the Parquet file of `photos`, which is made at the first call."""
    file = folder / f"photos-{rows}.parquet"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        pq.write_table(photos(rows), file, row_group_size=100_000)
    return file


def planted_found(cases: "DataFrame") -> int:
    """Compute the near copies of all cases, and return how many cases of the last day have one."""
    from pyspark.sql import functions as F

    last = cases.where(F.col("ds") == F.lit(benchmark_lake.LAST)).select("case_id", F.lit(1).alias("is_planted"))
    found = near_copies(cases, materialize).join(last, ["case_id"], "left")
    return found.agg(F.sum(F.when(F.col("image_copies") > 0, F.col("is_planted")))).toArrow()[0][0].as_py() or 0


def _process(file: Path) -> float:
    """Return the seconds of a process that computes the near copies of a file."""
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "benchmarks.costs.run_near_copies", str(file)], cwd=REPOSITORY,
                          capture_output=True, text=True, check=False)
    seconds = round(time.perf_counter() - began, 2)
    planted = pq.read_metadata(file).num_rows // PLANTED
    if done.returncode or f"{planted} planted" not in done.stdout:
        raise UserError(f"near copies of {file}: expected {planted} planted copies, found "
                        f"{done.stdout.strip() or done.stderr[-2000:]}. Again: python -m benchmarks.costs --only "
                        "near_copies --date <today>")
    return seconds
