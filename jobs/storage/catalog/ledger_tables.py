"""Tables of the ledger: where the money went, and how far the line got with what took it."""

from jobs.storage.catalog.decision_tables import RISK
from jobs.storage.catalog.table import OutputColumn, OutputTable, Stage, ds

CENTS = "cents"
ESTIMATED = "cents, estimated"  # without a bound: a loss that is taken back later is below 0
ACCOUNTS = ("gross_loss", "reversed", "recovered", "paid_compensation", "review_cost", "unreported", "prevented",
            "prevented_assumed", "false_positive_friction", "holdout_cost", "expected_compensation")
PARTIES = ("buyer", "seller", "creator", "carrier", "platform")
NOT_BOOKED = "the entry is estimated"
BOOKED = "the entry is booked, or the estimate is withdrawn"
NONE = "there is no estimate"
METRIC = "unit of the metric"
UNMEASURED = "nothing is measured"


def _interval(name: str, meaning: str, unit: str, null: str, level: str = "95 %") -> tuple[OutputColumn, ...]:
    return (OutputColumn(f"{name}_lo", "double", f"lower end of its interval of {level}", unit, null),
            OutputColumn(name, "double", f"estimate: {meaning}", unit, null),
            OutputColumn(f"{name}_hi", "double", "upper end", unit, null))


def _estimates(name: str, meaning: str) -> tuple[OutputColumn, ...]:
    return _interval(name, meaning, ESTIMATED, NONE, "80 %")


LOSS_LEDGER = OutputTable(
    "loss_ledger", "loss_ledger", Stage.LEDGER, "update_loss_ledger",
    meaning="Every change of the books, on the day on which it was known. No entry is ever edited. A booked entry has "
            "an amount, and a correction is a reversing entry. An estimated entry restates its key: the latest counts.",
    grain="one row per day and entry", key=("ds", "entry_id"),
    columns=(
        ds("the day on which it was booked"),
        OutputColumn("entry_id", "string", "digest of the day and the entry: the same in every run"),
        OutputColumn("account", "string", "what it is", values=ACCOUNTS),
        OutputColumn("incurred_ds", "date", "the first day of the loss; of an estimate the first day of its month"),
        OutputColumn("risk", "string", "the risk area", null="nobody knows it"),
        OutputColumn("entity", "string", "what kind of entity", null=NOT_BOOKED),
        OutputColumn("entity_id", "string", "which one", null=NOT_BOOKED),
        OutputColumn("borne_by", "string", "whose money it is", values=PARTIES),
        OutputColumn("amount_cents", "bigint", "booked money", CENTS, NOT_BOOKED),
        OutputColumn("estimate", "double", "estimated money", ESTIMATED, BOOKED),
        OutputColumn("lo", "double", "lower end of its interval of 80 %", ESTIMATED, BOOKED),
        OutputColumn("hi", "double", "upper end", ESTIMATED, BOOKED),
        OutputColumn("method", "string", "how the amount follows from its source"),
        OutputColumn("source_table", "string", "the table of the row behind it"),
        OutputColumn("source_id", "string", "its key", null=NOT_BOOKED),
        OutputColumn("policy_version", "string", "the policy behind it", null="it follows from no policy"),
        OutputColumn("experiment", "string", "the experiment behind it", null="it follows from no experiment"),
        OutputColumn("run_id", "string", "the run that wrote it"),
    ),
    example="select account, borne_by, sum(amount_cents) as cents from loss_ledger where amount_cents is not null "
            "group by all order by all",
    optional="nothing has changed in the books")

