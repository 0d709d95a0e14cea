"""Mask a value as ingest does, and print its digest, which the lake stores instead of the value.

    python -m jobs.commands.mask --column device_id < value.txt

Without VALUE the command reads one line of standard input. An argument would stay in the shell's history, and other
users of the machine could see it. Reads the key and the lake; writes nothing. Run again, it prints the same digest.
"""

import argparse
import sys
from collections.abc import Sequence

from features.inputs.tables import TABLES
from jobs import step
from jobs.errors import UserError
from jobs.ingestion import masking_key
from jobs.runtime import console
from jobs.settings import load_settings
from jobs.storage.lake import Lake


def parse(argv: Sequence[str] | None = None):
    """Arguments of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--column", required=True, help="the column of the value")
    parser.add_argument("value", nargs="?", metavar="VALUE", help="the value as the marketplace knows it")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    require_masked_column(args.column)
    config = load_settings()
    key = masking_key.load_key(config)
    masking_key.require_same_key(Lake(config.lake), key)
    value = sys.stdin.readline().rstrip("\r\n") if args.value is None else args.value
    if not value:
        raise UserError(f"{args.column}: no value. A missing value is null in the lake: where {args.column} is null")
    console.show(key.mask(value))


def require_masked_column(column: str) -> None:
    """Require a masked column: a digest has no match in another column.

    Raises:
        UserError: no table masks a column of that name.
    """
    masked = sorted({name for table in TABLES.values() for name in table.private})
    if column not in masked:
        raise UserError(f"{column} is masked in no table: look the value up as it is. Masked are {', '.join(masked)}.")


if __name__ == "__main__":
    sys.exit(step.run(main))
