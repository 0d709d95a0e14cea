"""The precedence of verdicts: which of several about one entity and risk decides. It starts no Spark."""

# SQL of the precedence, for Spark and DuckDB: the largest decides. A reversal outranks a confirmation of the same
# instant. The arrival day and the key only make the order reproducible. Sail rejects a struct of a negated column,
# hence the CASE.
ORDER = ("decided_at", "CASE WHEN confirmed THEN 0 ELSE 1 END", "ds", "verdict_id")
