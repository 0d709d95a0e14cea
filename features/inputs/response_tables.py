"""The input tables of what people answered: verdicts, actions, overrides, appeals and reviews of drawn rows."""

from features.inputs.contract import Column, Rule, Table, money, probability
from features.risks import BY_VERDICT, RISKS, Risk


def _one_of(risks: tuple[Risk, ...], meaning: str) -> Rule:
    """Return the rule that a row's risk is one of some risks of its entity."""
    entities = tuple(dict.fromkeys(risk.entity for risk in risks))
    names = [(entity, ", ".join(repr(risk.name) for risk in risks if risk.entity == entity)) for entity in entities]
    declared = " OR ".join(f"(entity = '{entity}' AND risk IN ({of_entity}))" for entity, of_entity in names)
    return Rule(meaning, f"risk IS NULL OR entity IS NULL OR entity NOT IN ({', '.join(map(repr, entities))}) "
                         f"OR {declared}", "risk", "values")


IS_DECLARED = _one_of(RISKS, "risk is one of those declared for its entity")
# A verdict about a risk that no model predicts would be published as confirmed. No verdict says that an order will be
# returned: a case does.
IS_JUDGED = _one_of(BY_VERDICT, "risk is one of its entity's that verdicts confirm")

ENTITY = Column("entity", "string", "what kind of entity", required=True, values=("seller", "user", "creator", "order"))
ENTITY_ID = Column("entity_id", "string", "which one", required=True)


def _answered(answer: str, is_open: str, answered_at: str, asked_at: str) -> tuple[Rule, ...]:
    """Return the rules of an answer that follows later: it has a time, which lies between the question and today."""
    return (
        Rule(f"{answered_at} is empty while {answer} is open, and present afterwards",
             f"({is_open}) IS NULL OR ({is_open}) = ({answered_at} IS NULL)"),
        Rule(f"{answered_at} is not before {asked_at}",
             f"{answered_at} IS NULL OR {asked_at} IS NULL OR {answered_at} >= {asked_at}"),
        Rule(f"{answered_at} is not after the day of arrival",
             f"{answered_at} IS NULL OR {answered_at} < date_add(ds, 1)"),
    )


VERDICTS = Table(
    name="verdicts", key="verdict_id", event_time="decided_at",
    meaning="A decision that an entity did, or did not do, what it was suspected of.",
    quirks="Counts from the day it arrived. confirmed = false clears the entity of that risk, or "
           "takes an earlier confirmation back; the latest decision by a day is what was known. "
           "Most of the truth is never decided: no verdict is not innocence. Of two answers under one "
           "verdict_id on one day the later counts; at the same instant the one that clears.",
    prefer=("NOT confirmed",),
    columns=(
        Column("verdict_id", "string", "the decision", required=True),
        Column("decided_at", "timestamp", "when it was taken", required=True),
        ENTITY,
        ENTITY_ID,
        Column("risk", "string", "the risk area", required=True),
        Column("confirmed", "boolean", "false: cleared or reversed", required=True),
        Column("incident_from", "date", "first day of what was decided on"),
        Column("incident_to", "date", "last day of it"),
        Column("source", "string", "complaint, audit, chargeback, review, appeal"),
        Column("loss_cents", "bigint", "money lost, minor units"),
    ),
    rules=(
        IS_JUDGED,
        Rule("a confirmed incident has its first day", "NOT confirmed OR incident_from IS NOT NULL"),
        Rule("the incident ends on or after its first day",
             "incident_from IS NULL OR incident_to IS NULL OR incident_from <= incident_to"),
        Rule("the incident begins by the day of the decision",
             "incident_from IS NULL OR incident_from <= CAST(decided_at AS date)"),
        money("loss_cents"),
    ),
)

ACTIONS_TAKEN = Table(
    name="actions_taken", key="action_id", event_time="taken_at",
    meaning="What operations did about an entity, or did not do although it was asked for.",
    quirks="Some decisions are carried out days late, and some never: executed = false. decision_id is empty where an "
           "operator acted alone. risk is empty where the action is about the entity as a whole, as a closed account "
           "is: it then stands for each of the entity's risks. until is empty for a single act and for one without an "
           "end. operator_id is a person of the platform's staff. It is masked, because how people work is data about "
           "them and no step needs their names; its digest still counts them. accesses.operator_id is a seller's own "
           "account and stays.",
    columns=(
        Column("action_id", "string", "the action", required=True),
        Column("taken_at", "timestamp", "when it was carried out, or given up", required=True),
        Column("decision_id", "string", "the decision that asked for it"),
        ENTITY,
        ENTITY_ID,
        Column("risk", "string", "the risk area; empty: all of the entity's"),
        Column("action", "string", "what was done", required=True),
        Column("executed", "boolean", "false: asked for and not done", required=True),
        Column("until", "date", "last day on which it holds"),
        Column("operator_id", "string", "who did it", private=True),
    ),
    rules=(
        IS_DECLARED,
        Rule("the action ends on or after its day",
             "until IS NULL OR taken_at IS NULL OR until >= CAST(taken_at AS date)"),
    ),
)

