"""Why a row gets no action although one is worth it: its words and cooldowns."""

import datetime as dt

import pyarrow as pa

from features.risks import RISKS
from jobs.decisions.policy_documents import LIVE
from jobs.scoring.risk_levels import BOUNDS, LOW
from jobs.storage.query import connect

# The words of `suppressed_by`, in the order in which they are asked. The first that holds is the row's word.
CONFIRMED, OVERRIDE, COOLDOWN, HOLDOUT, CAPACITY = WORDS = ("confirmed", "override", "cooldown", "holdout", "capacity")

HELD_OUT_LEVELS = ("medium", "high")  # a holdout of critical rows costs too much, and of low rows shows nothing
RANKS = {LOW: 0} | {level: rank for rank, (level, _) in enumerate(sorted(BOUNDS.items(), key=lambda b: b[1]), start=1)}
# SQL over the relation `taken`: decisions that operators report as not executed, and never as executed.
NEVER_CARRIED_OUT = ("SELECT decision_id FROM taken WHERE decision_id IS NOT NULL "
                     "GROUP BY decision_id HAVING NOT bool_or(executed)")


def cooling_down(decisions: pa.Table, taken: pa.Table, shadow: str | None, cooldown_days: int,
                 ds: dt.date) -> pa.Table:
    """Return the actions that a row has got within the cooldown, under any live policy.

    Another name of a policy ends no cooldown: what was done to an entity was done. For a shadow its own decisions
    count besides, as if they had been carried out. A decision that operators report as not executed starts no cooldown.
    An action that an operator took alone does.

    Args:
        decisions: decisions of earlier days: (ds, policy, mode, entity, entity_id, risk, level, action, suppressed_by,
            decision_id).
        taken: what operators did, as it had arrived by the day: (decision_id, entity, entity_id, risk, action,
            executed, taken_at). An action without a risk is about every risk of its entity.
        shadow: name of the shadow policy whose cooldowns are asked for; None for a live one.

    Returns:
        (entity, entity_id, risk, action, level_rank), one row per row and action: the highest level at which it was
        got, so that a level above it ends the cooldown. An action that no decision asked for has the highest level.
    """
    first = ds - dt.timedelta(days=cooldown_days)
    with connect() as db:
        db.register("decisions", decisions)
        db.register("taken", taken)
        db.register("risks", pa.table({"entity": [risk.entity for risk in RISKS],
                                       "risk": [risk.name for risk in RISKS]}))
        db.register("ranks", pa.table({"level": list(RANKS), "level_rank": list(RANKS.values())}))
        return db.sql(f"""
            WITH failed AS ({NEVER_CARRIED_OUT}),
                 got AS (SELECT entity, entity_id, risk, action, coalesce(level_rank, 0) AS level_rank
                         FROM decisions LEFT JOIN ranks USING (level)
                         WHERE (mode = '{LIVE}' OR policy = $shadow) AND suppressed_by IS NULL AND ds >= DATE '{first}'
                               AND ds < DATE '{ds}' AND decision_id NOT IN (SELECT decision_id FROM failed)),
                 alone AS (SELECT t.entity, t.entity_id, r.risk, t.action, {max(RANKS.values())} AS level_rank
                           FROM taken t JOIN risks r ON r.entity = t.entity AND (t.risk IS NULL OR t.risk = r.risk)
                           WHERE t.executed AND t.decision_id IS NULL AND CAST(t.taken_at AS DATE) >= DATE '{first}')
            SELECT entity, entity_id, risk, action, CAST(max(level_rank) AS BIGINT) AS level_rank
            FROM (FROM got UNION ALL FROM alone) GROUP BY ALL ORDER BY ALL""",
                      params={"shadow": shadow}).to_arrow_table()
