"""Classify the nodes of a plain graph, with the graph features and the training of accounts.

Reads two Parquet files, nodes and edges (docs/nodes.md has their columns). The node table fixes the train, validation
and test parts. Writes a score per node, and prints metrics for parts with labels. Run again, it gives the same scores,
in any order of the rows.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq

from jobs import step
from jobs.graphs.node_classification import Classified, classify
from jobs.graphs.node_tables import PARTS
from jobs.runtime import console


def parse(argv: Sequence[str] | None = None):
    """Arguments of the job."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, text in (("nodes", "node table: node_id, part, label, numbers"), ("edges", "edge table: source, target"),
                       ("out", "file of the scores: node_id, part, score")):
        parser.add_argument(f"--{name}", type=Path, required=True, metavar="FILE", help=text)
    parser.add_argument("--seed", type=int, default=0, help="seed of the first booster (default: 0)")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    result = classify(args.nodes, args.edges, args.seed)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(result.scores, args.out)
    _log_result(result, args.out)


def _log_result(result: Classified, out: Path) -> None:
    graph, trained = result.graph, result.trained
    console.log(f"{len(graph.node_id):,} nodes, {graph.edges.num_rows:,} edges; left out: "
                + ", ".join(f"{count:,} {reason}" for reason, count in graph.dropped.items()))
    trees = ", ".join(str(booster.num_boosted_rounds()) for booster in trained.boosters)
    console.log(f"{len(trained.columns)} columns, trees of depth {trained.recipe.parameters['max_depth']}: {trees}")
    for part in PARTS[1:]:
        measured = result.measured(part)
        quality = (f"ROC AUC {measured['roc_auc']:.4f}   average precision {measured['average_precision']:.4f}"
                   if measured["nodes"] else "not measured, because no label is given")
        console.log(f"  {part:<11}{measured['nodes']:>7,} nodes with a label, {measured['positives']:,} positive   "
                    f"{quality}")
    strongest = sorted(trained.importance.items(), key=lambda item: -item[1])[:5]
    console.log("  most gain: " + ", ".join(f"{name} {share:.0%}" for name, share in strongest))
    console.log(f"scores: {out}")


if __name__ == "__main__":
    sys.exit(step.run(main))
