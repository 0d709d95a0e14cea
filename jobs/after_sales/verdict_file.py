"""Verdicts on cases that somebody else gave, from a file."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from features.case.evidence import PARTIES
from jobs.after_sales.closed_case_evidence import UNDETERMINED
from jobs.errors import UserError
from jobs.storage.outside_file import OutsideFile, opened, quoted

REQUIRED = ("case_id", "responsible")
WORDS = ("VARCHAR",)  # an id such as 007 stays as it is


@dataclass(frozen=True)
class Verdict:
    """One verdict.

    Attributes:
        responsible: one of PARTIES; "undetermined" for an abstention.
        evidence: names that it cites. swapped: the variant of a case whose groups were swapped; "" as it is.
        as_of: the day of the dossier; None where the file does not say.
    """

    case_id: str
    responsible: str
    evidence: tuple[str, ...]
    swapped: str
    as_of: dt.date | None


def read_verdicts(path: Path) -> tuple[list[Verdict], bool]:
    """Return the verdicts in the order of the file, and whether it has a column of evidence.

    Args:
        path: CSV, JSON lines or Parquet with the columns case_id and responsible, and perhaps evidence (a list, or
            names with ; between them), swapped and as_of. An empty `responsible` is an abstention.

    Raises:
        UserError: the file cannot be read, lacks a column, or has a verdict without a case or of another party.
    """
    with opened(path, "a row a verdict", WORDS) as file:
        file.require_columns(REQUIRED)
        rows = file.db.sql(f"SELECT {_columns(file)} FROM outside").fetchall()
    words = sorted({party for _, party, *_ in rows} - {*PARTIES, UNDETERMINED})
    if words:
        more = " and more" if len(words) > 4 else ""
        raise UserError(f"{path}: responsible is {', '.join(words[:4])}{more}; expected {', '.join(PARTIES)}, or "
                        f"{UNDETERMINED} or nothing for an abstention")
    if without := sum(not row[0] for row in rows):
        raise UserError(f"{path}: {without:,} verdicts have no case_id; expected one in each row")
    if wrong := sum(day is not None and read is None for *_, day, read in rows):
        raise UserError(f"{path}: as_of is no day in {wrong:,} rows; expected days such as 2026-11-20")
    return [Verdict(case, party, _names(evidence), swapped, day)
            for case, party, evidence, swapped, _, day in rows], "evidence" in file.types


def _columns(file: OutsideFile) -> str:
    def text(name: str) -> str:
        return f"coalesce(trim(CAST({quoted(name)} AS VARCHAR)), '')" if name in file.types else "''"

    party = f"coalesce(nullif(lower({text('responsible')}), ''), '{UNDETERMINED}')"
    is_list = file.types.get("evidence", "").endswith("[]")
    evidence = "coalesce(array_to_string(evidence, ';'), '')" if is_list else text("evidence")
    day = f"nullif({text('as_of')}, '')"
    return f"{text('case_id')}, {party}, {evidence}, {text('swapped')}, {day}, TRY_CAST({day} AS DATE)"


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(";") if name.strip())


def without_repeats(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Return the first verdict on each case and variant."""
    first: dict[tuple[str, str], Verdict] = {}
    for verdict in verdicts:
        first.setdefault((verdict.case_id, verdict.swapped), verdict)
    return list(first.values())
