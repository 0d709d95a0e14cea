"""DuckDB connections, which are asked what Spark need not be started for."""

import duckdb


def connect() -> duckdb.DuckDBPyConnection:
    """A connection in memory whose times are UTC. DuckDB's default is the time zone of the machine."""
    db = duckdb.connect()
    db.execute("SET TimeZone = 'UTC'")
    return db
