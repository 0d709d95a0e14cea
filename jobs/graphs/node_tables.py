"""The node table and edge table of a plain graph: checks, numbers of nodes, and one order."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.graph.neighbours import MAX_ABS_VALUE, MICRO
from features.graph.node_features import column_names
from jobs.errors import UserError

PARTS = ("train", "validation", "test")
OF_NODES = ("node_id", "part", "label")
OF_EDGES = ("source", "target")

# Means are over whole millionths: if all values were below this, means would have two digits or less.
MIN_TRAINING_NODES = 100 / MICRO

Given = pa.Table | str | Path


@dataclass(frozen=True, eq=False)
class Graph:
    """A graph with nodes numbered in the order of their identifiers, for any order of the node table.

    Attributes:
        node_id: identifiers as in the node table, (nodes,).
        row_number: each node's row in the node table, int64 (nodes,).
        part: str (nodes,).
        label: float64 (nodes,), 1 or 0, NaN for a missing label.
        features: Arrow table of doubles, (nodes, columns), null for a missing value.
        edges: Arrow table (source, target) of node numbers, each pair once, the smaller first.
        dropped: number of dropped rows of the edge table, by reason.
    """

    node_id: pa.Array
    row_number: np.ndarray
    part: np.ndarray
    label: np.ndarray
    features: pa.Table
    edges: pa.Table
    dropped: dict[str, int]

    def of_part(self, part: str) -> np.ndarray:
        """Return the numbers of a part's nodes."""
        return np.flatnonzero(self.part == part)


def graph(nodes: Given, edges: Given) -> Graph:
    """Check the node table and the edge table, and return their graph.

    Args:
        nodes: an Arrow table, or a Parquet file or folder: `node_id`, `part`, `label` and numeric columns.
        edges: an Arrow table, or a Parquet file or folder: `source` and `target`; other columns are ignored.

    Raises:
        UserError: a table differs from the description in `node_classification.classify`.
    """
    nodes, edges = _read(nodes, "nodes", OF_NODES), _read(edges, "edges", OF_EDGES)
    columns = [name for name in nodes.column_names if name not in OF_NODES]
    _check_columns(nodes, columns)
    names = _names(nodes["node_id"], "nodes")
    _check_names(names)
    row_number = pc.sort_indices(names).to_numpy()
    nodes, names = nodes.take(row_number), names.take(row_number)
    label = _labels(nodes)
    pairs, dropped = _pairs(*(pc.index_in(_names(edges[end], "edges"), names) for end in OF_EDGES), len(names))
    return Graph(nodes["node_id"].combine_chunks(), row_number, nodes["part"].to_numpy().astype(str), label,
                 pa.table({name: _doubles(nodes[name]) for name in columns}), pairs, dropped)


def _read(source: Given, name: str, required: tuple[str, ...]) -> pa.Table:
    if not isinstance(source, pa.Table) and not Path(source).exists():
        raise UserError(f"{name}: {source} does not exist. Expected a Parquet file or a folder of them")
    table = source if isinstance(source, pa.Table) else pq.read_table(source)
    if missing := sorted(set(required) - set(table.column_names)):
        raise UserError(f"{name}: no column {', '.join(missing)}; found {', '.join(table.column_names)}. Expected "
                        f"{', '.join(required)}")
    return table


def _names(ids: pa.ChunkedArray, table: str) -> pa.Array:
    """Return identifiers as text: whole numbers of nodes and edges may have different widths."""
    if not (pa.types.is_integer(ids.type) or pa.types.is_string(ids.type) or pa.types.is_large_string(ids.type)):
        raise UserError(f"{table}: identifiers are {ids.type}. Expected strings or whole numbers")
    return ids.cast(pa.string()).combine_chunks()