OVERRIDES = Table(
    name="overrides", key="override_id", event_time="created_at", is_state=True,
    meaning="A person's word that policies shall leave an entity alone, or act on it, for some days.",
    quirks="Counts from the day it arrived, and on each day from from_day to until_day, both included. Every override "
           "ends: one without an end would outlive its reason. risk is empty where it is about all risks of the "
           "entity. `force` names its action; an exemption holds for every action, whatever its own `action` says. An "
           "entity that no table knows is kept and changes nothing. A changed override comes again under its "
           "override_id, with the time of the change as created_at; the latest arrival by a day is what holds. To end "
           "one early, deliver it with an earlier until_day. Of two states on one day the later counts; at the same "
           "instant the exemption, which disturbs nobody. author_id is masked as actions_taken.operator_id is. reason "
           "is prose and stays as it was written: names in it are not recognised, so write none.",
    prefer=("effect = 'exempt'",),
    columns=(
        Column("override_id", "string", "the override", required=True),
        Column("created_at", "timestamp", "when this state of it was written", required=True),
        ENTITY,
        ENTITY_ID,
        Column("risk", "string", "the risk area; empty: all of the entity's"),
        Column("effect", "string", "leave alone, or act", required=True, values=("exempt", "force")),
        Column("action", "string", "the action that is forced"),
        Column("from_day", "date", "first day on which it holds", required=True),
        Column("until_day", "date", "last day on which it holds", required=True),
        Column("reason", "string", "why, in the author's words", prose=True),
        Column("author_id", "string", "who wrote it", private=True),
    ),
    rules=(
        IS_DECLARED,
        Rule("the override ends on or after its first day",
             "from_day IS NULL OR until_day IS NULL OR from_day <= until_day"),
        Rule("a forced action is named", "effect IS NULL OR effect <> 'force' OR action IS NOT NULL"),
    ),
)

APPEALS = Table(
    name="appeals", key="appeal_id", event_time="filed_at", is_state=True,
    meaning="Somebody objects to an action, and what became of it.",
    quirks="upheld: the appeal was right and the action was wrong. An appeal arrives when it is filed, and again under "
           "its appeal_id when it is decided, often days later; the latest arrival by a day is what was known. Of two "
           "states on one day the decided one counts, then the later decision; at the same instant the upheld one. An "
           "appeal that is opened again has another appeal_id. action_id is empty where nobody noted the action.",
    prefer=("decided_at", "outcome = 'upheld'"),
    columns=(
        Column("appeal_id", "string", "the appeal", required=True),
        Column("filed_at", "timestamp", "when it was filed", required=True),
        ENTITY,
        ENTITY_ID,
        Column("action_id", "string", "the action objected to"),
        Column("outcome", "string", "how it ended so far", required=True, values=("upheld", "rejected", "open")),
        Column("decided_at", "timestamp", "when it was decided; empty: open"),
        Column("compensation_cents", "bigint", "paid for the wrong action, minor units"),
    ),
    rules=(
        *_answered("the appeal", "outcome = 'open'", "decided_at", "filed_at"),
        money("compensation_cents"),
    ),
)

REVIEW_SAMPLES = Table(
    name="review_samples", key="sample_id", event_time="drawn_at", is_state=True,
    meaning="A row that was drawn at random for a review, and what the reviewer found.",
    quirks="The one view of rows that no model chose: weighted by 1 / inclusion_probability, they stand for all rows. "
           "sample_id is the decision_id of the drawn row. A sample arrives when it is drawn, and again when it is "
           "answered; the latest arrival by a day is what was known. Of two states on one day the answered one "
           "counts, then the later answer; at the same instant the one that clears. A reviewer who is not sure leaves "
           "it open.",
    prefer=("reviewed_at", "NOT verdict"),
    columns=(
        Column("sample_id", "string", "the sample", required=True),
        Column("drawn_at", "timestamp", "when it was drawn", required=True),
        ENTITY,
        ENTITY_ID,
        Column("risk", "string", "the risk area", required=True),
        Column("inclusion_probability", "double", "how likely the row was to be drawn", required=True),
        Column("verdict", "boolean", "true: it did what it was suspected of; empty: open"),
        Column("reviewed_at", "timestamp", "when it was answered; empty: open"),
    ),
    rules=(
        IS_JUDGED,
        probability("inclusion_probability"),
        *_answered("the sample", "verdict IS NULL", "reviewed_at", "drawn_at"),
    ),
)

# Decisions and their evaluation read these. No feature does: a score would learn what an earlier policy did.
DECISION_INPUTS = (ACTIONS_TAKEN, OVERRIDES, APPEALS, REVIEW_SAMPLES)
