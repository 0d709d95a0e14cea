"""Every table that Vigil writes, declared once: name, grain, key, columns and the step that writes it.

No other module spells a table name: `catalog.features("user").name`, `catalog.INGEST_LOG.name`.
"""

from features.entities import AS_OF_DAY, FEATURE_SETS
from features.inputs.tables import TABLES
from jobs.storage.catalog.after_sales_tables import CASE_ATTRIBUTION_DAILY, CASE_FAIRNESS_WEEKLY
from jobs.storage.catalog.decision_tables import (
    DECISION_DAILY,
    EXPERIMENT_UNITS,
    EXPOSURE_DAILY,
    REVIEW_QUEUE_DAILY,
)
from jobs.storage.catalog.effect_tables import EFFECT_DAILY, PREVALENCE_WEEKLY
from jobs.storage.catalog.event_tables import INGEST_LOG, QUARANTINE, REPETITIONS, VALIDATIONS, events
from jobs.storage.catalog.feature_tables import features, labels, texts
from jobs.storage.catalog.ledger_tables import (
    DISPLACEMENT_WEEKLY,
    GOAL_DAILY,
    GOVERNANCE_FUNNEL_DAILY,
    LOSS_LEDGER,
    LOSS_MONTHLY,
)
from jobs.storage.catalog.score_tables import risk_daily, scores
from jobs.storage.catalog.strategy_tables import STRATEGY_BACKTEST, STRATEGY_FRONTIER
from jobs.storage.catalog.table import OutputColumn, OutputTable, Stage
from jobs.storage.catalog.tile_tables import TILE_TABLES, lifetime, month_tiles, month_values, tiles, values

__all__ = [
    "CASE_ATTRIBUTION_DAILY", "CASE_FAIRNESS_WEEKLY", "DECISION_DAILY", "DISPLACEMENT_WEEKLY", "EFFECT_DAILY",
    "EXPERIMENT_UNITS", "EXPOSURE_DAILY", "GOAL_DAILY", "GOVERNANCE_FUNNEL_DAILY", "INGEST_LOG", "LOSS_LEDGER",
    "LOSS_MONTHLY", "PREVALENCE_WEEKLY", "QUARANTINE", "REPETITIONS", "REVIEW_QUEUE_DAILY", "STRATEGY_BACKTEST",
    "STRATEGY_FRONTIER", "TILE_TABLES", "VALIDATIONS", "OutputColumn", "OutputTable", "Stage", "events", "features",
    "find", "labels", "lifetime", "month_tiles", "month_values", "risk_daily", "scores", "tables", "texts", "tiles",
    "values",
]


def tables() -> list[OutputTable]:
    """Return every table that Vigil writes into a lake, in the order of stages."""
    return [*map(events, TABLES), INGEST_LOG, QUARANTINE, REPETITIONS, *_tile_tables(),
            *map(features, FEATURE_SETS), *[texts(entity) for entity, feature_set in FEATURE_SETS.items()
                                            if feature_set.texts],
            *map(labels, FEATURE_SETS), *map(scores, FEATURE_SETS),
            DECISION_DAILY, REVIEW_QUEUE_DAILY, EXPERIMENT_UNITS, EXPOSURE_DAILY,
            *map(risk_daily, FEATURE_SETS), EFFECT_DAILY, PREVALENCE_WEEKLY, CASE_ATTRIBUTION_DAILY,
            LOSS_LEDGER, LOSS_MONTHLY, GOVERNANCE_FUNNEL_DAILY, DISPLACEMENT_WEEKLY, GOAL_DAILY, CASE_FAIRNESS_WEEKLY,
            STRATEGY_BACKTEST, STRATEGY_FRONTIER]


def find(name: str) -> OutputTable | None:
    """Return the table of a name; None where no such table is declared."""
    return next((table for table in tables() if table.name == name), None)


def _tile_tables() -> list[OutputTable]:
    """Return the tile tables from which some feature is computed."""
    declared = []
    for entity, feature_set in AS_OF_DAY.items():
        kinds = ((tiles, feature_set.tile_features), (values, feature_set.distinct_features),
                 (month_tiles, feature_set.tile_features_beyond_a_month),
                 (month_values, feature_set.distinct_features_beyond_a_month),
                 (lifetime, feature_set.lifetime_features))
        declared += [table(entity) for table, sources in kinds if sources]
    return declared
