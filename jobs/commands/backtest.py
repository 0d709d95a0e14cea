"""Show what another policy would have done on past days, beside the live one or any other.

Reads kept scores, features and events of the days, verdicts and random reviews up to the last day that has arrived, the
policies, and for a second comparison today's champions. Writes `strategy_backtest` and, with --out, the page. Run
again, it gives the same rows.
"""

import datetime as dt
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from features.entities import FEATURE_SETS
from features.inputs.tables import REVIEW_SAMPLES
from jobs import step
from jobs.decisions import backtest, outcomes, strategy_comparison
from jobs.decisions.open_money import attach
from jobs.decisions.policy_files import Policies, Policy, read_policies, read_policy
from jobs.decisions.samples import answered_samples, segments
from jobs.decisions.scored_days import scored_days
from jobs.decisions.strategy_results import LIVE, Comparison, write
from jobs.ingestion import ingested_days
from jobs.reporting.backtest_page import page
from jobs.runtime import arguments, console
from jobs.scoring import predict
from jobs.settings import REPOSITORY, load_settings
from jobs.storage.lake import Lake
from jobs.storage.latest_state import stored_state
from jobs.storage.query import connect

KEPT, CHAMPION = "kept", "champion"


def parse(argv: Sequence[str] | None = None):
    """Arguments of the command."""
    parser = arguments.range_parser(__doc__)
    parser.add_argument("--policy", required=True, metavar="FILE.toml", help="the policy to try")
    parser.add_argument("--against", default=LIVE, metavar="FILE.toml|live", help="the other one (default: live)")
    parser.add_argument("--scores", choices=(KEPT, CHAMPION, "both"), default="both",
                        help="scores of each day as kept, by today's champions, or both")
    parser.add_argument("--out", type=Path, metavar="FILE.txt", help="write the page there too")
    parser.set_defaults(run_id=f"backtest-{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    config = load_settings()
    policies = read_policies(config.policies)
    candidate = read_policy(_file(args.policy))
    other = None if args.against == LIVE else read_policy(_file(args.against))
    lake = Lake(config.lake, args.run_id)
    days = scored_days(lake, candidate.entity, args.first or args.ds, args.ds)
    as_of = ingested_days.last_ingested_day(lake)
    results = []
    for kind in (KEPT, CHAMPION) if args.scores == "both" else (args.scores,):
        scores = None if kind == KEPT else _rescored(config, lake, candidate.entity, days)
        if scores == {}:
            console.log(f"{candidate.entity}: no champion, so the days are compared by their kept scores alone")
            continue
        results.append(compared(lake, days, as_of, policies, (candidate, other), kind, scores))
    write(lake, results)
    text = page(results)
    console.show(text)
    if args.out:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        args.out.write_text(text, encoding="utf-8")
        console.log(f"written: {args.out}")


def _file(name: str) -> Path:
    path = Path(name).expanduser()
    return path if path.is_absolute() or path.exists() else REPOSITORY / path


def compared(lake: Lake, days: Sequence[dt.date], as_of: dt.date, policies: Policies,
             pair: tuple[Policy, Policy | None], kind: str, scores: dict | None) -> Comparison:
    """Return the comparison of a policy with another one over some days."""
    candidate, other = pair
    with console.timed(f"{kind} scores, {len(days)} days"):
        mine, theirs = backtest.decisions(lake, days, policies, (candidate, other), candidate.queue, scores)
    samples = stored_state(lake, REVIEW_SAMPLES, as_of)
    split = segments(lake, FEATURE_SETS[candidate.entity], days)
    with connect() as db:
        attach(db, lake, as_of)
        known = outcomes.outcomes(db, backtest.keys((mine, theirs)), samples, as_of)
        by_side = strategy_comparison.sides(db, mine, theirs, known, answered_samples(lake, samples, days), split)
    rows = strategy_comparison.measured(by_side, strategy_comparison.segment_names(split))
    return Comparison(days, as_of, candidate, other, policies, kind, rows, {
        strategy_comparison.POLICY: backtest.days_over_capacity(mine),
        strategy_comparison.AGAINST: backtest.days_over_capacity(theirs)}, mine, theirs)


def _rescored(config, lake: Lake, entity: str, days: Sequence[dt.date]) -> dict[tuple[dt.date, str], pa.Table]:
    """Return the scores of each day by today's champions; empty without a champion of the entity."""
    champions = predict.champions(config, entity)
    if not champions:
        return {}
    predict.require_same_features(entity, days[-1], champions)
    return {(day, entity): predict.scores(predict.features_of(lake, entity, day), entity, day, champions)
            for day in days}


if __name__ == "__main__":
    sys.exit(step.run(main))
