"""Tables of the ledger: where the money went."""

from jobs.storage.catalog.table import OutputColumn, OutputTable, Stage, ds

CENTS = "cents"
ESTIMATED = "cents, estimated"  # without a bound: a loss that is taken back later is below 0
ACCOUNTS = ("gross_loss", "reversed", "recovered", "paid_compensation", "review_cost", "unreported", "prevented",
            "prevented_assumed", "false_positive_friction", "holdout_cost")
PARTIES = ("buyer", "seller", "creator", "carrier", "platform")
NOT_BOOKED = "the entry is estimated"
BOOKED = "the entry is booked, or the estimate is withdrawn"
NONE = "there is no estimate"


def _estimates(name: str, meaning: str) -> tuple[OutputColumn, ...]:
    return (OutputColumn(f"{name}_lo", "double", "lower end of its interval of 80 %", ESTIMATED, NONE),
            OutputColumn(name, "double", f"estimate: {meaning}", ESTIMATED, NONE),
            OutputColumn(f"{name}_hi", "double", "upper end", ESTIMATED, NONE))


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
        *_estimates("net", "gross and unreported losses less recoveries, with what errors, reviews and holdouts cost"),
        OutputColumn("as_known_ds", "date", "the same day as `ds`"),
        OutputColumn("run_id", "string", "the run that wrote it"),
    ),
    example="select month, risk, borne_by, gross_cents, round(unreported) as unreported, round(net) as net "
            "from loss_monthly where ds = (select max(ds) from loss_monthly) order by all",
    optional="the ledger has no entry")
