"""The counterfactual swap: whether decisions change when the group's columns change, and nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

MOST_GROUPS = 50


@dataclass(frozen=True, eq=False)
class Swap:
    """How decisions changed under every other group.

    Attributes:
        rows: of the table.
        changed: (rows,) whether any other group would have changed the row's decision.
        by_pair: share of the rows of a group (first key) whose decision changes when they become the second one.
    """

    rows: int
    changed: np.ndarray
    by_pair: dict[tuple[str, str], float]

    @property
    def share(self) -> float:
        """The share of rows whose decision changes; NaN without a row."""
        return float(self.changed.mean()) if self.rows else float("nan")


def swap_groups(decide: Callable[[pa.Table], Sequence | np.ndarray], table: pa.Table,
                columns: Sequence[str]) -> Swap:
    """Decide the table again with the group's columns of each other group, and return what changes.

    A group is a combination of values that the table has, so that a region and its language change together. The test
    shows use of the columns themselves. Proxies stay as they are: read it beside the gaps and `proxies`.

    Args:
        decide: gives a decision a row; null and NaN are one decision, the abstention. It must give the same decision
            for the same row each time.
        columns: the group's columns; all must be in the table.

    Raises:
        ValueError: a column is missing, there are more than `MOST_GROUPS` groups, or the decisions are not one a row.
    """
    if missing := [name for name in columns if name not in table.column_names]:
        raise ValueError(f"the table has no column {', '.join(missing)}; it has {', '.join(table.column_names)}")
    groups = table.select(list(columns)).group_by(list(columns)).aggregate([]).sort_by(
        [(name, "ascending") for name in columns]).to_pylist()
    if len(groups) > MOST_GROUPS:
        raise ValueError(f"{', '.join(columns)} have {len(groups)} combinations; expected at most {MOST_GROUPS}")
    own = np.array([groups.index(row) for row in table.select(list(columns)).to_pylist()], int)
    before = _decisions(decide, table)
    changed, by_pair = np.zeros(len(before), bool), {}
    for number, group in enumerate(groups):
        differs = _decisions(decide, _as_group(table, group)) != before
        changed |= differs
        by_pair |= {(_name(groups[other]), _name(group)): float(differs[own == other].mean())
                    for other in range(len(groups)) if other != number}
    return Swap(len(table), changed, by_pair)


def _as_group(table: pa.Table, group: dict) -> pa.Table:
    for name, value in group.items():
        field = table.schema.field(name)
        table = table.set_column(table.schema.get_field_index(name), field,
                                 pa.array([value] * len(table), field.type))
    return table


def _decisions(decide: Callable[[pa.Table], Sequence | np.ndarray], table: pa.Table) -> np.ndarray:
    found = decide(table)
    found = found.to_pylist() if isinstance(found, pa.Array | pa.ChunkedArray) else list(found)
    if len(found) != len(table):
        raise ValueError(f"{len(found)} decisions of {len(table)} rows; expected one a row")
    decisions = np.empty(len(found), object)
    decisions[:] = [None if value is None or value != value else value for value in found]
    return decisions


def _name(group: dict) -> str:
    return ", ".join(str(value) for value in group.values())
