"""Say for every open after-sales case of a day who is responsible, how sure that is, and what to do about it.

Reads events, cases, outcomes, messages and listings that had arrived by the day, the champion of cases in MLflow, and
`policies/after_sales.toml`. Spark finds near copies of photos. Writes, audits and commits `case_attribution_daily`. Run
again, it gives the same rows. Without a champion nobody is held responsible, and every case goes to a person.
"""

import sys
from collections.abc import Sequence

from jobs import step
from jobs.after_sales.attribution_table import attribute_and_commit, warn_of_lost
from jobs.after_sales.image_copies import image_copies
from jobs.after_sales.policy import policy_version, read_resolution_policy
from jobs.after_sales.registered_model import champion
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
    policy = read_resolution_policy(config.policies)
    lake = Lake(config.lake, args.run_id)
    lake.discard_staged()
    model = champion(config)
    warn_of_lost(config, lake, model)
    attribute_and_commit(lake, arguments.days_of(args), image_copies(session(config, args.run_id), lake), policy,
                         policy_version(policy), model)


if __name__ == "__main__":
    sys.exit(step.run(main))
