"""Tables of decisions: what each policy decides, what reviewers do today, and the money that is still at risk."""

from features.risks import RISKS
from jobs.storage.catalog.score_tables import LEVELS
from jobs.storage.catalog.table import OutputColumn, OutputTable, Stage, ds

ENTITIES = tuple(dict.fromkeys(risk.entity for risk in RISKS))
ENTITY = OutputColumn("entity", "string", "what kind of entity", values=ENTITIES)
ENTITY_ID = OutputColumn("entity_id", "string", "which one")
RISK = OutputColumn("risk", "string", "the risk area", values=tuple(dict.fromkeys(risk.name for risk in RISKS)))
LEVEL = OutputColumn("level", "string", "the level of the score", null="the row has no score", values=LEVELS)
NO_ACTION = "the row has no action"


def _friction(party: str) -> OutputColumn:
    return OutputColumn(f"friction_{party}_cents", "double",
                        f"estimate: what the action costs the {party} if the row is honest, times that probability",
                        "cents")


DECISION_DAILY = OutputTable(
    "decision_daily", "decision_daily", Stage.DECISION, "decide",
    meaning="What each policy decides about each entity and risk, live or in shadow. Money in it is estimated.",
    grain="one row per day, policy, entity and risk: rows above low, confirmed ones, random reviews, forced actions",
    key=("ds", "policy", "entity", "entity_id", "risk"),
    columns=(
        ds("the day"),
        OutputColumn("policy", "string", "name of the policy"),
        OutputColumn("policy_version", "string", "hash of all that changes its decisions"),
        OutputColumn("mode", "string", "whether the decision is carried out", values=("live", "shadow")),
        ENTITY, ENTITY_ID, RISK,
        OutputColumn("score", "double", "calibrated score", "probability", "the risk has no champion"),
        LEVEL,
        OutputColumn("action", "string", "what the row gets, or would have got where `suppressed_by` is not null; "
                     "`none` where no action is worth it"),
        OutputColumn("control_point", "string", "the place of the business process where the action takes hold",
                     null=NO_ACTION),
        OutputColumn("stops", "double", "share of the loss that the action stops", "share"),
        OutputColumn("queue", "string", "the reviewers that the row competes for"),
        OutputColumn("rank_in_queue", "bigint", "its place in `review_queue_daily`", null="nobody reviews the row"),
        OutputColumn("suppressed_by", "string", "why the row does not get the action; under an after-sales "
                     "risk, confirmed: a case of its kind has been opened",
                     null="it does, or there is none to get",
                     values=("confirmed", "override", "cooldown", "holdout", "capacity")),
        OutputColumn("override_id", "string", "the override in force", null="there is none"),
        OutputColumn("experiment", "string", "the experiment of the row's unit", null="the row is in no experiment"),
        OutputColumn("arm", "string", "arm of the row's unit, such as holdout", null="the row is in no experiment"),
        OutputColumn("propensity", "double", "probability of the arm", "probability", "the row is in no experiment"),
        OutputColumn("sampled_with", "double", "probability with which the row was drawn for a random review",
                     "probability", "it was not drawn"),
        OutputColumn("open_cents", "bigint", "money still at risk", "cents"),
        OutputColumn("expected_loss_cents", "double", "estimate: loss over the risk's horizon if the row is guilty",
                     "cents"),
        OutputColumn("unbooked_loss_cents", "double", "estimate: harm of a guilty row that no verdict counts, as the "
                     "policy says", "cents"),
        *map(_friction, ("seller", "user", "creator", "platform")),
        OutputColumn("value_cents", "double", "estimate: loss stopped minus friction minus the wage of the minutes; "
                     "below 0 for a forced action that costs more than it stops", "cents"),
        OutputColumn("minutes", "double", "reviewer minutes that the row takes today", "minutes"),
        OutputColumn("until", "date", "last day of the measure", null="the action is a single look, or there is none"),
        OutputColumn("decision_id", "string", "digest of day, policy, version and row: the same in every run"),
        OutputColumn("run_id", "string", "the run that decided"),
    ),
    example="select entity, risk, action, suppressed_by, count(*) as n, round(sum(value_cents)) as value from "
            "decision_daily where ds = (select max(ds) from decision_daily) and mode = 'live' group by all "
            "order by all limit 20",
    optional="no entity has scores")

