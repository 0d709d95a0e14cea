"""Work that is sent to Spark's workers, which do not have our code."""

import subprocess
import sys
from functools import partial

import pytest
from pyspark import cloudpickle

from features.aggregation import intervals, point_in_time, windows_multi_day
from features.frames import day_bitmap, partition_udf
from features.graph import audience
from features.inputs.tables import ORDERS
from jobs.ingestion.file_schema import file_layout
from jobs.ingestion.landing_reader import worker_function
from tests.support.landed_files import csv_of, json_of, land, parquet_of

ALONE = "import pickle, sys; work = pickle.load(sys.stdin.buffer); print(list(work(iter([]))))"

READER = """import pickle, sys, pyarrow
read = pickle.load(sys.stdin.buffer)
print(sorted(name for batch in read([pyarrow.record_batch({"id": [0]})]) for name in batch["order_id"].to_pylist()))"""


@pytest.mark.parametrize(("work", "modules"), [
    (partial(audience.count_members, names=["buyer"], as_ofs=[]), (day_bitmap, audience)),
    (partial(windows_multi_day.aggregate_partition, specs=[], grid=None), (day_bitmap, intervals, windows_multi_day)),
    (partial(point_in_time.compute_partition, specs=[]), (intervals, point_in_time))],
                         ids=["audience", "windows", "point in time"])
def test_work_is_read_where_the_package_is_not(tmp_path, work, modules):
    sent = cloudpickle.dumps(partition_udf.partition_udf(work, *modules))
    done = subprocess.run([sys.executable, "-I", "-c", ALONE], input=sent, cwd=tmp_path, capture_output=True,
                          check=False)
    assert done.stdout == b"[]\n", done.stderr.decode()[-2000:]


def test_landed_files_are_read_where_the_package_is_not(tmp_path):
    files = [land(tmp_path, "p.csv", csv_of("o1")), land(tmp_path, "p.json", json_of("o2")),
             land(tmp_path, "p.parquet", parquet_of("o3"))]
    parts = [part for file in files for part in file_layout(file, ORDERS).parts]
    sent = cloudpickle.dumps(worker_function([parts], {"order_id": "string"}))
    done = subprocess.run([sys.executable, "-I", "-c", READER], input=sent, cwd=tmp_path, capture_output=True,
                          check=False)
    assert done.stdout == b"['o1', 'o2', 'o3']\n", done.stderr.decode()[-2000:]
