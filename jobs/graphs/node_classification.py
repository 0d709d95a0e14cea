"""Classification of the nodes of a plain graph, with the graph features and the training of accounts."""

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


# The mean of five boosters with different seeds varies less than one booster.
SEEDS = 5


@dataclass(frozen=True)
class NodeTrainingParameters:
    """Training parameters of node models, for `jobs.training.boosting.fit`."""

    parameters: Mapping[str, object]
    rounds: int = 2_000
    patience: int = 50


# The validation part chooses one of these. Plain graphs have many positives, so a leaf may need more of them than a
# risk's model allows.
PARAMETER_SETS = tuple(NodeTrainingParameters({**models.PARAMETERS, "max_depth": depth, "min_child_weight": weight,
                                               "eta": 0.05})
                       for depth, weight in ((3, 2), (4, 5), (6, 10)))


@dataclass(frozen=True, eq=False)
class TrainedNodeModel:
    """A trained node model: boosters with an averaged score, and their columns.

    Attributes:
        recipe: the chosen training parameters.
        validation: average precision of the mean score on the validation part, which chose `recipe`.
        importance: each column's share of the total gain.
    """

    boosters: tuple["Booster", ...]
    columns: tuple[str, ...]
    recipe: NodeTrainingParameters
    validation: float
    importance: dict[str, float]


@dataclass(frozen=True, eq=False)
class Classified:
    """The result of `classify`.

    Attributes:
        scores: Arrow table (node_id, part, score) in the order of the node table, every node once; the score is
            a probability in [0, 1], not calibrated.
        trained: the trained node model.
        graph: the checked tables; `graph.dropped` counts the dropped edges.
        features: Arrow table, the inputs of `trained`, in the order of `graph.node_id`.
    """

    scores: pa.Table
    trained: TrainedNodeModel
    graph: Graph
    features: pa.Table

    def measured(self, part: str) -> dict[str, float]:
        """Return nodes with a label, positives, ROC AUC and average precision of a part; NaN if undefined."""
        labelled = (self.graph.part == part) & ~np.isnan(self.graph.label)
        label = self.graph.label[labelled].astype(np.int64)
        score = self.scores["score"].to_numpy()[self.graph.row_number][labelled]
        return {"nodes": len(label), "positives": int(label.sum()), "roc_auc": ranking.roc_auc(label, score),
                "average_precision": ranking.average_precision(label, score)}


@dataclass(frozen=True, eq=False)
class Labelled:
    """Nodes to learn from: Arrow columns of floats, and int8 labels (nodes,)."""

    features: pa.Table
    label: np.ndarray


def classify(nodes: Given, edges: Given, seed: int = 0, spark: "SparkSession | None" = None) -> Classified:
    """Train on the train part, choose parameters on the validation part, and score all nodes.

    Only labels of the train part become features, and a node's own label is no feature of the node. Labels of the
    validation part decide when boosting stops, and which of `PARAMETER_SETS` is chosen. Labels of the test part are not
    read.

    Args:
        nodes: an Arrow table, or a Parquet file or folder: `node_id` (string or whole number, each once), `part`
            (train, validation or test), `label` (1, 0; may be null in the test part) and one or more
            numeric columns, null or NaN for a missing value.
        edges: an Arrow table, or a Parquet file or folder: `source` and `target`, node ids of undirected edges. A
            repeated edge, in either direction, counts once. An edge of a node with itself, or to a node that `nodes`
            lacks, is dropped.
        seed: seed of the first booster.
        spark: the session to compute the features in; None for the session of the settings.

    Raises:
        UserError: a table differs from this description. The message says what was found.
    """
    checked = graph(nodes, edges)
    inputs = features(spark or session(load_settings()), checked)
    trained = learn(checked, inputs, seed)
    score = np.empty(len(checked.row_number))
    score[checked.row_number] = scores(trained, inputs)
    input_order = np.argsort(checked.row_number)
    table = pa.table({"node_id": checked.node_id.take(input_order), "part": checked.part[input_order], "score": score})
    return Classified(table, trained, checked, inputs)


def features(spark: "SparkSession", graph: Graph) -> pa.Table:
    """Compute the features of each node, (nodes, columns) in the graph's order, as 32-bit floats.

    Columns are the node table's, then columns from edges and from labels of the train part, then the spectral
    embedding.
    """
    # The frame has other names: Spark parses a dot or a quote in a column's name as syntax.
    named = {f"x{number}": name for number, name in enumerate(graph.features.column_names)}
    number = pa.array(np.arange(len(graph.node_id)))
    train = graph.of_part("train")
    frame = graph_columns(_frame(spark, node_id=number, **{x: graph.features[name] for x, name in named.items()}),
                          spark.createDataFrame(graph.edges),
                          _frame(spark, node_id=number.take(train), label=graph.label[train].astype(np.int64)),
                          methodcaller("localCheckpoint"))
    table = frame.toArrow().sort_by("node_id").drop_columns("node_id").rename_columns(
        linked_names(graph.features.column_names))
    ends = (graph.edges[end].to_numpy() for end in ("source", "target"))
    for name, values in zip(spectral_embedding.COLUMNS, spectral_embedding.spectral_embedding(*ends, table.num_rows).T):
        table = table.append_column(name, pa.array(values, from_pandas=True))
    return as_features(table, tuple(table.column_names))


def learn(graph: Graph, features: pa.Table, seed: int = 0,
          recipes: Sequence[NodeTrainingParameters] = PARAMETER_SETS) -> TrainedNodeModel:
    """Train with every recipe, and return the model with the best average precision on the validation part."""
    train, validation = (_labelled(graph, features, part) for part in PARTS[:2])
    trained = [_learn(recipe, train, validation, seed) for recipe in recipes]
    return max(trained, key=lambda model: model.validation)


def scores(trained: TrainedNodeModel, features: pa.Table) -> np.ndarray:
    """Return the mean of the boosters' probabilities, (nodes,)."""
    return _mean_score(trained.boosters, features.select(list(trained.columns)))


def _frame(spark: "SparkSession", **columns) -> "DataFrame":
    return spark.createDataFrame(pa.table(columns))


def _labelled(graph: Graph, features: pa.Table, part: str) -> Labelled:
    inside = graph.of_part(part)
    return Labelled(features.take(inside), graph.label[inside].astype(np.int8))


def _learn(recipe: NodeTrainingParameters, train: Labelled, validation: Labelled, seed: int) -> TrainedNodeModel:
    boosters = tuple(fit(recipe, train, validation, seed + number)[0] for number in range(SEEDS))
    precision = ranking.average_precision(validation.label, _mean_score(boosters, validation.features))
    gains = [booster.get_score(importance_type="total_gain") for booster in boosters]
    total = sum(sum(gain.values()) for gain in gains) or 1.0
    columns = tuple(train.features.column_names)
    return TrainedNodeModel(boosters, columns, recipe, precision,
                            {name: sum(gain.get(name, 0.0) for gain in gains) / total for name in columns})


def _mean_score(boosters: Sequence["Booster"], features: pa.Table) -> np.ndarray:
    data = matrix(Labelled(features, np.zeros(features.num_rows, dtype=np.int8)))
    return np.mean([booster.predict(data) for booster in boosters], axis=0, dtype=np.float64)
