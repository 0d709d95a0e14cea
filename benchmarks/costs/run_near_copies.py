"""Count the near copies of the photos of a file once, for `benchmarks.costs.near_copies`.

    python -m benchmarks.costs.run_near_copies FILE
"""

import sys

from benchmarks.costs.near_copies import planted_found
from jobs.engines.spark import close, session
from jobs.runtime import console
from jobs.settings import load_settings

if __name__ == "__main__":
    spark = session(load_settings())
    console.show(f"{planted_found(spark.read.parquet(sys.argv[1]))} planted\n")
    close()
