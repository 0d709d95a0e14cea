"""Measure node classification on a simulated graph, with the graph's columns and with only the nodes' own columns.

Nodes belong to groups with different shares of positives. Most edges are within groups, between nodes of one label, and
to a few nodes of high degree. Of ten columns, four carry a little information about the node or its label, and six
carry none. Both trainings have the same parameters of XGBoost.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from jobs import step
from jobs.evaluation import ranking
from jobs.graphs.node_classification import classify, learn, scores
from jobs.graphs.node_tables import PARTS
from jobs.runtime import console

NODES, EDGES = 12_000, 500_000
POSITIVE = 0.22
GROUPS = 60
SHARES = (0.5, 0.25, 0.25)  # of train, validation and test


def parse(argv: Sequence[str] | None = None):
    """Arguments of the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1, help="seed of the graph (default: 1)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write nodes.parquet and edges.parquet, and end")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    nodes, edges = planted(args.seed)
    if args.out:
        args.out.mkdir(parents=True, exist_ok=True)
        pq.write_table(nodes, args.out / "nodes.parquet")
        pq.write_table(edges, args.out / "edges.parquet")
        return
    with console.timed("with the graph"):
        result = classify(nodes, edges)
    node_columns = result.features.select(result.graph.features.column_names)
    with console.timed("node columns alone"):
        alone = learn(result.graph, node_columns)
    for part in PARTS[1:]:
        inside = result.graph.of_part(part)
        label = result.graph.label[inside].astype(int)
        for name, model, inputs in (("with the graph", result.learnt, result.features),
                                    ("node columns alone", alone, node_columns)):
            score = scores(model, inputs)[inside]
            console.log(f"{part:<11}{name:<20}ROC AUC {ranking.roc_auc(label, score):.4f}   "
                        f"average precision {ranking.average_precision(label, score):.4f}")


def planted(seed: int, nodes: int = NODES, edges: int = EDGES) -> tuple[pa.Table, pa.Table]:
    """Return the node table and the edge table of a simulated graph, for `node_classification.classify`."""
    rng = np.random.default_rng(seed)
    group, trait = rng.integers(0, GROUPS, nodes), rng.normal(size=nodes)
    risk = rng.normal(size=GROUPS)[group] + 0.7 * trait + 0.8 * rng.normal(size=nodes)
    label = (risk > np.quantile(risk, 1 - POSITIVE)).astype(np.int8)
    pairs = _pairs(rng, group, label, edges)
    degree = np.bincount(pairs.ravel(), minlength=nodes)
    columns = rng.normal(size=(nodes, 10))
    columns[:, 0] += trait
    columns[:, 1] += 0.5 * trait
    columns[:, 2] += 0.3 * np.log1p(degree)
    columns[:, 3] += 0.3 * label
    part = np.repeat(PARTS, np.round(np.array(SHARES) * nodes).astype(int))
    return (pa.table({"node_id": np.arange(nodes), "part": rng.permutation(part), "label": label,
                      **{f"x{i}": columns[:, i] for i in range(10)}}),
            pa.table({"source": pairs[:, 0], "target": pairs[:, 1]}))


def _pairs(rng: np.random.Generator, group: np.ndarray, label: np.ndarray, edges: int) -> np.ndarray:
    """Return distinct pairs of nodes, (edges, 2)."""
    nodes = len(group)
    # Weights have a heavy tail with an upper limit, so that no node has edges to nearly all nodes.
    weight = np.minimum(rng.pareto(1.5, nodes) + 0.3, 60)
    distinct = np.empty(0, dtype=np.int64)
    while len(distinct) < edges:
        left, right = (rng.choice(nodes, edges, p=weight / weight.sum()) for _ in range(2))
        likely = np.where(group[left] == group[right], 1, 0.06) * np.where(label[left] == label[right], 1, 0.7)
        accepted = (rng.random(edges) < likely) & (left != right)
        pairs = np.minimum(left, right) * nodes + np.maximum(left, right)
        distinct = np.union1d(distinct, pairs[accepted])
    drawn = rng.permutation(distinct)[:edges]
    return np.column_stack([drawn // nodes, drawn % nodes])


if __name__ == "__main__":
    sys.exit(step.run(main))
