"""Evidence of closed cases from a file of somebody else."""

from pathlib import Path

import numpy as np

from features.case.evidence_definitions import EVIDENCE
from jobs.errors import UserError
from jobs.storage.outside_file import opened, quoted

RESPONSIBLE = "responsible"


def read_evidence(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return which evidence each case has, (cases, EVIDENCE) 1, 0 or NaN, and the party at fault, (cases,) texts.

    Args:
        path: CSV, JSON lines or Parquet with the column `responsible` and one or more columns named as evidence, of 0
            and 1 or false and true; empty where it is not known. Evidence without a column is not known in any case.

    Raises:
        UserError: the file cannot be read, lacks a column, or has another value.
    """
    with opened(path, "a row a closed case") as file:
        file.require_columns([RESPONSIBLE])
        names = [each.name for each in EVIDENCE if each.name in file.types]
        if not names:
            raise UserError(f"{path}: found no column named as a piece of evidence, expected one or more of "
                            f"{', '.join(each.name for each in EVIDENCE)}")
        columns = ", ".join(f"TRY_CAST({quoted(name)} AS DOUBLE) AS {quoted(name)}, coalesce(TRY_CAST({quoted(name)} "
                            f"AS DOUBLE) NOT IN (0, 1), {file.full([name])}) AS {quoted(f'wrong {name}')}"
                            for name in names)
        rows = file.db.sql(f"SELECT CAST({RESPONSIBLE} AS VARCHAR) AS {RESPONSIBLE}, {columns} FROM outside"
                           ).to_arrow_table()
    for name in names:
        if wrong := sum(rows[f"wrong {name}"].to_pylist()):
            raise UserError(f"{path}: {name} has {wrong:,} values besides 0 and 1, expected 0, 1 or nothing")
    unknown = np.full(len(rows), np.nan)
    values = [rows[each.name].to_numpy(zero_copy_only=False).astype(float) if each.name in names else unknown
              for each in EVIDENCE]
    return np.stack(values, axis=1), np.array(rows[RESPONSIBLE].to_pylist(), object)