EXPERIMENT_UNITS = OutputTable(
    "experiment_units", "experiment_units", Stage.DECISION, "decide",
    meaning="Who is in an experiment, with which arm. Written at the first eligibility, and never changed.",
    grain="one row per experiment and unit, on the day of its first eligibility", key=("ds", "experiment", "unit"),
    columns=(
        ds("the day of the first eligibility; actions and holdout begin the day after"),
        OutputColumn("experiment", "string", "name of the experiment"),
        OutputColumn("experiment_version", "string", "hash of all that changes an assignment or an analysis"),
        OutputColumn("unit", "string", "what is assigned as a whole: an entity, the smallest account of a group, or a "
                     "region with the first day of a block of a switchback, such as north|2026-01-01"),
        OutputColumn("entity", "string", "what kind of entity its members are", values=ENTITIES),
        OutputColumn("members", "array<string>", "its accounts on that day; later ones do not count; none of a "
                     "region"),
        OutputColumn("arm", "string", "what it was assigned to, whatever happened afterwards"),
        OutputColumn("propensity", "double", "probability of the arm", "probability"),
        OutputColumn("first_ds", "date", "the same day as `ds`; of a region the first day of the block"),
        OutputColumn("stratum", "bigint", "band of the score, from 0; the shares of the arms differ by band"),
        OutputColumn("expected_loss_cents", "double", "estimate: what a holdout of the unit costs, in every arm; "
                     "0 of a region", "cents"),
        OutputColumn("covariates", "array<struct<name:string,value:double>>",
                     "as of that day; means over the accounts with an eligible row"),
        OutputColumn("run_id", "string", "the run that assigned it"),
    ),
    example="select experiment, stratum, arm, count(*) as units, any_value(propensity) as propensity "
            "from experiment_units group by all order by all",
    optional="no experiment is live")

REVIEW_QUEUE_DAILY = OutputTable(
    "review_queue_daily", "review_queue_daily", Stage.DECISION, "decide",
    meaning="What reviewers do today, the most valuable minutes first. A ring of linked accounts is one entry.",
    grain="one row per day, queue and rank", key=("ds", "queue", "rank"),
    columns=(
        ds("the day"),
        OutputColumn("queue", "string", "name of the queue"),
        OutputColumn("rank", "bigint", "order of the reviews, from 1"),
        ENTITY,
        OutputColumn("entity_id", "string", "the entity with the most valuable decision of the entry"),
        OutputColumn("risks", "array<string>", "the risks to look at, the most valuable first"),
        OutputColumn("ring", "string", "the ring of linked entities in this queue", null="no link to the others"),
        OutputColumn("members", "array<string>", "every entity of the entry, the most valuable first"),
        OutputColumn("action", "string", "the strongest action of the entry"),
        OutputColumn("minutes", "double", "reviewer minutes of the whole entry", "minutes"),
        OutputColumn("value_cents", "double", "estimate: value of the decisions of the entry", "cents"),
        OutputColumn("why", "string", "the strongest reasons in words"),
        OutputColumn("links", "array<string>", "queries for `make sql` that show the entity and its ring"),
        OutputColumn("sampled", "boolean", "whether a random review is in the entry"),
        OutputColumn("decision_ids", "array<string>", "the decisions of the entry"),
    ),
    example="select queue, rank, entity_id, risks, action, minutes, why from review_queue_daily "
            "where ds = (select max(ds) from review_queue_daily) order by queue, rank limit 10",
    optional="no entity has scores")

EXPOSURE_DAILY = OutputTable(
    "exposure_daily", "exposure_daily", Stage.DECISION, "decide",
    meaning="Money still at risk: unsettled orders, open claims and unused grants of the entities of each level.",
    grain="one row per day, entity, risk and level; the money of an entity counts once for each of its risks",
    key=("ds", "entity", "risk", "level"),
    columns=(
        ds("the day"), ENTITY, RISK,
        OutputColumn("level", "string", "the level of the score; `unscored` without a champion",
                     values=(*LEVELS, "unscored")),
        OutputColumn("open_cents", "bigint", "money still at risk", "cents"),
        OutputColumn("rows", "bigint", "entities"),
    ),
    example="select entity, risk, level, open_cents, e.rows from exposure_daily e "
            "where ds = (select max(ds) from exposure_daily) order by all",
    optional="no entity has scores")