LOSS_MONTHLY = OutputTable(
    "loss_monthly", "loss_monthly", Stage.LEDGER, "update_loss_ledger",
    meaning="What each month has cost, by risk and by who bears it, as it is known by the day.",
    grain="one row per day, month, risk and party", key=("ds", "month", "risk", "borne_by"),
    columns=(
        ds("the day by which it is known (as_known_ds)"),
        OutputColumn("month", "date", "first day of the month in which the losses were incurred"),
        OutputColumn("risk", "string", "the risk area; `unknown` where no source says it"),
        OutputColumn("borne_by", "string", "whose money it is", values=PARTIES),
        OutputColumn("gross_cents", "bigint", "booked: confirmed losses less those that were taken back", CENTS),
        OutputColumn("recovered_cents", "bigint", "booked: what the guilty paid back", CENTS),
        OutputColumn("false_positive_direct_cents", "bigint", "booked: compensation of upheld appeals", CENTS),
        OutputColumn("review_cents", "bigint", "booked: minutes of reviews at their price", CENTS),
        *_estimates("unreported", "losses whose verdicts have not come yet"),
        *_estimates("prevented", "what actions stopped, by experiments alone"),
        *_estimates("prevented_assumed", "what policies assume that the other actions stopped; in no headline"),
        *_estimates("false_positive_friction", "what actions cost honest parties, as policies assume"),
        *_estimates("holdout", "what the holdouts of experiments cost"),
        *_estimates("expected_compensation", "what open cases that were opened in the month will be paid; no part of "
                    "`net`"),
        *_estimates("net", "gross and unreported losses less recoveries, with what errors, reviews and holdouts cost"),
        OutputColumn("as_known_ds", "date", "the same day as `ds`"),
        OutputColumn("run_id", "string", "the run that wrote it"),
    ),
    example="select month, risk, borne_by, gross_cents, round(unreported) as unreported, round(net) as net "
            "from loss_monthly where ds = (select max(ds) from loss_monthly) order by all",
    optional="the ledger has no entry")

STAGES = ("perceived", "identified", "intervened", "effective")
NOT_BOTH = "no incident reached both stages in this order"


def _stage(name: str, meaning: str) -> tuple[OutputColumn, ...]:
    return (OutputColumn(name, "bigint", f"incidents: {meaning}"),
            OutputColumn(f"{name}_cents", "bigint", "booked: their losses", CENTS))


def _days(stage: str, before: str) -> tuple[OutputColumn, ...]:
    return (OutputColumn(f"{stage}_days_median", "double", f"median of the days from {before} to {stage}", "days",
                         NOT_BOTH),
            OutputColumn(f"{stage}_days_p90", "double", "days within which nine of ten were", "days", NOT_BOTH))


GOVERNANCE_FUNNEL_DAILY = OutputTable(
    "governance_funnel_daily", "governance_funnel_daily", Stage.LEDGER, "update_loss_ledger",
    meaning="How far the line got with the incidents of the last 90 days that verdicts confirm: perceived, identified, "
            "intervened, effective, and before which stage their money is lost.",
    grain="one row per day, risk with a confirmed incident, and control point of its live actions; and one of `all`",
    key=("ds", "risk", "control_point"),
    columns=(
        ds("the day by which rows had arrived"), RISK,
        OutputColumn("control_point", "string", "where the actions take hold; `all` counts every action, and is no "
                     "sum, because an incident may have several"),
        OutputColumn("incidents", "bigint", "confirmed incidents that began within 90 days; those of an entity that "
                     "touch in time are one"),
        OutputColumn("lost_cents", "bigint", "booked: their losses. A loss under two risks counts once", CENTS),
        *_stage("perceived", "with a score of medium or above"),
        *_stage("identified", "with a live decision that wants an action, whatever suppressed it"),
        *_stage("intervened", "with an action that was carried out"),
        *_stage("effective", "that had no day after the action within the horizon"),
        OutputColumn("unsettled", "bigint", "incidents that would be effective, but horizon and delay of the risk have "
                     "not passed since the action"),
        OutputColumn("unscored", "bigint", "incidents while no row of the risk had a score, so that nothing could "
                     "be perceived"),
        OutputColumn("unscored_cents", "bigint", "booked: their losses, which leak before no stage", CENTS),
        *_days("perceived", "the first day of the incident"), *_days("identified", "perceived"),
        *_days("intervened", "identified"),
        *(OutputColumn(f"before_{stage}_cents", "bigint", f"booked losses, spread over the days: {meaning}", CENTS)
          for stage, meaning in (("perceived", "before any stage"), ("identified", "from then until identified"),
                                 ("intervened", "from then until intervened"), ("effective", "from the action on"))),
        OutputColumn("leaks_at", "string", "the stage before which most money is lost",
                     null="no money is lost while the risk has scores", values=STAGES),
        *_estimates("unreported", "losses of 13 weeks whose verdicts have not come yet; of the row `all`"),
        OutputColumn("run_id", "string", "the run that wrote it"),
    ),
    example="select risk, control_point, incidents, perceived, identified, intervened, effective, leaks_at "
            "from governance_funnel_daily where ds = (select max(ds) from governance_funnel_daily) order by all",
    optional="no verdict confirms an incident")

