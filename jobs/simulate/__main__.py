"""Make the demo marketplace: the landing folder, as a platform would deliver it, and the truth apart.

    python -m jobs.simulate --home var --until 2026-11-20

Reads nothing. Writes LANDING/<table>/ds=<day>/part-0.<format> and HOME/truth/incidents.parquet, which no
job reads. The same arguments give the same bytes; files of the same days are overwritten.
"""

import argparse
import time
from datetime import date
from pathlib import Path

import numpy as np

from jobs.simulate import history, landing, mess, rhythm, world
from jobs.simulate.seeds import streams

SHORTEST = 30  # days: incidents begin in the second week, and are decided weeks later


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    """The arguments; `landing` is HOME/landing where it was not given."""
    parser = argparse.ArgumentParser(prog="python -m jobs.simulate", description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path, required=True, help="folder that gets truth/ and landing/")
    parser.add_argument("--landing", type=Path, help="folder of the input tables (default: HOME/landing)")
    parser.add_argument("--until", type=date.fromisoformat, required=True, help="last day, YYYY-MM-DD")
    parser.add_argument("--days", type=int, default=90, help="how many days, the last one included")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--size", choices=world.SIZES, default="demo")
    arguments = parser.parse_args(argv)
    if arguments.days < SHORTEST:
        parser.error(f"--days {arguments.days}: too few for any decision; give --days {SHORTEST}")
    arguments.landing = arguments.landing or arguments.home / "landing"
    return arguments


def main(argv: list[str] | None = None) -> None:
    """Simulate, land and say what was landed."""
    arguments, began = parse(argv), time.perf_counter()
    first_day = np.datetime64(arguments.until, "D") - (arguments.days - 1)
    calendar = rhythm.dates(first_day, arguments.days)
    print(f"{arguments.days} days from {first_day}, size {arguments.size}, seed {arguments.seed}", flush=True)
    size = world.SIZES[arguments.size]
    events, incidents = history.tell(size, first_day, arguments.days, arguments.seed)
    rng = streams(arguments.seed)["mess"]
    for table, form in landing.FORMATS.items():
        landed = mess.deliver(rng, table, events[table], arguments.days)
        landing.land(arguments.landing, table, landed, calendar)
        broken = int((landed["flaw"] > 0).sum())
        print(f"{table}: {len(landed):,} rows as {form}, {broken} of them broken", flush=True)
    landing.keep_truth(arguments.home, incidents, first_day)
    print(f"truth: {len(incidents):,} incidents")
    print(f"done in {time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    main()
