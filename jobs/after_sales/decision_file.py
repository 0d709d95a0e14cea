"""A CSV or Parquet file with a row a decision, read as arrays: the outside data of an audit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from jobs.after_sales.decisions import Decisions
from jobs.after_sales.same_evidence import strata_of
from jobs.errors import UserError
from jobs.storage.outside_file import OutsideFile, labels, opened, quoted

MOST_GROUPS = 50
YES, NO = ("1", "true"), ("0", "false")
WORDS_AND_NUMBERS = ("BIGINT", "DOUBLE", "VARCHAR")


@dataclass(frozen=True)
class DecisionColumns:
    """The names of the columns to read, and the words in them.

    Attributes:
        positive: values of label and decision that count as positive; not needed for 1 and true.
        abstained: the value of the decision that means that nothing was decided; None: every row was decided.
    """

    label: str
    decision: str
    group: str
    cluster: str | None = None
    evidence: Sequence[str] = ()
    features: Sequence[str] = ()
    positive: Sequence[str] = ()
    abstained: str | None = None

    @property
    def required(self) -> list[str]:
        """The columns of which an empty value leaves a row out. An empty feature is a value of its own."""
        return [self.label, self.decision, self.group, *filter(None, [self.cluster]), *self.evidence]


@dataclass(frozen=True, eq=False)
class DecisionTable:
    """The decisions of a file.

    Attributes:
        rows: how many the file has; left_out: how many of them have an empty value in a required column.
        strata: (decisions,) codes of rows with the same evidence; None without columns of evidence.
        features: by name, (decisions,) numbers with NaN, or texts with None.
        positive: the words that count as positive, of label and decision.
    """

    rows: int
    left_out: int
    decisions: Decisions
    strata: np.ndarray | None
    features: Mapping[str, np.ndarray]
    positive: tuple[str, str]


def read_decisions(path: Path, columns: DecisionColumns) -> DecisionTable:
    """Return the decisions of a CSV or Parquet file. Rows with an empty value in a required column are left out.

    Raises:
        UserError: the file is missing or neither CSV nor Parquet, a column is missing or named twice, label or decision
            has other than two values, or there are too few or too many groups.
    """
    named = [columns.label, columns.decision, columns.group, *columns.evidence]
    if twice := sorted({name for name in named if named.count(name) > 1}):
        raise UserError(f"{twice[0]} is named twice; expected a label, a decision, a group and evidence that are "
                        "different columns")
    if columns.group in columns.features:
        raise UserError(f"{columns.group} is the group and a feature; expected features that are other columns")
    with opened(path, "a row a decision", WORDS_AND_NUMBERS, [columns.cluster] if columns.cluster else []) as file:
        file.require_columns([*columns.required, *columns.features])
        wanted = [quoted(name) if name in columns.required else _feature(file, name)
                  for name in dict.fromkeys([*columns.required, *columns.features])]
        table = file.db.sql(f"SELECT {', '.join(wanted)} FROM outside WHERE {file.full(columns.required)}"
                            ).to_arrow_table()
        return _decided(path, columns, file.rows, table)


def _feature(file: OutsideFile, name: str) -> str:
    kind = "DOUBLE" if file.has_numbers(name) else "VARCHAR"
    return f"CAST({quoted(name)} AS {kind}) AS {quoted(name)}"


def _decided(path: Path, columns: DecisionColumns, rows: int, table: pa.Table) -> DecisionTable:
    if not len(table):
        raise UserError(f"{path}: no row has a value in each of {', '.join(dict.fromkeys(columns.required))}; "
                        "expected one or more")
    texts = {name: labels(table[name]) for name in dict.fromkeys(columns.required)}
    stray = [word for word in columns.positive if not any((texts[name] == word).any() for name in
                                                          (columns.label, columns.decision))]
    if stray:
        raise UserError(f"{path}: --positive {stray[0]} is a value of neither {columns.label} nor {columns.decision}; "
                        f"{_shown(columns.label, texts)}, {_shown(columns.decision, texts)}")
    abstained = None
    if columns.abstained is not None:
        abstained = texts[columns.decision] == columns.abstained
        if not abstained.any():
            raise UserError(f"{path}: no row has {columns.decision} = {columns.abstained}, which --abstained names; "
                            f"{_shown(columns.decision, texts)}")
    found, words = [], []
    for name, counted in ((columns.label, None), (columns.decision, abstained)):
        word = _positive(path, name, texts[name] if counted is None else texts[name][~counted], columns)
        found.append(texts[name] == word)
        words.append(word)
    _require_groups(path, columns.group, texts[columns.group])
    return DecisionTable(
        rows, rows - len(table),
        Decisions(found[0], found[1], texts[columns.group], abstained,
                  texts[columns.cluster] if columns.cluster else None),
        strata_of([texts[name] for name in columns.evidence]) if columns.evidence else None,
        {name: table[name].to_numpy() for name in columns.features}, (words[0], words[1]))


def _positive(path: Path, name: str, texts: np.ndarray, columns: DecisionColumns) -> str:
    """Return the positive one of the two values of a column."""
    values = sorted(set(texts))
    if len(values) != 2:
        kinds = "one value" if len(values) == 1 else f"{len(values)} values"
        also = f", and --abstained for a third {name}" if name == columns.decision and len(values) > 2 else ""
        raise UserError(f"{path}: {name} has {kinds}, {_few(values)}; expected two: 0 and 1, false and true, or two "
                        f"words with --positive{also}")
    named = [value for value in values if value in columns.positive]
    if len(named) == 2:
        raise UserError(f"{path}: --positive names both values of {name}, {_few(values)}; expected one of them")
    if named:
        return named[0]
    if [value.lower() for value in values] in [[no, yes] for no, yes in zip(NO, YES)]:
        return values[1]
    raise UserError(f"{path}: {name} has the values {_few(values)}, and it is not known which is positive; expected "
                    f"--positive {values[0]} or --positive {values[1]}")


def _require_groups(path: Path, name: str, texts: np.ndarray) -> None:
    values = sorted(set(texts))
    if len(values) < 2:
        raise UserError(f"{path}: every row has {name} = {values[0]}; expected two groups or more")
    if len(values) > MOST_GROUPS:
        raise UserError(f"{path}: {name} has {len(values)} values, such as {_few(values)}; expected at most "
                        f"{MOST_GROUPS} groups: put numbers and days into bands")


def _shown(name: str, texts: Mapping[str, np.ndarray]) -> str:
    return f"{name} has {_few(sorted(set(texts[name])))}"


def _few(values: Sequence[str]) -> str:
    shown = [value[:30] for value in values[:4]]
    return f"{', '.join(shown)} and more" if len(values) > 4 else " and ".join(filter(None, [", ".join(shown[:-1]),
                                                                                         shown[-1]]))
