"""Make the demo marketplace: its landing folder, as a platform would deliver it, and its ground truth.

    python -m jobs.simulate --home var --until 2026-11-20

Reads only the file of --actions. Writes LANDING/<table>/ds=<day>/part-0.<format> and HOME/truth/, which no job that
trains or scores reads. Equal arguments give equal bytes. Files of the same days are overwritten.
"""

import argparse
import time
from datetime import date
from pathlib import Path

import numpy as np

from jobs.simulate import (
    actions,
    data_faults,
    days,
    honest_lookalikes,
    landing,
    mistakes,
    registrations,
    truth,
    verdicts,
    world,
)
from jobs.simulate.attacks import ATTACKS, stolen_cards
from jobs.simulate.chargebacks import Chargebacks
from jobs.simulate.incidents import Incidents
from jobs.simulate.rows import Rows, count
from jobs.simulate.seeds import stream
from jobs.simulate.sizes import SIZES
from jobs.simulate.world import RISKS

SHORTEST = 30  # days: incidents begin in the second week, and verdicts follow weeks later
NAMES = tuple(name for names in RISKS.values() for name in names)


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse the arguments; `landing` is HOME/landing by default."""
    parser = argparse.ArgumentParser(prog="python -m jobs.simulate", description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path, required=True, help="folder that gets truth/ and landing/")
    parser.add_argument("--landing", type=Path, help="folder of the input tables (default: HOME/landing)")
    parser.add_argument("--until", type=date.fromisoformat, required=True, help="last day, YYYY-MM-DD")
    parser.add_argument("--days", type=int, default=90, help="how many days, the last one included")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--size", choices=SIZES, default="demo")
    parser.add_argument("--actions", type=Path, help="Parquet or CSV: ds, entity, entity_id, action (stop, watch)")
    parser.add_argument("--only", choices=(*NAMES, "none"), help="plant this risk alone")
    arguments = parser.parse_args(argv)
    if arguments.days < SHORTEST:
        parser.error(f"--days {arguments.days}: too few for any decision; give --days {SHORTEST}")
    arguments.landing = arguments.landing or arguments.home / "landing"
    return arguments


def prepare(arguments: argparse.Namespace) -> days.Run:
    """Return the marketplace before its first day: its entities, planned attacks and actions."""
    first_day = np.datetime64(arguments.until, "D") - (arguments.days - 1)
    marketplace = world.build(SIZES[arguments.size], first_day, arguments.days, arguments.seed)
    planted = NAMES if arguments.only is None else tuple(name for name in NAMES if name == arguments.only)
    attacks = {name: module for name, module in ATTACKS.items() if module.RISK in planted}
    incidents = Incidents(attacks)
    for name, module in attacks.items():
        rng = stream(arguments.seed, name)
        incidents.add(name, module.plan(rng, marketplace), rng)
    totals = {name: len(marketplace.of(name)["weight"]) for name in world.ENTITIES}
    planned_actions = actions.read(arguments.actions, first_day, arguments.days, totals) if arguments.actions else None
    effects = actions.Effects(marketplace, incidents, planned_actions)
    odd, desk = honest_lookalikes.plan(marketplace), verdicts.Desk(marketplace, incidents, effects)
    mistakes.plan(desk, odd, tuple(name for name in planted if name != stolen_cards.RISK))
    thefts = None
    if stolen_cards.RISK in planted:
        thefts = Chargebacks(marketplace, stolen_cards.plan(stream(arguments.seed, "stolen_cards"), marketplace))
    return days.Run(marketplace, odd, incidents, effects, desk, thefts, registrations.plan(marketplace))


def main(argv: list[str] | None = None) -> None:
    """Simulate all days, land their files, and log the result."""
    arguments, began = parse(argv), time.perf_counter()
    run = prepare(arguments)
    first_day = run.world.first_day
    print(f"{arguments.days} days from {first_day}, size {arguments.size}, seed {arguments.seed}", flush=True)
    faults, landed = data_faults.DeliveryFaults(arguments.seed, arguments.days), {}

    def land(table: str, rows: Rows, day: int) -> None:
        arrived = faults.deliver(table, rows, day)
        landing.land(arguments.landing, table, arrived, first_day, day)
        landed[table] = landed.get(table, 0) + count(arrived)

    for day in range(arguments.days):
        days.live(run, day, land)
    for table, size in landed.items():
        print(f"{table}: {size:,} rows as {landing.FORMATS[table]}")
    print(f"truth: {truth.keep(arguments.home, run, first_day):,} incidents")
    print(f"done in {time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    main()
