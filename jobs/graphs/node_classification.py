"""Classification of the nodes of a plain graph, with the features and the training of accounts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import methodcaller
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from features.graph import spectral_embedding
from features.graph.node_features import graph_columns, linked_names
from jobs.engines.spark import session
from jobs.evaluation import ranking
from jobs.graphs.node_tables import PARTS, Given, Graph, graph
from jobs.settings import load_settings
from jobs.training import models
from jobs.training.boosting import fit, matrix
from jobs.training.training_set import as_features

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from xgboost import Booster


# Five boosters of different seeds agree better than any one of them.
SEEDS = 5


@dataclass(frozen=True)
class NodeTrainingParameters:
    """One way to boost, for `jobs.training.boosting.fit`."""

    parameters: Mapping[str, object]
    rounds: int = 2_000
    patience: int = 50


# The validation part chooses among these. Positives are many here: a leaf may ask for more of them than a risk's.
PARAMETER_SETS = tuple(NodeTrainingParameters({**models.PARAMETERS, "max_depth": depth, "min_child_weight": weight,
                                               "eta": 0.05})
                       for depth, weight in ((3, 2), (4, 5), (6, 10)))


@dataclass(frozen=True, eq=False)
class TrainedNodeModel:
    """What was learnt: boosters whose scores are averaged, and the columns that they see.

    `validation` is the average precision of their mean score on the validation part, by which `recipe`
    was chosen, `importance` each column's part of all gain.
    """

    boosters: tuple["Booster", ...]
    columns: tuple[str, ...]
    recipe: NodeTrainingParameters
    validation: float
    importance: dict[str, float]


@dataclass(frozen=True, eq=False)
class Classified:
    """The answer to `classify`.

    Attributes:
        scores: Arrow table (node_id, part, score) in the order of the node table, every node once; the score is
            a probability in [0, 1], not calibrated.
        learnt: the boosters and what they see.
        graph: the tables as they were understood; `graph.dropped` counts the edges that were not.
        features: Arrow table, what `learnt` sees of each node, in the order of `graph.node_id`.
    """

    scores: pa.Table
    learnt: TrainedNodeModel
    graph: Graph
    features: pa.Table

    def measured(self, part: str) -> dict[str, float]:
        """Nodes with a label, positives, ROC AUC and average precision of a part; NaN where undefined."""
        labelled = (self.graph.part == part) & ~np.isnan(self.graph.label)
        label = self.graph.label[labelled].astype(np.int64)
        score = self.scores["score"].to_numpy()[self.graph.place][labelled]
        return {"nodes": len(label), "positives": int(label.sum()), "roc_auc": ranking.roc_auc(label, score),
                "average_precision": ranking.average_precision(label, score)}


@dataclass(frozen=True, eq=False)
class Labelled:
    """Nodes to learn from: Arrow columns of floats, and int8 labels (nodes,)."""

    features: pa.Table
    label: np.ndarray


def classify(nodes: Given, edges: Given, seed: int = 0, spark: "SparkSession | None" = None) -> Classified:
    """Learn from the nodes of the train part, stop and choose by those of the validation part, score all.

    Labels of the train part alone are looked at for features, each by all nodes but its own; those of the
    validation part decide when boosting stops and which of `RECIPES` is taken; those of the test part
    are not looked at.

    Args:
        nodes: an Arrow table, or a Parquet file or folder: `node_id` (string or whole number, each once), `part`
            (train, validation or test), `label` (1, 0; null in the test part where unknown) and one or more
            numeric columns, null or NaN where unknown.
        edges: the same of `source` and `target`, node ids of undirected edges. An edge given twice, in either
            direction, counts once; one of a node with itself, or to a node that `nodes` lacks, counts for nothing.
        seed: of the first of the boosters.
        spark: the session to compute the features in; the one that the settings name where None.

    Raises:
        UserError: a table is not like this. The message says what was found.
    """
    given = graph(nodes, edges)
    seen = features(spark or session(load_settings()), given)
    learnt = learn(given, seen, seed)
    score = np.empty(len(given.place))
    score[given.place] = scores(learnt, seen)
    as_given = np.argsort(given.place)
    table = pa.table({"node_id": given.node_id.take(as_given), "part": given.part[as_given], "score": score})
    return Classified(table, learnt, given, seen)


def features(spark: "SparkSession", graph: Graph) -> pa.Table:
    """What is known of each node, (nodes, columns) in the graph's order, as 32-bit floats.

    Columns are those of the node table, then those that follow from edges and from labels of the train part, then
    where the node stands in the graph.
    """
    # Spark reads a dot or a quote in a name as its own.
    named = {f"x{number}": name for number, name in enumerate(graph.features.column_names)}
    number = pa.array(np.arange(len(graph.node_id)))
    train = graph.of_part("train")
    found = graph_columns(_frame(spark, node_id=number, **{x: graph.features[name] for x, name in named.items()}),
                          spark.createDataFrame(graph.edges),
                          _frame(spark, node_id=number.take(train), label=graph.label[train].astype(np.int64)),
                          methodcaller("localCheckpoint"))
    table = found.toArrow().sort_by("node_id").drop_columns("node_id").rename_columns(
        linked_names(graph.features.column_names))
    ends = (graph.edges[end].to_numpy() for end in ("source", "target"))
    for name, values in zip(spectral_embedding.COLUMNS, spectral_embedding.spectral_embedding(*ends, table.num_rows).T):
        table = table.append_column(name, pa.array(values, from_pandas=True))
    return as_features(table, tuple(table.column_names))


def learn(graph: Graph, features: pa.Table, seed: int = 0,
          recipes: Sequence[NodeTrainingParameters] = PARAMETER_SETS) -> TrainedNodeModel:
    """The boosters of the recipe that is best on the validation part."""
    train, validation = (_labelled(graph, features, part) for part in PARTS[:2])
    found = [_learn(recipe, train, validation, seed) for recipe in recipes]
    return max(found, key=lambda learnt: learnt.validation)


def scores(learnt: TrainedNodeModel, features: pa.Table) -> np.ndarray:
    """The mean of the boosters' probabilities, (nodes,)."""
    return _mean_score(learnt.boosters, features.select(list(learnt.columns)))


def _frame(spark: "SparkSession", **columns) -> "DataFrame":
    return spark.createDataFrame(pa.table(columns))


def _labelled(graph: Graph, features: pa.Table, part: str) -> Labelled:
    inside = graph.of_part(part)
    return Labelled(features.take(inside), graph.label[inside].astype(np.int8))


def _learn(recipe: NodeTrainingParameters, train: Labelled, validation: Labelled, seed: int) -> TrainedNodeModel:
    boosters = tuple(fit(recipe, train, validation, seed + number)[0] for number in range(SEEDS))
    found = ranking.average_precision(validation.label, _mean_score(boosters, validation.features))
    gains = [booster.get_score(importance_type="total_gain") for booster in boosters]
    whole = sum(sum(gain.values()) for gain in gains) or 1.0
    columns = tuple(train.features.column_names)
    return TrainedNodeModel(boosters, columns, recipe, found,
                            {name: sum(gain.get(name, 0.0) for gain in gains) / whole for name in columns})


def _mean_score(boosters: Sequence["Booster"], features: pa.Table) -> np.ndarray:
    data = matrix(Labelled(features, np.zeros(features.num_rows, dtype=np.int8)))
    return np.mean([booster.predict(data) for booster in boosters], axis=0, dtype=np.float64)
