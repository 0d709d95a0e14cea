"""A night's features as one DuckDB script, written from the declarations: the other side of a comparison of costs."""
