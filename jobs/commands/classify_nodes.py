"""Classify the nodes of a plain graph, with the features and the training of the accounts: one table of nodes, one
of edges, fixed parts to train, to choose and to test on.

Reads two Parquet files (docs/nodes.md has their columns); writes a score per node, and says how good the scores are
where labels of the test part are given. Run again, it gives the same scores, whatever the order of the rows.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from jobs import step
from jobs.graphs.node_classification import Classified, classify
from jobs.graphs.node_tables import PARTS
from jobs.runtime import console

if TYPE_CHECKING:
    pass


def parse(argv: Sequence[str] | None = None):
    """Arguments of the job."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, what in (("nodes", "node table: node_id, part, label, numbers"), ("edges", "edge table: source, target"),
                       ("out", "where the scores go: node_id, part, score")):
        parser.add_argument(f"--{name}", type=Path, required=True, metavar="FILE", help=what)
    parser.add_argument("--seed", type=int, default=0, help="of the first of the boosters (default: 0)")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    found = classify(args.nodes, args.edges, args.seed)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(found.scores, args.out)
    _tell(found, args.out)


def _tell(found: Classified, out: Path) -> None:
    given, learnt = found.graph, found.learnt
    console.log(f"{len(given.node_id):,} nodes, {given.edges.num_rows:,} edges; left out: "
                + ", ".join(f"{count:,} {reason}" for reason, count in given.dropped.items()))
    trees = ", ".join(str(booster.num_boosted_rounds()) for booster in learnt.boosters)
    console.log(f"{len(learnt.columns)} columns, trees of depth {learnt.recipe.parameters['max_depth']}: {trees}")
    for part in PARTS[1:]:
        measured = found.measured(part)
        told = (f"ROC AUC {measured['roc_auc']:.4f}   average precision {measured['average_precision']:.4f}"
                if measured["nodes"] else "not measured, because no label is given")
        console.log(f"  {part:<11}{measured['nodes']:>7,} nodes with a label, {measured['positives']:,} positive   "
                    f"{told}")
    strongest = sorted(learnt.importance.items(), key=lambda item: -item[1])[:5]
    console.log("  most gain: " + ", ".join(f"{name} {share:.0%}" for name, share in strongest))
    console.log(f"scores: {out}")


if __name__ == "__main__":
    sys.exit(step.run(main))
