"""A night's features as one DuckDB script, generated from the definitions, to compare the costs of Vigil with."""
