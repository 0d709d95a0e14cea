"""Show what another policy would have done on past days, beside the live one or any other.

Reads kept scores, features and events of the days, verdicts and random reviews up to the last day that has arrived, the
policies, and for a second comparison today's champions. Writes `strategy_backtest` and, with --out, the page. Run
again, it gives the same rows.
"""

import argparse
import datetime as dt
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from features.entities import FEATURE_SETS
from jobs import step
from jobs.decisions import backtest, outcomes, row_facts, strategy_comparison
from jobs.decisions.backtest_arguments import policy_of_file, require_comparable
from jobs.decisions.open_money import attach
from jobs.decisions.policy_files import Policies, Policy, read_policies
from jobs.decisions.scored_days import scored_days
from jobs.decisions.strategy_comparison import AGAINST, POLICY
from jobs.decisions.strategy_results import CHAMPION, KEPT, LIVE, Comparison, write
from jobs.errors import UserError
from jobs.ingestion import ingested_days
from jobs.reporting.backtest_page import page
from jobs.reporting.page_files import require_writable
from jobs.runtime import arguments, console
from jobs.runtime.run_names import dated_run_name
from jobs.scoring import predict
from jobs.settings import Settings, load_settings
from jobs.storage.lake import Lake
from jobs.storage.query import connect

BOTH = "both"
Scores = Mapping[tuple[dt.date, str], pa.Table]


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Arguments of the command."""
    parser = arguments.range_parser(__doc__)
    parser.add_argument("--policy", required=True, metavar="FILE.toml", help="the policy to try")
    parser.add_argument("--against", default=LIVE, metavar="FILE.toml|live", help="the other one (default: live)")
    parser.add_argument("--scores", choices=(KEPT, CHAMPION, BOTH), default=BOTH,
                        help="scores of each day as kept, by today's champions, or both")
    parser.add_argument("--out", type=Path, metavar="FILE.txt", help="write the page there too")
    parser.set_defaults(run_id=dated_run_name("backtest"))
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    config = load_settings()
    policies = read_policies(config.policies)
    candidate = policy_of_file(args.policy)
    other = None if args.against == LIVE else policy_of_file(args.against)
    lake = Lake(config.lake, args.run_id)
    days = scored_days(lake, candidate.entity, arguments.days_of(args))
    require_comparable(candidate, other, policies, config.policies)
    if args.out:
        require_writable(args.out)
    as_of = ingested_days.last_ingested_day(lake)
    results = [compared(lake, days, as_of, policies, (candidate, other), kind, scores)
               for kind, scores in _scores(config, lake, args.scores, candidate.entity, days).items()]
    write(lake, results)
    text = page(results)
    console.show(text)
    if args.out:
        args.out.write_text(text, encoding="utf-8")
        console.log(f"written: {args.out}")


def compared(lake: Lake, days: Sequence[dt.date], as_of: dt.date, policies: Policies,
             pair: tuple[Policy, Policy | None], kind: str, scores: Scores | None) -> Comparison:
    """Return the comparison of a policy with another one over some days.

    Args:
        pair: the policy and the other one; None: the live policies.
        kind: kept or champion.
        scores: by day and entity, in the place of the kept ones; None: the kept ones.
    """
    candidate, other = pair
    with console.timed(f"{kind} scores, {len(days)} days"):
        decided = backtest.decisions(lake, days, policies, pair, scores)
        facts = row_facts.load(lake, FEATURE_SETS[candidate.entity], days, as_of)
        with connect() as db:
            attach(db, lake, as_of)
            acting = [strategy_comparison.acting(of_side) for of_side in decided]
            known = [strategy_comparison.with_facts(
                db, acts, outcomes.outcomes(db, acts, facts, as_of), facts.drawn, facts.segments) for acts in acting]
            by_side = strategy_comparison.sides(db, *known)
        rows = strategy_comparison.measured(by_side, strategy_comparison.segment_names(facts.segments))
    return Comparison(days, as_of, candidate, other, policies, kind, rows,
                      {side: backtest.days_over_capacity(of_side) for side, of_side in zip((POLICY, AGAINST), decided)})


def _scores(config: Settings, lake: Lake, asked: str, entity: str,
            days: Sequence[dt.date]) -> dict[str, Scores | None]:
    """Return the scores of each kind that was asked for; None for the kept ones.

    Raises:
        UserError: champions alone are asked for, and none can score the days.
    """
    if asked == KEPT:
        return {KEPT: None}
    try:
        rescored = {CHAMPION: _rescored(config, lake, entity, days)}
    except UserError as error:
        if asked == CHAMPION:
            raise
        console.log(f"compared by kept scores alone. {error}")
        return {KEPT: None}
    return rescored if asked == CHAMPION else {KEPT: None, **rescored}


def _rescored(config: Settings, lake: Lake, entity: str, days: Sequence[dt.date]) -> Scores:
    """Return the scores of each day by today's champions."""
    champions = predict.champions(config, entity)
    if not champions:
        raise UserError(f"{entity}: no champion. Expected one to score past days with: make train")
    predict.require_same_features(entity, days[-1], champions)
    with console.timed(f"scores by today's champions, {len(days)} days"):
        return {(day, entity): predict.scores(predict.features_of(lake, entity, day), entity, day, champions)
                for day in days}


if __name__ == "__main__":
    sys.exit(step.run(main))
