"""The audits of each stage: its tables in the order of commits, each with its expectations."""

from collections import Counter
from dataclasses import replace

import pyarrow.compute as pc

from features.entities import AS_OF_DAY, FEATURE_SETS
from features.inputs.tables import TABLES
from features.risks import of_entity
from jobs.feature_store import freshness, tile_store
from jobs.ingestion.ingest_log import LOG
from jobs.ingestion.redelivery import REPETITIONS
from jobs.quality import expectations
from jobs.quality.absent_tables import absent_tables
from jobs.quality.commit_gate import Audit
from jobs.quality.day_statistics import day_statistics
from jobs.quality.great_expectations_runner import ExpectationResult, audit, audit_days
from jobs.quality.unread_tables import unread_tables
from jobs.storage import catalog
from jobs.storage.lake import Lake

RULES_NAMED = 3


def label_audits() -> list[tuple[str, Audit]]:
    """Return the label tables, each with its audit."""
    def of(entity: str) -> Audit:
        suite = expectations.labels(FEATURE_SETS[entity])
        return lambda df, written: audit(df, written.table, suite)

    return [(catalog.labels(entity).name, of(entity)) for entity in FEATURE_SETS]


def event_audits(lake: Lake) -> list[tuple[str, Audit]]:
    """Return the event tables, then quarantine and repetitions, then the log whose entries complete the days."""
    def of(table) -> Audit:
        def check(df, written) -> list[ExpectationResult]:
            by_day = day_statistics(lake, written, table, lake.staged(LOG))
            columns = list(dict.fromkeys(name for statistics in by_day.values() for name in statistics))
            days = audit_days(by_day, table.name, expectations.day_statistics(table, columns))
            return audit(df, table.name, expectations.events(table)) + [_with_rules(lake, result) for result in days]
        return check

    def unaudited(df, written) -> list[ExpectationResult]:
        return []  # quarantine and repetitions have no expectations

    def of_log(df, written) -> list[ExpectationResult]:
        return absent_tables(lake, written) + [_with_rules(lake, result) for result in unread_tables(lake, written)]

    return [*((t.name, of(t)) for t in TABLES.values()), (catalog.QUARANTINE.name, unaudited), (REPETITIONS, unaudited),
            (LOG, of_log)]


def _with_rules(lake: Lake, result: ExpectationResult) -> ExpectationResult:
    """Return a result about the quarantined share with the most often broken rules; other results as they are."""
    quarantine = lake.staged(catalog.QUARANTINE.name)
    if result.success or result.about != "quarantined_share" or quarantine is None:
        return result
    rows = lake.written_arrow(quarantine).to_table(columns=["rules"], filter=pc.field("table") == result.table)
    counts = Counter(rule for rules in rows["rules"].to_pylist() for rule in rules)
    named = ", ".join(f"{rule} ({count} rows)" for rule, count in counts.most_common(RULES_NAMED))
    return replace(result, observed=f"{result.observed}; broken most often: {named}")


def feature_audits() -> list[tuple[str, Audit]]:
    """Return the tables of tiles, texts and features. Only features have expectations: events were audited before.

    Values are committed before tiles, so that a day with tiles has its values too. Lifetime tiles follow both.
    Features of the `final_entity` of `FeatureGroup` are committed last.
    """
    def unaudited(df, written) -> list[ExpectationResult]:
        return []

    def of(feature_set) -> Audit:
        return lambda df, written: audit(df, written.table, expectations.features(feature_set))

    tiles = [(catalog.TILE_TABLES[kind](entity).name, unaudited) for entity in AS_OF_DAY for kind in tile_store.KINDS]
    texts = [(catalog.texts(entity).name, unaudited) for entity, fs in FEATURE_SETS.items() if fs.texts]
    entities = sorted(FEATURE_SETS, key=lambda entity: entity == freshness.ENTITY_FEATURES.final_entity)
    return [*tiles, *texts, *((catalog.features(entity).name, of(FEATURE_SETS[entity])) for entity in entities)]


def score_audits() -> list[tuple[str, Audit]]:
    """Return the score tables, each with its audit. Scores of a risk without a champion are null in every row."""
    def of(entity) -> Audit:
        def check(df, written) -> list[ExpectationResult]:
            scored = set(written.metadata.get("models", {}))
            return audit(df, written.table, expectations.scores(FEATURE_SETS[entity], of_entity(entity), scored))
        return check

    return [(catalog.scores(entity).name, of(entity)) for entity in FEATURE_SETS]


def decision_audits() -> list[tuple[str, Audit]]:
    """Return the tables of decisions, each with its audit. `exposure_daily` is last: it completes a day."""
    return _by_catalog(catalog.DECISION_DAILY, catalog.REVIEW_QUEUE_DAILY, catalog.EXPERIMENT_UNITS,
                       catalog.EXPOSURE_DAILY)


def effect_audits() -> list[tuple[str, Audit]]:
    """Return the tables of effects, each with its audit."""
    return _by_catalog(catalog.EFFECT_DAILY, catalog.PREVALENCE_WEEKLY)


def ledger_audits() -> list[tuple[str, Audit]]:
    """Return the tables of the ledger, each with its audit."""
    return _by_catalog(catalog.LOSS_LEDGER, catalog.LOSS_MONTHLY, catalog.GOVERNANCE_FUNNEL_DAILY,
                       catalog.DISPLACEMENT_WEEKLY, catalog.GOAL_DAILY)


def case_audits() -> list[tuple[str, Audit]]:
    """Return the tables of after-sales cases, each with its audit."""
    return _by_catalog(catalog.CASE_ATTRIBUTION_DAILY)


def fairness_audits() -> list[tuple[str, Audit]]:
    """Return the table of the fairness of decisions about cases, with its audit."""
    return _by_catalog(catalog.CASE_FAIRNESS_WEEKLY)


def strategy_audits() -> list[tuple[str, Audit]]:
    """Return the tables of back-tests and frontiers, each with its audit."""
    return _by_catalog(catalog.STRATEGY_BACKTEST, catalog.STRATEGY_FRONTIER)


def _by_catalog(*tables: catalog.OutputTable) -> list[tuple[str, Audit]]:
    def of(table: catalog.OutputTable) -> Audit:
        return lambda df, written: audit(df, written.table, expectations.declared(table))

    return [(table.name, of(table)) for table in tables]
