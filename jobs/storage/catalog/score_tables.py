"""Tables of scores, and of the policy's decisions."""

from functools import cache

from features.entities import AS_OF_DAY, FEATURE_SETS
from features.risks import Risk, after_sales, by_verdict, of_entity
from jobs.storage.catalog.feature_tables import no_entity, passthrough, row_of
from jobs.storage.catalog.table import OutputColumn, OutputTable, Stage, ds, identifier

LEVELS = ("low", "medium", "high", "critical")
NO_CHAMPION = "the risk has no champion"
UNSCORED = "no risk of the entity has a champion"
NOT_ASKED = "no policy asks for an action today"

REASONS = OutputColumn(
    "reasons", "array<struct<risk:string,reason:string,feature:string,value:double,contribution:double>>",
    "the strongest reasons of scores above low, the strongest first; empty for other rows")
AFTER_SALES_REASONS = OutputColumn(
    "after_sales_reasons", REASONS.type,
    "the same of the scores of after-sales risks, which are no part of `reasons`")
MODEL_VERSIONS = OutputColumn("model_versions", "array<struct<risk:string,version:string>>",
                              "the version of each champion that scored the row")


@cache
def scores(entity: str) -> OutputTable:
    """Return the table of an entity's scores by the champions."""
    feature_set, name, risks = FEATURE_SETS[entity], f"{entity}_scores", of_entity(entity)
    return OutputTable(
        name, "<entity>_scores", Stage.SCORE, "score",
        meaning=f"Scores of each {entity} by the champions, with their reasons.",
        grain=row_of(entity), key=(feature_set.id, "ds"),
        columns=(identifier(entity), *passthrough(feature_set),
                 *[column for risk in risks for column in (_score(risk), _margin(risk))],
                 *_reasons(entity), MODEL_VERSIONS, _day(entity)),
        example=f"select {feature_set.id}, {risks[0].name}_score from {name} where ds = (select max(ds) from {name}) "
                f"order by {risks[0].name}_score desc nulls last limit 5",
        optional=no_entity(entity))


@cache
def risk_daily(entity: str) -> OutputTable:
    """Return the risk table of an entity, for analysts and reviewers."""
    feature_set, name = FEATURE_SETS[entity], f"{entity}_risk_daily"
    # The buyer and the seller of an order. Only models use its card.
    parties = [column for column in passthrough(feature_set) if column.name != feature_set.cluster_column]
    return OutputTable(
        name, "<entity>_risk_daily", Stage.RISK, "publish",
        meaning=f"The risk of each {entity}, its level, its reasons and the action that the policy asks for.",
        grain=row_of(entity), key=(feature_set.id, "ds"),
        columns=(
            identifier(entity), *parties, *map(_score, of_entity(entity)),
            OutputColumn("risk_score", "double", _largest(entity), "probability", UNSCORED),
            OutputColumn("top_risk", "string", "the risk with the largest score", null=UNSCORED,
                         values=tuple(risk.name for risk in by_verdict(entity))),
            OutputColumn("risk_level", "string", "the level of the largest score", null=UNSCORED, values=LEVELS),
            OutputColumn("confirmed_risk", "string", "a risk that stands confirmed as of the day",
                         null="none stands confirmed"),
            *_reasons(entity),
            OutputColumn("action", "string", "the strongest action that the live policies ask for today"),
            OutputColumn("decision_id", "string", "the decision in `decision_daily` that asks for it", null=NOT_ASKED),
            OutputColumn("policy", "string", "the policy of this decision", null=NOT_ASKED),
            MODEL_VERSIONS,
            OutputColumn("feature_set", "string", "fingerprint of the feature definitions"),
            OutputColumn("run_id", "string", "the run that published the row"),
            _day(entity),
        ),
        example=f"select {feature_set.id}, round(risk_score, 3) as score, top_risk, action from {name} "
                f"where ds = (select max(ds) from {name}) order by risk_score desc nulls last limit 5",
        optional=no_entity(entity))


def _reasons(entity: str) -> tuple[OutputColumn, ...]:
    return (REASONS, AFTER_SALES_REASONS) if after_sales(entity) else (REASONS,)


def _largest(entity: str) -> str:
    """Return the meaning of `risk_score`."""
    left_out = ", ".join(risk.name for risk in after_sales(entity))
    return f"the largest of the scores{f', without {left_out}' if left_out else ''}"


def _score(risk: Risk) -> OutputColumn:
    return OutputColumn(f"{risk.name}_score", "double", f"calibrated score: {risk.meaning}", "probability", NO_CHAMPION)


def _margin(risk: Risk) -> OutputColumn:
    return OutputColumn(f"{risk.name}_margin", "double", f"the same score as log-odds, for {risk.name}", "log-odds",
                        NO_CHAMPION)


def _day(entity: str) -> OutputColumn:
    return ds("the as-of day" if entity in AS_OF_DAY else "the arrival day of the order")