GOAL_DAILY = OutputTable(
    "goal_daily", "goal_daily", Stage.LEDGER, "update_loss_ledger",
    meaning="The state of each goal of the policies, as it is known by the day.",
    grain="one row per day and goal", key=("ds", "goal"),
    columns=(
        ds("the day by which it is known"),
        OutputColumn("goal", "string", "its name"),
        OutputColumn("goal_version", "string", "hash of what it asks for"),
        OutputColumn("metric", "string", "what is measured"),
        OutputColumn("risks", "string", "`entity/risk` with commas between them; `all`"),
        OutputColumn("owner", "string", "who answers for it"),
        OutputColumn("green", "double", "bound of green; below `red`, less is better", METRIC),
        OutputColumn("red", "double", "bound of red", METRIC),
        OutputColumn("due_ds", "date", "the day by which it shall be green"),
        OutputColumn("from_ds", "date", "first day that the metric is about"),
        OutputColumn("to_ds", "date", "last day"),
        OutputColumn("value", "double", "estimate of the metric", METRIC, UNMEASURED),
        OutputColumn("lo", "double", "lower end of its interval", METRIC, UNMEASURED),
        OutputColumn("hi", "double", "upper end", METRIC, UNMEASURED),
        OutputColumn("level", "double", "chance of the interval to hold the metric", "probability"),
        OutputColumn("state", "string", "of the estimate", values=("green", "amber", "red", "unknown")),
        OutputColumn("is_certain", "boolean", "whether the whole interval has the state"),
        OutputColumn("is_overdue", "boolean", "whether it was due, and is not green"),
        OutputColumn("unknown_because", "string", "why nothing is measured", null="the goal is measured"),
        OutputColumn("run_id", "string", "the run that wrote it"),
    ),
    example="select goal, owner, round(value, 4) as value, round(lo, 4) as lo, round(hi, 4) as hi, state, is_certain, "
            "due_ds from goal_daily where ds = (select max(ds) from goal_daily) order by all",
    optional="the policies have no goal")


DISPLACEMENT_WEEKLY = OutputTable(
    "displacement_weekly", "displacement_weekly", Stage.LEDGER, "update_loss_ledger",
    meaning="Where attacks of stopped units go: what their members lost less, and how much of it came back under new "
            "accounts on their identifiers, against the experiment's holdout, as known by the day. Estimates.",
    grain="one row per day, experiment, arm and week of enrolment with final units of the last 26; and one of the 26 "
          "together",
    key=("ds", "week", "weeks", "experiment", "arm"),
    columns=(
        ds("the day by which rows had arrived"),
        OutputColumn("week", "date", "first day on which units entered; the last week ends on `ds`"),
        OutputColumn("weeks", "bigint", "1, or 26: the weeks together"),
        OutputColumn("experiment", "string", "name of the experiment"),
        OutputColumn("experiment_version", "string", "hash of all that changes an assignment or an analysis"),
        OutputColumn("risk", "string", "the risk area of the experiment; `several` of more than one"),
        OutputColumn("arm", "string", "the arm that is compared with the holdout"),
        OutputColumn("metric", "string", "what is counted of a unit over the window: the primary metric if it is a "
                     "loss, else cases"),
        OutputColumn("treated", "bigint", "final units of the arm, in strata with two units of each arm"),
        OutputColumn("holdout", "bigint", "the same of the holdout"),
        OutputColumn("treated_back", "bigint", "treated units with a new account on an identifier of a member"),
        OutputColumn("holdout_back", "bigint", "the same of the holdout"),
        *_interval("success", "change of the losses of treated members; below 0 they lost less", METRIC,
                   "`undefined` says why"),
        *_interval("quotient", "change of the losses of new accounts, divided by `success`. At -0.4, 40 of 100 "
                   "prevented came back", "", "`undefined` says why"),
        *_interval("net_effect", "what members and new accounts lost less together", METRIC, "`undefined` says why"),
        *_interval("come_back", "share of treated units that came back, less that of the holdout", "",
                   "`undefined` says why"),
        OutputColumn("undefined", "string", "why a measure is null", null="none is"),
        OutputColumn("run_id", "string", "the run that wrote it"),
    ),
    example="select experiment, arm, treated, holdout, round(quotient_lo, 2) as lo, round(quotient, 2) as quotient, "
            "round(quotient_hi, 2) as hi, round(net_effect) as net_effect, undefined from displacement_weekly "
            "where weeks = 26 and ds = (select max(ds) from displacement_weekly) order by all",
    optional="no experiment with a holdout has final units")