def _check_names(names: pa.Array) -> None:
    if names.null_count:
        raise UserError(f"nodes: {names.null_count:,} rows without a node_id. Expected one in each")
    if repeated := len(names) - pc.count_distinct(names).as_py():
        raise UserError(f"nodes: {repeated:,} rows repeat a node_id. Expected each node once")


def _check_columns(nodes: pa.Table, columns: list[str]) -> None:
    other = [name for name in columns if not _numeric(nodes[name].type)]
    if other or not columns:
        raise UserError(f"nodes: columns that are no numbers: {', '.join(other) or 'none'}; numbers: "
                        f"{len(columns) - len(other)}. Expected numbers alone besides {', '.join(OF_NODES)}, one "
                        "column or more")
    if repeated := sorted({name for name in columns if columns.count(name) > 1 or name in _computed(columns)}):
        raise UserError(f"nodes: {', '.join(repeated)} would be there twice, as given or as computed from the graph. "
                        "Expected other names")
    for name in columns:
        largest = pc.max(pc.abs(_doubles(nodes[name]))).as_py() or 0
        if largest and not MIN_TRAINING_NODES <= largest <= MAX_ABS_VALUE:
            raise UserError(f"nodes: the largest value of {name} is {largest:g}. Expected one between "
                            f"{MIN_TRAINING_NODES:g} and {MAX_ABS_VALUE:g}, because means are over whole millionths: "
                            "multiply the column by a constant")


def _computed(columns: list[str]) -> set[str]:
    """Return the names of the columns that the graph adds to `columns`."""
    prefixed = [f"/{name}" for name in columns]  # with the prefix, no name equals a computed one
    return {name.replace("/", "", 1) for name in column_names(tuple(dict.fromkeys(prefixed))) if name not in prefixed}


def _numeric(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)


def _doubles(values: pa.ChunkedArray) -> pa.Array:
    if pa.types.is_boolean(values.type):
        values = values.cast(pa.int8())
    doubles = values.cast(pa.float64(), safe=False).combine_chunks()
    return pc.if_else(pc.is_nan(doubles), None, doubles)


def _labels(nodes: pa.Table) -> np.ndarray:
    """Return labels as doubles, NaN for a missing label, which only the test part may have."""
    unknown = sorted({str(part) for part in set(nodes["part"].to_pylist()) - set(PARTS)})
    if unknown:
        raise UserError(f"nodes: part is {', '.join(unknown[:5])} somewhere. Expected {', '.join(PARTS)}")
    label = nodes["label"].cast(pa.float64()).to_numpy()
    part = nodes["part"].to_numpy().astype(str)
    if not np.isin(label[~np.isnan(label)], (0, 1)).all():
        raise UserError("nodes: a label is neither 0 nor 1. Expected 1 for positive nodes, 0 for others, null in the "
                        "test part where it is not known")
    for name in PARTS[:2]:
        values = label[part == name]
        if np.isnan(values).any() or len(np.unique(values)) < 2:
            raise UserError(f"nodes: {name} has {(values == 1).sum():,} positives, {(values == 0).sum():,} others and "
                            f"{np.isnan(values).sum():,} without a label. Expected some, some and none")
    return label


def _pairs(source: pa.Array, target: pa.Array, nodes: int) -> tuple[pa.Table, dict[str, int]]:
    """Return each pair of nodes once, for edges in either direction and repeated edges, and the dropped rows."""
    known = pc.and_(pc.is_valid(source), pc.is_valid(target))
    ends = np.array([end.filter(known).to_numpy(zero_copy_only=False) for end in (source, target)], dtype=np.int64)
    smaller, larger = ends.min(axis=0), ends.max(axis=0)
    between = smaller != larger
    pairs = np.unique(smaller[between] * nodes + larger[between])
    dropped = {"to nodes that are not in the node table": len(known) - ends.shape[1],
               "of a node with itself": int((~between).sum()),
               "that repeat a pair": int(between.sum()) - len(pairs)}
    return pa.table({"source": pairs // nodes, "target": pairs % nodes}), dropped
