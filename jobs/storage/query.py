"""DuckDB connections, for queries that need no Spark."""

import duckdb


def literal(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def connect() -> duckdb.DuckDBPyConnection:
    """Return a connection in memory with times in UTC. DuckDB's default is the time zone of the machine."""
    db = duckdb.connect()
    db.execute("SET TimeZone = 'UTC'")
    return db
