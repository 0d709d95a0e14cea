"""A plain node table and edge table, checked, numbered and put in one order."""

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

# Means are over whole millionths: values all below this would keep two digits or less.
MIN_TRAINING_NODES = 100 / MICRO

Given = pa.Table | str | Path


@dataclass(frozen=True, eq=False)
class Graph:
    """A graph whose nodes are numbered in the order of their identifiers, whatever order they came in.

    Attributes:
        node_id: as given, (nodes,); `place`: where each node stood in the table that was given, int64 (nodes,).
        part: str (nodes,); `label`: float64 (nodes,), 1 or 0, NaN where it is not known.
        features: Arrow table of doubles, (nodes, columns), null where nothing is known.
        edges: Arrow table (source, target) of node numbers, each pair once, the smaller first.
        dropped: how many rows of the edge table are none of these, by the reason.
    """

    node_id: pa.Array
    place: np.ndarray
    part: np.ndarray
    label: np.ndarray
    features: pa.Table
    edges: pa.Table
    dropped: dict[str, int]

    def of_part(self, part: str) -> np.ndarray:
        """The numbers of a part's nodes."""
        return np.flatnonzero(self.part == part)


def graph(nodes: Given, edges: Given) -> Graph:
    """The graph of two tables, or of two Parquet files or folders.

    Args:
        nodes: `node_id`, `part`, `label` and numeric columns.
        edges: `source` and `target`, other columns are not looked at.

    Raises:
        UserError: a table is not as jobs/commands/classify_nodes.py says that it must be.
    """
    nodes, edges = _read(nodes, "nodes", OF_NODES), _read(edges, "edges", OF_EDGES)
    columns = [name for name in nodes.column_names if name not in OF_NODES]
    _check_columns(nodes, columns)
    names = _names(nodes["node_id"], "nodes")
    _check_names(names)
    place = pc.sort_indices(names).to_numpy()
    nodes, names = nodes.take(place), names.take(place)
    label = _labels(nodes)
    pairs, dropped = _pairs(*(pc.index_in(_names(edges[end], "edges"), names) for end in OF_EDGES), len(names))
    return Graph(nodes["node_id"].combine_chunks(), place, nodes["part"].to_numpy().astype(str), label,
                 pa.table({name: _doubles(nodes[name]) for name in columns}), pairs, dropped)


def _read(given: Given, what: str, needed: tuple[str, ...]) -> pa.Table:
    if not isinstance(given, pa.Table) and not Path(given).exists():
        raise UserError(f"{what}: {given} is not there. Expected a Parquet file or a folder of them")
    table = given if isinstance(given, pa.Table) else pq.read_table(given)
    if missing := sorted(set(needed) - set(table.column_names)):
        raise UserError(f"{what}: no column {', '.join(missing)}; found {', '.join(table.column_names)}. Expected "
                        f"{', '.join(needed)}")
    return table


def _names(ids: pa.ChunkedArray, what: str) -> pa.Array:
    """Identifiers as text: those of nodes and edges may be whole numbers of different widths."""
    if not (pa.types.is_integer(ids.type) or pa.types.is_string(ids.type) or pa.types.is_large_string(ids.type)):
        raise UserError(f"{what}: identifiers are {ids.type}. Expected strings or whole numbers")
    return ids.cast(pa.string()).combine_chunks()


def _check_names(names: pa.Array) -> None:
    if names.null_count:
        raise UserError(f"nodes: {names.null_count:,} rows without a node_id. Expected one in each")
    if twice := len(names) - pc.count_distinct(names).as_py():
        raise UserError(f"nodes: {twice:,} rows repeat a node_id. Expected each node once")


def _check_columns(nodes: pa.Table, columns: list[str]) -> None:
    other = [name for name in columns if not _numeric(nodes[name].type)]
    if other or not columns:
        raise UserError(f"nodes: columns that are no numbers: {', '.join(other) or 'none'}; numbers: "
                        f"{len(columns) - len(other)}. Expected numbers alone besides {', '.join(OF_NODES)}, one "
                        "column or more")
    if twice := sorted({name for name in columns if columns.count(name) > 1 or name in _computed(columns)}):
        raise UserError(f"nodes: {', '.join(twice)} would be there twice, as given or as computed from the graph. "
                        "Expected other names")
    for name in columns:
        largest = pc.max(pc.abs(_doubles(nodes[name]))).as_py() or 0
        if largest and not MIN_TRAINING_NODES <= largest <= MAX_ABS_VALUE:
            raise UserError(f"nodes: the largest value of {name} is {largest:g}. Expected one between "
                            f"{MIN_TRAINING_NODES:g} and {MAX_ABS_VALUE:g}, because means are over whole millionths: "
                            "multiply the column by a constant")


def _computed(columns: list[str]) -> set[str]:
    """Names of the columns that the graph adds to some."""
    unlike = [f"/{name}" for name in columns]  # so that none of them is a computed one
    return {name.replace("/", "", 1) for name in column_names(tuple(dict.fromkeys(unlike))) if name not in unlike}


def _numeric(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)


def _doubles(values: pa.ChunkedArray) -> pa.Array:
    if pa.types.is_boolean(values.type):
        values = values.cast(pa.int8())
    doubles = values.cast(pa.float64(), safe=False).combine_chunks()
    return pc.if_else(pc.is_nan(doubles), None, doubles)


def _labels(nodes: pa.Table) -> np.ndarray:
    """Labels as doubles, NaN where there is none, which is allowed in the test part alone."""
    strange = sorted({str(part) for part in set(nodes["part"].to_pylist()) - set(PARTS)})
    if strange:
        raise UserError(f"nodes: part is {', '.join(strange[:5])} somewhere. Expected {', '.join(PARTS)}")
    label = nodes["label"].cast(pa.float64()).to_numpy()
    part = nodes["part"].to_numpy().astype(str)
    if not np.isin(label[~np.isnan(label)], (0, 1)).all():
        raise UserError("nodes: a label is neither 0 nor 1. Expected 1 for positive nodes, 0 for others, null in the "
                        "test part where it is not known")
    for learnt_from in PARTS[:2]:
        own = label[part == learnt_from]
        if np.isnan(own).any() or len(np.unique(own)) < 2:
            raise UserError(f"nodes: {learnt_from} has {(own == 1).sum():,} positives, {(own == 0).sum():,} others and "
                            f"{np.isnan(own).sum():,} without a label. Expected some, some and none")
    return label


def _pairs(source: pa.Array, target: pa.Array, nodes: int) -> tuple[pa.Table, dict[str, int]]:
    """Each pair of nodes once, in whichever direction and however often it was given."""
    known = pc.and_(pc.is_valid(source), pc.is_valid(target))
    ends = np.array([end.filter(known).to_numpy(zero_copy_only=False) for end in (source, target)], dtype=np.int64)
    smaller, larger = ends.min(axis=0), ends.max(axis=0)
    between = smaller != larger
    pairs = np.unique(smaller[between] * nodes + larger[between])
    dropped = {"to nodes that are not in the node table": len(known) - ends.shape[1],
               "of a node with itself": int((~between).sum()),
               "that repeat a pair": int(between.sum()) - len(pairs)}
    return pa.table({"source": pairs // nodes, "target": pairs % nodes}), dropped
