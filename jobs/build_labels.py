"""Label the weekly training rows of every risk with what verdicts told by then.

Reads verdicts and features; writes `<entity>_labels`, one partition a training day (`ds` is the cut
after which nothing was known), audited and committed here. A row says which part of the split it
belongs to; rows before the test are labelled with what was known when the test began. Run again, it
gives the same rows.
"""

import sys
from collections.abc import Sequence

from jobs import step
from jobs.engines.spark import session
from jobs.runtime import arguments, console
from jobs.settings import load_settings
from jobs.storage.lake import Lake
from jobs.training.label_tables import build_and_commit


def parse(argv: Sequence[str] | None = None):
    """Arguments of the step."""
    return arguments.parser(__doc__).parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    config = load_settings()
    lake = Lake(config.lake, args.run_id)
    if not lake.has("verdicts"):
        console.log(f"{args.ds}: no verdicts have ever arrived, so there is nothing to learn from")
        return
    lake.discard_staged()
    build_and_commit(session(config, args.run_id), lake, args.ds)


if __name__ == "__main__":
    sys.exit(step.run(main))
