"""Work that is sent to Spark's workers, which do not have our code."""

import subprocess
import sys
from functools import partial

import pytest
from pyspark import cloudpickle

from features import aggregates, arrivals, circles, held, moments, workers

ALONE = "import pickle, sys; work = pickle.load(sys.stdin.buffer); print(list(work(iter([]))))"


@pytest.mark.parametrize(("work", "modules"), [
    (partial(circles.counted, names=["buyer"], as_ofs=[]), (arrivals, circles)),
    (partial(aggregates.looked_at, asked=[], looks=None), (arrivals, held, aggregates)),
    (partial(moments.looked_at, asked=[]), (held, moments))], ids=["circles", "aggregates", "moments"])
def test_work_is_read_where_the_package_is_not(tmp_path, work, modules):
    sent = cloudpickle.dumps(workers.on_partition(work, *modules))
    done = subprocess.run([sys.executable, "-I", "-c", ALONE], input=sent, cwd=tmp_path, capture_output=True,
                          check=False)
    assert done.stdout == b"[]\n", done.stderr.decode()[-2000:]
