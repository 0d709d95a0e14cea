"""Let the line decide about a simulated marketplace that answers: weeks of nights, actions, and their consequences.

Simulates a first stretch, trains all models on it, and then repeats: simulate a week, compute its nights, and hand the
live decisions to the simulation, which carries them out from the next day on. Reads the policies. Writes the landing
folder, the lake, the models and the truth below VIGIL_HOME, which must have no tables, and the actions to
VIGIL_HOME/loop/actions.csv. Prints for each week what the actions prevented and cost. Run again in an empty home, it
gives the same figures. ENGINE=sail is the faster engine for it.
"""

import csv
import datetime as dt
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow.parquet as pq

from jobs import step
from jobs.errors import UserError
from jobs.runtime import arguments, console
from jobs.runtime.day_ranges import days_between
from jobs.settings import Settings, load_settings
from jobs.simulate import __main__ as simulate
from jobs.simulate.sizes import SIZES
from jobs.storage.lake import Lake
from jobs.training import registry
from jobs.training.models import MODELS

COLUMNS = ("ds", "entity", "entity_id", "action", "risk", "asked", "decision_id", "inclusion_probability")
DECISIONS = ("ds", "mode", "entity", "entity_id", "risk", "action", "suppressed_by", "sampled_with", "decision_id")
MONEY = ("loss_prevented_cents", "returned_loss_cents", "trade_lost_cents", "commission_lost_cents")
WATCH, REVIEW, HOLD, STOP, SAMPLE = "watch", "review", "hold", "stop", "sample"


def parse(argv: Sequence[str] | None = None):
    """Arguments of the study."""
    parser = arguments.parser(__doc__, ("--until", "--ds"))
    parser.add_argument("--weeks", type=int, default=8, help="how many weeks the policies decide")
    parser.add_argument("--history", type=int, default=90, help="days before the first of these weeks")
    parser.add_argument("--step", type=int, default=7, help="days between two deliveries of decisions; 1: every night")
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args, config = parse(argv), load_settings()
    if tables := Lake(config.lake).tables():
        raise UserError(f"{config.lake} has {len(tables)} tables; the loop begins in an empty home. "
                        "Name another one with VIGIL_HOME.")
    first = args.ds - dt.timedelta(days=7 * args.weeks - 1)
    actions = config.home / "loop" / "actions.csv"
    actions.parent.mkdir(parents=True, exist_ok=True)
    decided: list[dict] = []
    _write(actions, decided)
    day = first - dt.timedelta(days=1)
    _simulate(config, args, actions, None, day)
    with console.timed("training"):
        _run("dags.runner.run", "train", "--ds", str(day))
    _release_all(config)
    while day < args.ds:
        before, day = day, min(day + dt.timedelta(days=args.step), args.ds)
        days = days_between(before + dt.timedelta(days=1), day)
        _simulate(config, args, actions, before, day)
        _run("jobs.commands.backfill", "--from", str(days[0]), "--ds", str(day))
        decisions = Lake(config.lake).arrow("decision_daily", days).to_table(columns=list(DECISIONS))
        fresh = asked(decisions.to_pylist(), day)
        decided += fresh
        _write(actions, decided)
        console.log(_line(config, days, fresh))
    console.log(_line(config, days_between(first, args.ds), decided))


def asked(decisions: Sequence[dict], handed_over: dt.date) -> list[dict]:
    """Return the rows of an action file that live decisions ask for; of equal ones the latest.

    Args:
        decisions: rows of `decision_daily` of the days since the last delivery.
        handed_over: the day on which the simulation gets them, which becomes their `ds`.
    """
    rows: dict[tuple, dict] = {}
    live = [row for row in decisions if row["mode"] == "live"]
    for row in sorted(live, key=lambda row: (row["ds"], row["decision_id"])):
        kept = {"ds": handed_over, **{name: row[name] for name in ("entity", "entity_id", "risk", "decision_id")}}
        if row["suppressed_by"] is None and row["action"] != "none":
            word = world_action(row["entity"], row["action"])
            rows[row["entity"], row["entity_id"], row["risk"], row["action"]] = kept | {
                "action": word, "asked": row["action"]}
        if row["sampled_with"] is not None:
            rows[SAMPLE, row["decision_id"]] = kept | {"action": SAMPLE, "inclusion_probability": row["sampled_with"]}
    return list(rows.values())


def world_action(entity: str, action: str) -> str:
    """Return the simulation's action for an action of a ladder.

    | action of the ladder | entity | in the simulation |
    |---|---|---|
    | watch, watch_... | any | watch: no effect |
    | review, review_... | any | review: a person looks, and stops most of the guilty |
    | any other one | order | hold: the parcel waits |
    | any other one | seller, user, creator | stop: most of the volume ends on the next day |
    """
    for word in (WATCH, REVIEW):
        if action == word or action.startswith(f"{word}_"):
            return word
    return HOLD if entity == "order" else STOP


def _simulate(config: Settings, args, actions: Path, known: dt.date | None, day: dt.date) -> None:
    """Simulate all days so far, and land those after `known`: the earlier ones are the same to the byte."""
    landing = config.home / "loop" / "landing"
    days = args.history + 7 * args.weeks
    simulate.main(["--home", str(config.home), "--landing", str(landing), "--actions", str(actions),
                   "--until", str(args.ds), "--through", str(day), "--days", str(days), "--seed", str(args.seed),
                   "--size", args.size])
    for folder in landing.glob("*/ds=*"):
        if known is None or folder.name > f"ds={known}":
            shutil.copytree(folder, config.landing / folder.relative_to(landing))


def _run(module: str, *argv: str) -> None:
    """Run a command of the product as its users do.

    Raises:
        UserError: the command failed.
    """
    ended = subprocess.run([sys.executable, "-m", module, *argv], text=True, capture_output=True, check=False)
    if ended.returncode:
        lines = (ended.stdout + ended.stderr).strip().splitlines()[-8:]
        raise UserError(f"python -m {module} {' '.join(argv)} ended with {ended.returncode}: " + " / ".join(lines))


def _release_all(config: Settings) -> None:
    """Give the alias champion to each trained model without a champion: a loop needs scores, good or bad ones."""
    champions = registry.champion_versions(config)
    for model in MODELS:
        challenger = None if champions.get(model.name) else registry.load(config, model, "challenger")
        if challenger is not None:
            registry.promote(config, challenger)
            console.log(f"{model.name}: version {challenger.version} is champion of this loop without a release test")


def _write(path: Path, rows: Sequence[dict]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(rows)


def _line(config: Settings, days: Sequence[dt.date], rows: Sequence[dict]) -> str:
    """Return the figures of some days: actions asked for at their end, and the truth about earlier actions."""
    words = Counter(row["action"] for row in rows)
    truth = pq.read_table(config.home / "truth" / "prevented.parquet").to_pylist()
    sums = {name: sum(row[name] for row in truth if days[0] <= row["day"] <= days[-1]) for name in MONEY}
    return (f"{days[0]} to {days[-1]}: " + ", ".join(_counted(words)) + "; in units: " + ", ".join(
        f"{name.removesuffix('_cents').replace('_', ' ')} {cents / 100:,.0f}" for name, cents in sums.items()))


def _counted(words: Counter) -> Iterator[str]:
    for word in (STOP, HOLD, REVIEW, WATCH, SAMPLE):
        yield f"{words[word]} {word}"


if __name__ == "__main__":
    sys.exit(step.run(main))
