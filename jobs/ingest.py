"""Land raw rows as clean events: cast, check, mask identifiers, drop repetitions, put bad rows aside.

Reads the landing folder, or the SELECTs of VIGIL_SOURCES over VIGIL_RAW, for the days asked for and for every
earlier day of a table that was never ingested. Writes the event tables, `quarantine`, `repetitions` and
`ingest_log`, staged for `validate --stage events`, which commits them. Run again, a day gives the
same rows; while its landed files are the same, it is skipped. Rows in = kept + quarantined +
dropped, or the step refuses. A lake keeps the key that its identifiers were masked with first.
"""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from jobs import step
from jobs.engines.spark import session
from jobs.ingestion import masking_key
from jobs.ingestion.day_selection import RequestedRange
from jobs.ingestion.event_tables import IngestRun, ingest_tables
from jobs.ingestion.ingest_days import log_missing, log_selection, select_landing, select_sources
from jobs.ingestion.sql_errors import hide_values_in_errors
from jobs.quality import commit_gate
from jobs.runtime import arguments
from jobs.settings import load_settings
from jobs.storage.lake import Lake

if TYPE_CHECKING:
    pass


def parse(argv: Sequence[str] | None = None):
    """Arguments of the step."""
    return arguments.range_parser(__doc__).parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    config = load_settings()
    lake = Lake(config.lake, args.run_id)
    lake.discard_staged()
    asked = RequestedRange(arguments.days_of(args)[0], args.ds)
    with hide_values_in_errors(config, args.ds):
        if config.sources:
            selection, inventory = select_sources(session(config, args.run_id), config, lake, asked), None
        else:
            selection, inventory = select_landing(config, lake, asked)
        log_selection(selection, asked)
        if not selection.chosen:
            commit_gate.record_unchanged(lake, "events")
            return
        log_missing(lake, selection)
        ingest_tables(IngestRun(session(config, args.run_id), config, lake, masking_key.load_or_create_key(config),
                                selection.by_table, inventory))


if __name__ == "__main__":
    sys.exit(step.run(main))
