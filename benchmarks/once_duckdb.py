"""The DuckDB script once over the lake of VIGIL_HOME, for `benchmarks.cost_memory` to watch."""

from benchmarks import duckdb_night, world
from jobs.lake import Lake
from jobs.settings import settings

if __name__ == "__main__":
    with duckdb_night.connect() as db:
        duckdb_night.features(db, duckdb_night.events(Lake(settings().lake), world.LAST), world.LAST)
