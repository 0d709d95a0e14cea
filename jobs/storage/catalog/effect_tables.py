"""Tables of effects: what interventions change, by experiments, and how frequent risks are, by random reviews."""

from jobs.storage.catalog.decision_tables import ENTITY, RISK
from jobs.storage.catalog.table import OutputColumn, OutputTable, Stage, ds

UNIT = "unit of the metric"
EARLY = "fewer than 100 units in the smaller arm, or the estimator has no sequence"
TEST = "the estimator is a test alone"
UNBOUNDED = "the estimator is a test alone, or the data set no limit"

EFFECT_DAILY = OutputTable(
    "effect_daily", "effect_daily", Stage.EFFECT, "estimate_effects",
    meaning="What the arms of each experiment change, by every estimator, as it is known by the day. Estimates.",
    grain="one row per day, experiment, metric, arm and estimator, from the first mature units on",
    key=("ds", "experiment", "metric", "arm", "estimator"),
    columns=(
        ds("the day by which rows had arrived"),
        OutputColumn("experiment", "string", "name of the experiment"),
        OutputColumn("experiment_version", "string", "hash of all that changes an assignment or an analysis"),
        OutputColumn("metric", "string", "what is counted of a unit over the window"),
        OutputColumn("party", "string", "whose money or trouble it is", values=("seller", "user", "platform")),
        OutputColumn("estimator", "string", "how the effect is estimated",
                     values=("difference of means", "adjusted", "winsorised, adjusted", "on the treated",
                             "on the controls", "per account", "wild bootstrap", "permutation", "ratio of sums",
                             "switchback, by block", "switchback, by block and day", "switchback, carry-over")),
        OutputColumn("arm", "string", "the arm that is compared with the control"),
        OutputColumn("effect", "double", "estimate: mean of the arm less that of the control", UNIT, TEST),
        OutputColumn("lo", "double", "lower end of the interval of 95 %, for one look", UNIT, UNBOUNDED),
        OutputColumn("hi", "double", "upper end", UNIT, UNBOUNDED),
        OutputColumn("p", "double", "p-value of no effect, for one look", "probability"),
        OutputColumn("seq_lo", "double", "lower end of the confidence sequence, for a look each day", UNIT, EARLY),
        OutputColumn("seq_hi", "double", "upper end", UNIT, EARLY),
        OutputColumn("units", "bigint", "units of both arms whose figures are final"),
        OutputColumn("clusters", "bigint", "how many of them were assigned independently"),
        OutputColumn("mature_share", "double", "share of the enrolled units whose figures are final", "share"),
        OutputColumn("variance_cut", "double", "share of the variance that the covariates take away; below 0 they "
                     "add to it", "", "the estimator has none to compare with"),
        OutputColumn("srm_p", "double", "p-value of the arms' counts against their shares", "probability"),
        OutputColumn("mde", "double", "effect that four of five such experiments would find", UNIT,
                     "the estimator has no t distribution"),
        OutputColumn("state", "string", "what all metrics say together",
                     values=("running", "ship", "stop", "blocked")),
        OutputColumn("run_id", "string", "the run that estimated it"),
    ),
    example="select experiment, metric, arm, estimator, round(effect) as effect, round(lo) as lo, round(hi) as hi, "
            "units, state from effect_daily where ds = (select max(ds) from effect_daily) order by all",
    optional="no experiment has mature units")

UNKNOWN = "no review is known"
NO_DESIGN = "no review is known, or no row of the risk is drawn from on the day"
NO_GUILTY = "no guilty row is known"

PREVALENCE_WEEKLY = OutputTable(
    "prevalence_weekly", "prevalence_weekly", Stage.EFFECT, "estimate_effects",
    meaning="How frequent each risk is, and how much of it the line had, by random reviews, as known by the day. "
            "Estimates. A row is an entity on a day that is not confirmed.",
    grain="one row per day, entity, risk and week with decisions of the last 13; and one of the 13 together",
    key=("ds", "week", "weeks", "entity", "risk"),
    columns=(
        ds("the day by which reviews had arrived"),
        OutputColumn("week", "date", "first day; the last week ends on `ds`, the one before 7 days earlier"),
        OutputColumn("weeks", "bigint", "1, or 13: the weeks together, because the reviews of one say little"),
        ENTITY, RISK,
        OutputColumn("population", "bigint", "rows that reviews were drawn from: scored and not confirmed"),
        OutputColumn("drawn", "bigint", "rows that were drawn"),
        OutputColumn("reviewed", "bigint", "drawn rows with an answer; open ones do not count"),
        OutputColumn("guilty", "bigint", "rows that their review found guilty"),
        OutputColumn("reviewed_share", "double", "answered share of the drawn rows", "share", "no row was drawn"),
        OutputColumn("effective_size", "double", "rows of equal weight that say as much as the answered ones (Kish)"),
        OutputColumn("prevalence_lo", "double", "lower end of the interval of 95 %: stratified score", "share",
                     NO_DESIGN),
        OutputColumn("prevalence", "double", "estimate: share of guilty rows (Hajek), cut to the interval", "share",
                     UNKNOWN),
        OutputColumn("prevalence_hi", "double", "upper end", "share", NO_DESIGN),
        OutputColumn("prevalence_ht", "double", "estimate: the same share by the population (Horvitz-Thompson), at "
                     "most 1", "share", UNKNOWN),
        OutputColumn("recall_lo", "double", "lower end of the interval of 95 %: exact, of effective rows", "share",
                     NO_GUILTY),
        OutputColumn("recall", "double", "estimate: share of guilty rows with a score of medium or above or an action, "
                     "on their day or earlier in the week", "share", NO_GUILTY),
        OutputColumn("recall_hi", "double", "upper end", "share", NO_GUILTY),
        OutputColumn("run_id", "string", "the run that estimated it"),
    ),
    example="select entity, risk, population, drawn, reviewed, guilty, round(prevalence_lo, 4) as lo, "
            "round(prevalence, 4) as prevalence, round(prevalence_hi, 4) as hi, round(recall, 2) as recall "
            "from prevalence_weekly where weeks = 13 and ds = (select max(ds) from prevalence_weekly) order by all",
    optional="no entity has scores")
