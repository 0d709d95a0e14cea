"""What the steps that follow the policies have in common: `decide`, `estimate_effects` and `update_loss_ledger`."""

import argparse
import datetime as dt
from collections.abc import Callable, Sequence

from jobs.decisions.policy_files import Policies, read_policies
from jobs.runtime import arguments
from jobs.settings import load_settings
from jobs.storage.lake import Lake


def commit_days(args: argparse.Namespace, commit: Callable[[Lake, Sequence[dt.date], Policies], None]) -> None:
    """Commit the tables of the days of a step's arguments, under the policies of the settings.

    The policies are read first, so that a mistake in them leaves what an earlier run has staged.

    Raises:
        UserError: the policies have mistakes.
    """
    config = load_settings()
    policies = read_policies(config.policies)
    lake = Lake(config.lake, args.run_id)
    lake.discard_staged()
    commit(lake, arguments.days_of(args), policies)
