"""The precedence of verdicts: which of several about one entity and risk decides. It starts no Spark."""

# SQL of the precedence, for Spark and DuckDB: the largest decides. A reversal outranks a confirmation of the same
# instant. The arrival day and the key only make the order reproducible. Sail rejects a struct of a negated column,
# hence the CASE.
ORDER = ("decided_at", "CASE WHEN confirmed THEN 0 ELSE 1 END", "ds", "verdict_id")

# DuckDB SQL over verdicts: whether a later verdict about the same entity and risk takes the confirmation back.
TAKEN_BACK = ("count(*) FILTER (NOT confirmed) OVER (PARTITION BY entity, entity_id, risk "
              f"ORDER BY {', '.join(ORDER)} ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) > 0")
