"""Publish the day's risk tables: `<entity>_risk_daily` of sellers, users, creators and orders.

Reads the day's scores and the verdicts that had arrived by the day. Writes one row per entity with its largest risk,
level, confirmed risk, reasons and action, and one row per order that arrived on the day. Audits and commits the rows.
Run again, it gives the same rows. Readers see the old version of the day or the new one, never a mixture.
"""

import sys
from collections.abc import Sequence

from jobs import step
from jobs.decisions.risk_tables import publish
from jobs.engines.spark import session
from jobs.runtime import arguments
from jobs.settings import load_settings
from jobs.storage.lake import Lake


def parse(argv: Sequence[str] | None = None):
    """Arguments of the step."""
    return arguments.range_parser(__doc__).parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    config = load_settings()
    lake = Lake(config.lake, args.run_id)
    lake.discard_staged()
    publish(session(config, args.run_id), lake, arguments.days_of(args))


if __name__ == "__main__":
    sys.exit(step.run(main))
