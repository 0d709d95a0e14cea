"""Make the demo marketplace: its landing folder, as a platform would deliver it, and its ground truth.

    python -m jobs.simulate --home var --until 2026-11-20

Reads only the file of --actions. Writes LANDING/<table>/ds=<day>/part-0.<format> and HOME/truth/, which no job that
trains or scores reads. Equal arguments give equal bytes. Files of the same days are overwritten. The module
`jobs.simulate.pairs` has the marketplace with and without the actions.
"""

import argparse
import time
from datetime import date
from pathlib import Path

import numpy as np

from jobs.simulate import (
    action_files,
    actions,
    days,
    honest_lookalikes,
    landing,
    mistakes,
    registrations,
    truth,
    verdicts,
    world,
)
from jobs.simulate.acted_world import ActedWorld
from jobs.simulate.after_sales.desk import DeskConduct
from jobs.simulate.attacks import ATTACKS, stolen_cards
from jobs.simulate.chargebacks import Chargebacks
from jobs.simulate.incidents import Incidents
from jobs.simulate.operations import Conduct
from jobs.simulate.seeds import stream
from jobs.simulate.sizes import SIZES
from jobs.simulate.world import RISKS

SHORTEST = 30  # days: incidents begin in the second week, and verdicts follow weeks later
NAMES = tuple(name for names in RISKS.values() for name in names)


def parser(module: str, what: str, actions_required: bool = False) -> argparse.ArgumentParser:
    """Return the parser of the arguments that all runnable files of the simulation share."""
    shared = argparse.ArgumentParser(prog=f"python -m {module}", description=what)
    shared.add_argument("--home", type=Path, required=True, help="folder that gets truth/ and landing/")
    shared.add_argument("--landing", type=Path, help="folder of the input tables (default: HOME/landing)")
    shared.add_argument("--until", type=date.fromisoformat, required=True, help="last day, YYYY-MM-DD")
    shared.add_argument("--through", type=date.fromisoformat, help="simulate no later day (default: --until)")
    shared.add_argument("--days", type=int, default=90, help="how many days, the last one included")
    shared.add_argument("--seed", type=int, default=7)
    shared.add_argument("--size", choices=SIZES, default="demo")
    shared.add_argument("--actions", type=Path, required=actions_required,
                        help=f"Parquet or CSV: ds, entity, entity_id, action ({', '.join(action_files.WORDS)})")
    shared.add_argument("--late", type=float, default=Conduct.late, help="share of actions that are carried out late")
    shared.add_argument("--never", type=float, default=Conduct.never, help="share of actions never carried out")
    shared.add_argument("--samples-right", type=float, default=Conduct.sample_right,
                        help="share of right answers to random samples")
    shared.add_argument("--desk-bias", type=float, default=DeskConduct.desk_bias,
                        help="how much more often the after-sales desk blames small sellers of islands")
    shared.add_argument("--second-reviews", type=float, default=DeskConduct.second_reviews,
                        help="share of cases with a second review")
    shared.add_argument("--only", choices=(*NAMES, "none"), help="plant this risk alone")
    return shared


def checked(shared: argparse.ArgumentParser, argv: list[str] | None) -> argparse.Namespace:
    """Parse the arguments; `landing` is HOME/landing by default."""
    arguments = shared.parse_args(argv)
    if arguments.days < SHORTEST:
        shared.error(f"--days {arguments.days}: too few for any decision; give --days {SHORTEST}")
    for name in ("late", "never", "samples_right", "desk_bias", "second_reviews"):
        if not 0 <= getattr(arguments, name) <= 1:
            shared.error(f"--{name.replace('_', '-')} {getattr(arguments, name)}: expected a share from 0 to 1")
    arguments.landing = arguments.landing or arguments.home / "landing"
    arguments.through = arguments.through or arguments.until
    if not 0 <= (arguments.until - arguments.through).days < arguments.days:
        shared.error(f"--through {arguments.through}: expected one of the {arguments.days} days to {arguments.until}")
    return arguments


def prepare(arguments: argparse.Namespace) -> days.Run:
    """Return the marketplace before its first day: its entities and planned attacks."""
    first_day = np.datetime64(arguments.until, "D") - (arguments.days - 1)
    marketplace = world.build(SIZES[arguments.size], first_day, arguments.days, arguments.seed)
    planted = NAMES if arguments.only is None else tuple(name for name in NAMES if name == arguments.only)
    attacks = {name: module for name, module in ATTACKS.items() if module.RISK in planted}
    incidents = Incidents(attacks)
    for name, module in attacks.items():
        rng = stream(arguments.seed, name)
        incidents.add(name, module.plan(rng, marketplace), rng)
    effects = actions.Effects(marketplace, incidents)
    odd, desk = honest_lookalikes.plan(marketplace), verdicts.Desk(marketplace, incidents, effects)
    mistakes.plan(desk, odd, tuple(name for name in planted if name != stolen_cards.RISK))
    thefts = None
    if stolen_cards.RISK in planted:
        thefts = Chargebacks(marketplace, stolen_cards.plan(stream(arguments.seed, "stolen_cards"), marketplace))
    conduct = DeskConduct(arguments.desk_bias, arguments.second_reviews)
    return days.Run(marketplace, odd, incidents, effects, desk, thefts, registrations.plan(marketplace),
                    conduct=conduct)


def simulate(arguments: argparse.Namespace, without_actions: Path | None) -> tuple[days.Run, ActedWorld | None]:
    """Simulate all days and land their files.

    Args:
        without_actions: landing folder of the marketplace without actions; None to leave it out.
    """
    run, acted = prepare(arguments), None
    first_day = run.world.first_day
    print(f"{arguments.days} days from {first_day}, size {arguments.size}, seed {arguments.seed}", flush=True)
    deliveries = landing.Deliveries(arguments.seed, arguments.days, first_day,
                                    arguments.landing if arguments.actions else None, without_actions)
    if arguments.actions:
        totals = {name: len(run.world.of(name)["weight"]) for name in world.ENTITIES}
        asked = action_files.read(arguments.actions, first_day, arguments.days, totals)
        conduct = Conduct(late=arguments.late, never=arguments.never, sample_right=arguments.samples_right)
        acted = ActedWorld(run, asked, conduct, deliveries.land_added)
    for day in range(arguments.days - (arguments.until - arguments.through).days):
        if acted:
            acted.begin(day)
        days.live(run, day, deliveries.land)
        if acted:
            acted.end(day)
        deliveries.write(day)
    for table, size in deliveries.landed.items():
        print(f"{table}: {size:,} rows as {landing.FORMATS[table]}")
    return run, acted


def main(argv: list[str] | None = None) -> None:
    """Simulate all days, land their files, and log the result."""
    arguments, began = checked(parser("jobs.simulate", __doc__.splitlines()[0]), argv), time.perf_counter()
    run, acted = simulate(arguments, None if arguments.actions else arguments.landing)
    print(f"truth: {truth.keep(arguments.home, run, run.world.first_day, acted):,} incidents")
    print(f"done in {time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    main()
