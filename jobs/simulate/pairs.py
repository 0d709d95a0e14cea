"""Make the demo marketplace twice: with a table of actions, and without it; the actions are the only difference.

    python -m jobs.simulate.pairs --home var --until 2026-11-20 --size small --actions actions.csv

Reads the file of --actions. Writes LANDING and HOME/truth of the marketplace with the actions, and HOME/without_actions
with the same two folders of the marketplace without them. HOME/truth/prevented.parquet has the difference by day and
entity, and differences.parquet by event. Equal arguments give equal bytes. Files of the same days are overwritten.
"""

import time

from jobs.simulate import truth
from jobs.simulate.__main__ import checked, parser, simulate

WITHOUT = "without_actions"


def main(argv: list[str] | None = None) -> None:
    """Simulate both marketplaces, land their files, and write what the actions prevented."""
    began = time.perf_counter()
    arguments = checked(parser("jobs.simulate.pairs", __doc__.splitlines()[0], actions_required=True), argv)
    without = arguments.home / WITHOUT
    run, acted = simulate(arguments, without / "landing")
    first_day = run.world.first_day
    print(f"truth without actions: {truth.keep(without, run, first_day):,} incidents")
    print(f"truth: {truth.keep(arguments.home, run, first_day, acted):,} incidents")
    print(f"done in {time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    main()
