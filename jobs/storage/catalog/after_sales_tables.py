"""Tables of after-sales cases: who is responsible, what to do, and whether parties are treated alike."""

from jobs.storage.catalog.table import OutputColumn, OutputTable, Stage, ds

PARTIES = ("buyer", "seller", "carrier", "platform")
NO_MODEL = "no model of cases is the champion, or it knows no party"
ESTIMATED = "cents, estimated"
NOT_DECIDED = "the case is not decided"

CASE_ATTRIBUTION_DAILY = OutputTable(
    "case_attribution_daily", "case_attribution_daily", Stage.CASE, "attribute_cases",
    meaning="Every open case: who is responsible, how sure that is, what is missing, and what each way to resolve it "
            "is expected to cost.",
    grain="one row per day and open case", key=("ds", "case_id"),
    columns=(
        ds("the day as of which the case was open"),
        OutputColumn("case_id", "string", "the case"),
        OutputColumn("order_id", "string", "its order", null="the case names none"),
        OutputColumn("user_id", "string", "the buyer", null="nobody knows the buyer"),
        OutputColumn("seller_id", "string", "the seller", null="nobody knows the seller"),
        OutputColumn("kind", "string", "refund, return, dispute or cancellation"),
        OutputColumn("reason", "string", "what the buyer says", null="the case names none"),
        *(OutputColumn(f"share_{party}", "double", f"share of responsibility of the {party}; the four sum to 1",
                       "share", NO_MODEL) for party in PARTIES),
        OutputColumn("decided", "boolean", "whether the shares decide the case; else a person decides"),
        OutputColumn("responsible", "string", "the party that is responsible", null=NOT_DECIDED, values=PARTIES),
        OutputColumn("conformal_set", "array<string>", "the parties that cannot be ruled out"),
        OutputColumn("evidence", "array<struct<name: string, points_to: string, strength: string>>",
                     "the evidence that the case has"),
        OutputColumn("missing_evidence", "string", "the evidence whose arrival closed similar cases most often",
                     null="the case is decided, or none helped"),
        OutputColumn("recommendation", "string", "the option with the least expected cost"),
        OutputColumn("cost_by_option", "array<struct<option: string, cost_cents: double>>",
                     "expected cost of each option that is open, cents, estimated"),
        OutputColumn("expected_paid_lo", "double", "lower end of the 80 % interval of what will be paid", ESTIMATED,
                     NO_MODEL),
        OutputColumn("expected_paid", "double", "estimate: the median of what will be paid", ESTIMATED, NO_MODEL),
        OutputColumn("expected_paid_hi", "double", "upper end", ESTIMATED, NO_MODEL),
        OutputColumn("reasons", "array<struct<feature: string, meaning: string, value: double, contribution: double>>",
                     "what speaks most for the likeliest party, the strongest five"),
        OutputColumn("model_versions", "string", "the model that computed the shares", null=NO_MODEL),
        OutputColumn("policy_version", "string", "the policy behind the costs"),
        OutputColumn("run_id", "string", "the run that wrote it"),
    ),
    example="select responsible, decided, count(*) as cases from case_attribution_daily "
            "where ds = (select max(ds) from case_attribution_daily) group by all order by all",
    optional="no case is open")
