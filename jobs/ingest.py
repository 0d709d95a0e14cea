"""Ingest landed rows as events: cast, validate and mask them, drop repetitions, quarantine rows that break a rule.

Reads the landing folder, or the SELECTs of VIGIL_SOURCES over VIGIL_RAW, for the requested days. It also reads every
earlier day of a table that was never ingested. Writes the event tables, `quarantine`, `repetitions` and `ingest_log`,
staged for `validate --stage events`, which commits them. Run again, a day gives the same rows; a day whose landed
files are unchanged is skipped. Rows in = kept + quarantined + dropped; else the step fails. A lake has one masking key
for all of its days.
"""

import sys
from collections.abc import Sequence

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


def parse(argv: Sequence[str] | None = None):
    """Return the arguments of the step."""
    return arguments.range_parser(__doc__).parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    config = load_settings()
    lake = Lake(config.lake, args.run_id)
    lake.discard_staged()
    requested = RequestedRange(arguments.days_of(args)[0], args.ds)
    with hide_values_in_errors(config, args.ds):
        if config.sources:
            selection, inventory = select_sources(session(config, args.run_id), config, lake, requested), None
        else:
            selection, inventory = select_landing(config, lake, requested)
        log_selection(selection, requested)
        if not selection.chosen:
            commit_gate.record_unchanged(lake, "events")
            return
        log_missing(config, lake, selection)
        ingest_tables(IngestRun(session(config, args.run_id), config, lake, masking_key.load_or_create_key(config),
                                selection.by_table, inventory))


if __name__ == "__main__":
    sys.exit(step.run(main))
