"""Row checksums, which do not depend on row order: two runs gave the same rows if their checksums are equal."""

from collections.abc import Iterable, Sequence
from datetime import date

from jobs.storage.lake import Lake
from jobs.storage.query import connect

# Columns that name the run of a row and are no part of its content.
IGNORED_COLUMNS = ("run_id",)


def row_checksum(lake: Lake, table: str, days: Iterable[date] | None = None,
                 ignore: Sequence[str] = IGNORED_COLUMNS) -> str:
    """Return the row count and the sum of row hashes: `1500-8f3c...`. Equal rows in any order have equal checksums.

    The hash of a row is half of the MD5 of its JSON, columns in order of their names. Hashes are added as whole
    numbers, so that a repeated row counts twice.
    """
    dataset = lake.arrow(table, days)
    columns = ", ".join(f'"{name}" := "{name}"' for name in sorted(dataset.schema.names) if name not in ignore)
    with connect() as db:
        db.register("rows", dataset)
        count, total = db.execute(
            "SELECT count(*), coalesce(sum(md5_number_lower(to_json(struct_pack("
            f"{columns}))::VARCHAR)::HUGEINT), 0) FROM rows").fetchall()[0]
    return f"{count}-{int(total):x}"
