"""Tables of after-sales cases: who is responsible, what to do, and whether parties are treated alike."""

from features.case.definitions import PARTIES
from jobs.storage.catalog.table import OutputColumn, OutputTable, Stage, ds

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
        OutputColumn("expected_paid_mean", "double", "estimate: the mean of what will be paid, which may lie outside "
                     "of the interval. Means of cases add up, medians do not", ESTIMATED, NO_MODEL),
        OutputColumn("reasons", "array<struct<feature: string, meaning: string, value: double, contribution: double>>",
                     "what speaks most for the likeliest party, the strongest five"),
        OutputColumn("model_versions", "string", "the model that computed the shares", null=NO_MODEL),
        OutputColumn("policy_version", "string", "the policy behind the costs"),
        OutputColumn("run_id", "string", "the run that wrote it"),
    ),
    example="select responsible, decided, count(*) as cases from case_attribution_daily "
            "where ds = (select max(ds) from case_attribution_daily) group by all order by all",
    optional="no case is open")

NO_INTERVAL = "nothing varies, or fewer than two sellers say it, or the test has none"
NO_GAP = "no other group has a case, or the test has none"
FAIRNESS_TESTS = ("gap", "equalised odds", "same evidence", "counterfactual swap", "proxies")

CASE_FAIRNESS_WEEKLY = OutputTable(
    "case_fairness_weekly", "case_fairness_weekly", Stage.FAIRNESS, "audit_cases",
    meaning="For whom decisions about cases err: measures by group with gaps to all others, by random second reviews, "
            "as known by the day, and three tests of unequal treatment. Estimates. See docs/fairness.md.",
    grain="one row per day, span of weeks, attribute, group, decider, metric and test",
    key=("ds", "week", "weeks", "attribute", "group", "decider", "metric", "test"),
    columns=(
        ds("the day by which decisions and reviews had arrived"),
        OutputColumn("week", "date", "first day; the last week ends on `ds`"),
        OutputColumn("weeks", "bigint", "1, or 13: the weeks together, because the reviews of one say little"),
        OutputColumn("attribute", "string", "what the groups are by, such as seller region"),
        OutputColumn("group", "string", "its name; of equalised odds that of the largest gap; of proxies all"),
        OutputColumn("decider", "string", "who decided: the desk at first, or the model; of proxies the features",
                     values=("desk", "model", "features")),
        OutputColumn("metric", "string", "what is measured; of proxies a feature"),
        OutputColumn("n", "bigint", "cases that the value is of"),
        OutputColumn("value", "double", "estimate: a share, the mean of hours, or the share of the attribute that a "
                     "feature tells", null="the group has no such case, or the test has gaps alone"),
        OutputColumn("lo", "double", "lower end of the interval of 95 %", null=NO_INTERVAL),
        OutputColumn("hi", "double", "upper end", null=NO_INTERVAL),
        OutputColumn("gap", "double", "estimate: the value less that of all other groups", null=NO_GAP),
        OutputColumn("gap_lo", "double", "lower end of the interval of 95 %, by sellers", null=NO_INTERVAL),
        OutputColumn("gap_hi", "double", "upper end", null=NO_INTERVAL),
        OutputColumn("q", "double", "p-value, corrected for all gaps and tests of the span (Benjamini and Hochberg); "
                     "of proxies for all features", "share", "no p-value exists"),
        OutputColumn("test", "string", "what the row tests", values=FAIRNESS_TESTS),
        OutputColumn("run_id", "string", "the run that measured it"),
    ),
    # `group` is a word of SQL, but not after the name of a table.
    example="select attribute, f.group, decider, metric, test, n, round(gap, 3) as gap, round(gap_lo, 3) as lo, "
            "round(gap_hi, 3) as hi, round(q, 4) as q from case_fairness_weekly f where weeks = 13 and "
            "test <> 'proxies' and ds = (select max(ds) from case_fairness_weekly) order by f.q, attribute, decider, "
            "metric, n limit 20",
    optional="no case is decided")
