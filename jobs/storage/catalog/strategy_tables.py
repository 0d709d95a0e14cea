"""Tables of strategies: what another policy would have done, and what could be had."""

from jobs.storage.catalog.table import OutputColumn, OutputTable, Stage, ds

CENTS = "cents"
PARTIES = ("seller", "user", "creator", "platform")


def _estimate(name: str, meaning: str, null: str = "") -> OutputColumn:
    return OutputColumn(name, "double", f"estimate: {meaning}", CENTS, null)


FRICTION = tuple(_estimate(f"friction_{party}_cents", f"what the actions cost honest parties, {party}")
                 for party in PARTIES)
TOO_FEW = "the effective sample size is below 100"

STRATEGY_BACKTEST = OutputTable(
    "strategy_backtest", "strategy_backtest", Stage.STRATEGY, "commands.backtest",
    meaning="A policy over past days beside another one: who is acted on, what is caught, whom it disturbs.",
    grain="one row per last day, policy, other policy, first day, scores, segment and side",
    key=("ds", "policy_version", "against_version", "first_day", "scores", "segment_by", "segment", "side"),
    columns=(
        ds("the last day of the back-test"),
        OutputColumn("first_day", "date", "the first day"),
        OutputColumn("as_of", "date", "the day by which verdicts had arrived"),
        OutputColumn("policy", "string", "name of the policy"),
        OutputColumn("policy_version", "string", "its version"),
        OutputColumn("against", "string", "name of the other one, or live"),
        OutputColumn("against_version", "string", "its version"),
        OutputColumn("scores", "string", "scores of the day as kept, or of today's champion",
                     values=("kept", "champion")),
        OutputColumn("segment_by", "string", "the column of the segment; all: every row"),
        OutputColumn("segment", "string", "its value; none: the entity has none"),
        OutputColumn("side", "string", "rows on which the policy acts, or the other one, or one of both alone",
                     values=("policy", "against", "newly acted", "released")),
        OutputColumn("days", "bigint", "days with scores"),
        OutputColumn("rows", "bigint", "decisions that act"),
        OutputColumn("entities", "bigint", "different entities among them"),
        OutputColumn("guilty_rows", "bigint", "rows with a confirmed incident in their horizon"),
        OutputColumn("innocent_rows", "bigint", "rows that a verdict or a random review has cleared"),
        OutputColumn("unknown_rows", "bigint", "rows of mature labels without either"),
        OutputColumn("unsettled_rows", "bigint", "rows whose verdicts may still come; no part of the bounds"),
        _estimate("caught_lower_cents", "loss caught if every unknown row is honest"),
        _estimate("caught_upper_cents", "loss caught if every unknown row is guilty"),
        _estimate("caught_lo_cents", "lower end of the interval of 95 % around the lower bound"),
        _estimate("caught_hi_cents", "upper end of the interval of 95 % around the upper bound"),
        _estimate("caught_sampled_cents", "loss caught, from random reviews", TOO_FEW),
        _estimate("caught_sampled_lo_cents", "lower end of its interval of 95 %", TOO_FEW),
        _estimate("caught_sampled_hi_cents", "upper end of its interval of 95 %", TOO_FEW),
        OutputColumn("effective_samples", "double", "effective sample size of the answered random reviews (Kish)"),
        _estimate("caught_expected_cents", "loss caught if the scores are right"),
        OutputColumn("honest_expected", "double", "estimate: honest rows among them if the scores are right"),
        *FRICTION,
        OutputColumn("minutes", "double", "reviewer minutes", "minutes"),
        OutputColumn("days_over_capacity", "bigint", "days on which a row got no action for want of minutes",
                     null="the row is about a segment, or about rows of one side alone"),
        OutputColumn("run_id", "string", "the run"),
    ),
    example="select side, b.rows, guilty_rows, unknown_rows, caught_lo_cents, caught_hi_cents from strategy_backtest b "
            "where segment_by = 'all' order by ds desc, side limit 8",
    optional="nobody has back-tested a policy")

STRATEGY_FRONTIER = OutputTable(
    "strategy_frontier", "strategy_frontier", Stage.STRATEGY, "commands.frontier",
    meaning="What can be had: expected loss stopped against friction and minutes, over prices and weights of parties.",
    grain="one row per last day, first day, entity, mode, policy, price of a minute and weights",
    key=("ds", "first_day", "entity", "mode", "policy", "price_cents_a_minute",
         *(f"weight_{party}" for party in PARTIES)),
    columns=(
        ds("the last day of the scores"),
        OutputColumn("first_day", "date", "the first day"),
        OutputColumn("entity", "string", "what kind of entity"),
        OutputColumn("mode", "string", "what the row is: a point of the frontier, the live policies, or a shadow "
                     "policy in the place of the live one", values=("frontier", "live", "shadow")),
        OutputColumn("policy", "string", "name of the shadow policy, or `live`, whose ladders the frontier has too"),
        OutputColumn("price_cents_a_minute", "double", "price of a minute at which rows choose; -1: minutes have a "
                     "limit instead", "cents a minute"),
        *(OutputColumn(f"weight_{party}", "double", f"how much a cent of friction of the {party} counts against a cent "
                       "of loss") for party in PARTIES),
        OutputColumn("rows", "bigint", "decisions that act"),
        OutputColumn("minutes_a_day", "double", "reviewer minutes a day", "minutes"),
        _estimate("prevented_cents", "loss stopped"),
        _estimate("prevented_lo_cents", "lower end of its interval of 95 %, by a bootstrap of entities"),
        _estimate("prevented_hi_cents", "upper end of it"),
        *FRICTION,
        OutputColumn("friction_lo_cents", "double", "estimate: lower end of the interval of all friction", CENTS),
        OutputColumn("friction_hi_cents", "double", "estimate: upper end of it", CENTS),
        OutputColumn("run_id", "string", "the run"),
    ),
    example="select price_cents_a_minute, weight_user, minutes_a_day, prevented_cents from strategy_frontier "
            "where mode = 'frontier' order by ds desc, price_cents_a_minute, weight_user limit 10",
    optional="nobody has drawn a frontier")
