"""Describe every table that Vigil reads and writes as a Markdown page, from the contracts and the catalog.

Prints the page; with --out writes it. Reads no lake. `make tables` writes docs/tables.md. Run again, it gives the same
page.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from features.inputs.contract import Table
from features.inputs.tables import TABLES
from jobs import step
from jobs.runtime import console
from jobs.storage import catalog
from jobs.storage.catalog import OutputColumn, OutputTable, Stage

HEAD = """# Tables

`make tables` writes this page from [features/inputs/tables.py](../features/inputs/tables.py) and
[jobs/storage/catalog/](../jobs/storage/catalog/). Do not edit it.

Every table is a Delta table in the lake, partitioned by `ds`. A day of a table is replaced as a whole, in one atomic
commit, after its audit. No row expires. `vacuum` deletes files of replaced versions after 35 days. Times are UTC.
Identifiers of people, devices and places are masked ([privacy.md](privacy.md)). Cents are minor units of the currency.
A flag is 1 or 0.

`make sql Q="..."` runs each example. `make sql` lists the tables of a lake.
"""

TITLES = {
    Stage.EVENT: "Events: the input tables, as landed and as kept",
    Stage.LOG: "Logs: what became of rows",
    Stage.TILE: "Tiles: what a day or a month adds to an entity",
    Stage.FEATURE: "Features and texts: what models read",
    Stage.LABEL: "Labels: what models learn",
    Stage.SCORE: "Scores: what models say",
    Stage.DECISION: "Decisions: what policies ask for, and what reviewers do",
    Stage.RISK: "Risk tables: what analysts read",
    Stage.EFFECT: "Effects: what interventions change",
    Stage.CASE: "After-sales cases: who is responsible, and what to do",
    Stage.LEDGER: "The ledger: where the money went",
    Stage.FAIRNESS: "Fairness: for whom decisions about cases err",
    Stage.STRATEGY: "Strategies: what other policies would do",
}
COLUMN_HEAD = "| column | type | unit | null where | meaning |\n|---|---|---|---|---|"
FOLDED_FROM = 20  # columns


def parse(argv: Sequence[str] | None = None):
    """Arguments of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, metavar="FILE.md", help="write the page there")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    if args.out is None:
        console.show(page().removesuffix("\n"))
        return
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(page())
    console.log(f"written: {args.out}")


def page() -> str:
    """Return the complete page."""
    tables = [*catalog.tables(), catalog.VALIDATIONS]
    parts = [HEAD, _overview(tables)]
    for stage in Stage:
        parts += [f"## {TITLES[stage]}", *[_section(table) for table in tables if table.stage is stage]]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _overview(tables: Sequence[OutputTable]) -> str:
    """Return a table with one row per pattern of names."""
    patterns: dict[str, list[OutputTable]] = {}
    for table in tables:
        patterns.setdefault(table.pattern, []).append(table)
    rows = [f"| {', '.join(f'[{table}](#{table})' for table in group)} | {group[0].stage} | `{group[0].step}` | "
            f"{_key_of_pattern(group)} |" for group in patterns.values()]
    return "\n".join(["| table | stage | written by | key |", "|---|---|---|---|", *rows])


def _section(table: OutputTable) -> str:
    parts = [f"### {table}", table.meaning]
    contract = TABLES[table.name] if table.stage is Stage.EVENT else None
    if contract:
        parts.append(contract.quirks)
    parts += [_facts(table), f'```sh\nmake sql Q="{table.example}"\n```', _columns(table)]
    if contract:
        parts.append(_rules(contract))
    return "\n\n".join(part for part in parts if part)


def _facts(table: OutputTable) -> str:
    facts = [f"- Grain: {table.grain}.", f"- Key: {_key(table)}.", f"- Written by `{table.step}`."]
    if table.stage is Stage.EVENT:
        facts.append(f"- Event time: `{TABLES[table.name].event_time}`.")
    if table.optional:
        facts.append(f"- May be missing: {table.optional}.")
    if table.retention:
        facts.append(f"- Kept for {table.retention}.")
    return "\n".join(facts)


def _key(table: OutputTable) -> str:
    return ", ".join(f"`{name}`" for name in table.key) or "none"


def _key_of_pattern(tables: Sequence[OutputTable]) -> str:
    """Return the key of tables of several entities."""
    entity = tables[0].name.removesuffix(tables[0].pattern.removeprefix("<entity>"))
    return _key(tables[0]).replace(f"`{entity}_id`", "`<entity>_id`") if len(tables) > 1 else _key(tables[0])


def _columns(table: OutputTable) -> str:
    columns = "\n".join([COLUMN_HEAD, *map(_column, table.columns)])
    if len(table.columns) < FOLDED_FROM:
        return columns
    return f"<details><summary>{len(table.columns)} columns</summary>\n\n{columns}\n\n</details>"


def _column(column: OutputColumn) -> str:
    values = f"; one of {', '.join(column.values)}" if column.values else ""
    return (f"| `{column.name}` | {_code(column.type)} | {column.unit} | {_cell(column.null or 'never')} | "
            f"{_cell(column.meaning + values)} |")


def _rules(contract: Table) -> str:
    return f"A row goes to quarantine unless: {'; '.join(rule.name for rule in contract.row_rules)}."


def _code(text: str) -> str:
    return f"`{text}`" if "<" in text else text


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(step.run(main))
