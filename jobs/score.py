"""Score every entity of the day with the champions, and add reason codes.

Reads `<entity>_features` and `<entity>_texts` of the day and the champions in MLflow. Writes `<entity>_scores` and
stages them; `validate --stage scores` commits them. Run again, it gives the same rows. The score of a risk without a
champion is null. A row with a score above `low` has reasons.
"""

import sys
from collections.abc import Sequence

from jobs import step
from jobs.engines.spark import session
from jobs.feature_store import freshness
from jobs.runtime import arguments
from jobs.scoring.predict import champions, score
from jobs.settings import load_settings
from jobs.storage.lake import Lake
from jobs.training.champions import require_known, warn_of_lost


def parse(argv: Sequence[str] | None = None):
    """Arguments of the step."""
    return arguments.range_parser(__doc__).parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    config = load_settings()
    lake = Lake(config.lake, args.run_id)
    require_known(config, lake)
    spark = session(config, args.run_id)
    lake.discard_staged()
    for entity in freshness.entities(lake):
        loaded = champions(config, entity)
        warn_of_lost(config, lake, entity, {c.model.name: c.version for c in loaded.values()})
        if days := freshness.days_with_rows(lake, entity, arguments.days_of(args)):
            score(spark, lake, entity, days, loaded)


if __name__ == "__main__":
    sys.exit(step.run(main))
