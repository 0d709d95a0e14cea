"""Show the smallest effect that an experiment could see, from past days that are assigned again and again.

Reads decisions, scores, features and events of the days and the experiment of the policies. Writes nothing. Run again,
it prints the same figures.
"""

import argparse
import datetime as dt
import sys
from collections.abc import Sequence

import pyarrow.compute as pc

from jobs import step
from jobs.decisions.experiment_files import Experiment
from jobs.decisions.experiment_metrics import ARRIVES
from jobs.decisions.policy_files import Policies, read_policies
from jobs.effects import rehashed_history
from jobs.effects.rehashed_history import Spread
from jobs.errors import UserError
from jobs.ingestion.ingested_days import last_ingested_day
from jobs.runtime import console
from jobs.settings import load_settings
from jobs.storage import catalog
from jobs.storage.lake import Lake

DAYS, HASHES, FEWEST = 60, 1_000, 20


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Arguments of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--experiment", required=True, metavar="NAME", help="a file of policies/experiments/")
    parser.add_argument("--to", type=dt.date.fromisoformat, metavar="YYYY-MM-DD",
                        help="the last day of enrolment (default: the last one with decisions)")
    parser.add_argument("--days", type=int, default=DAYS, help=f"days of enrolment (default: {DAYS})")
    parser.add_argument("--hashes", type=int, default=HASHES, help=f"other salts (default: {HASHES:,})")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    config = load_settings()
    policies, lake = read_policies(config.policies), Lake(config.lake)
    experiment = _named(policies, args.experiment)
    days = _days(lake, args.to, args.days)
    as_of = last_ingested_day(lake)
    experiment = rehashed_history.as_if_live(experiment, days)
    with console.timed(f"{experiment.name}: who would have entered on {len(days)} days"):
        units = rehashed_history.history(lake, experiment, policies, days)
        counted = rehashed_history.counted(lake, experiment, units, as_of)
    mature = int(pc.sum(counted["mature"]).as_py() or 0)
    if mature < FEWEST:
        raise UserError(
            f"{experiment.name}: {len(units)} units would have entered from {days[0]} to {days[-1]}, and the figures "
            f"of {mature} are final on {as_of}. Expected {FEWEST} at least, of {experiment.window_days} days and "
            f"{ARRIVES[experiment.metric]} more. Decide earlier days with: make backfill "
            f"FROM={_final(experiment, as_of) - dt.timedelta(days=args.days)} TO={_final(experiment, as_of)}")
    console.log(f"{len(units)} units would have entered from {days[0]} to {days[-1]}; the figures of {mature} are "
                f"final. {experiment.metric}: {_mean(counted):,.1f} a unit")
    for arm in (each.name for each in experiment.arms if each.name != experiment.control):
        console.show(page(experiment, arm, rehashed_history.spreads(experiment, units, counted, arm, args.hashes)))


def page(experiment: Experiment, arm: str, spreads: Sequence[Spread]) -> str:
    """Return what each estimator would see, as a table."""
    head = f"{arm} less {experiment.control}, {experiment.metric} a unit"
    lines = [head, f"  {'estimator':<24}{'error':>12}{'smallest effect':>18}{'rejected':>11}{'uniform p':>12}"]
    lines += [f"  {each.estimator:<24}{each.error:>12,.1f}{each.smallest:>18,.1f}{each.rejected:>11.1%}"
              f"{each.uniform_p:>12.3f}" for each in spreads]
    return "\n".join(lines) + "\n"


def _named(policies: Policies, name: str) -> Experiment:
    found = {experiment.name: experiment for experiment in policies.experiments}
    if name not in found:
        raise UserError(f"{name}: no such experiment, expected one of {', '.join(found) or 'none'}. "
                        "make policies shows all of them")
    if found[name].is_switchback:
        raise UserError(f"{name}: a switchback deals arms to regions, and past days say too little of so few. Expected "
                        "an experiment whose unit is an account or a group")
    return found[name]


def _days(lake: Lake, last: dt.date | None, count: int) -> list[dt.date]:
    table = catalog.DECISION_DAILY.name
    days = [day for day in (lake.days(table) if lake.has(table) else []) if last is None or day <= last]
    if not days:
        raise UserError(f"{table}: no day with decisions{f' by {last}' if last else ''}. Expected nights to have run: "
                        "make nightly, or make backfill FROM= TO=")
    return [day for day in days if day > days[-1] - dt.timedelta(days=count)]


def _final(experiment: Experiment, as_of: dt.date) -> dt.date:
    """Return the last day of enrolment whose figures are final."""
    return as_of - dt.timedelta(days=experiment.window_days + ARRIVES[experiment.metric])


def _mean(counted) -> float:
    return pc.mean(counted.filter(counted["mature"])["value"]).as_py()


if __name__ == "__main__":
    sys.exit(step.run(main))
