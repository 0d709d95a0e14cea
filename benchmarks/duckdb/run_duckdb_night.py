"""Run the DuckDB script once over the lake of VIGIL_HOME, for `benchmarks.costs.memory`."""

from benchmarks import benchmark_lake
from benchmarks.duckdb import night
from jobs.settings import load_settings
from jobs.storage.lake import Lake

if __name__ == "__main__":
    with night.connect() as db:
        night.features(db, night.events(Lake(load_settings().lake), benchmark_lake.LAST), benchmark_lake.LAST)
