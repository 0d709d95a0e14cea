"""Tables that models read: features, texts and labels."""

from functools import cache

from features.entities import AS_OF_DAY, FEATURE_SETS
from features.inputs.tables import ORDERS
from features.language.feature_set import FeatureSet
from jobs.storage.catalog.feature_columns import feature_columns
from jobs.storage.catalog.table import OutputColumn, OutputTable, Stage, ds, identifier
from jobs.storage.catalog.tile_tables import NO_ENTITY

PARTS = ("train", "validation", "test")


@cache
def features(entity: str) -> OutputTable:
    """Return the table of features of an entity as of a day, or of an order as of the moment it was placed."""
    feature_set, name = FEATURE_SETS[entity], f"{entity}_features"
    first = feature_columns(feature_set)[0].name
    return OutputTable(
        name, "<entity>_features", Stage.FEATURE, "build_features",
        meaning=f"Features of {'each order as of the moment it was placed' if entity == 'order' else _as_of(entity)}.",
        grain=row_of(entity), key=(feature_set.id, "ds"),
        columns=(identifier(entity), *beside(feature_set), *feature_columns(feature_set), _day(entity)),
        example=f"select {feature_set.id}, {first} from {name} where ds = (select max(ds) from {name}) "
                f"order by {first} desc nulls last limit 5",
        optional=no_entity(entity))


@cache
def texts(entity: str) -> OutputTable:
    """Return the table of texts by or about an entity as of a day."""
    feature_set, name = FEATURE_SETS[entity], f"{entity}_texts"
    first = feature_set.texts[0].name if feature_set.texts else feature_set.id
    return OutputTable(
        name, "<entity>_texts", Stage.FEATURE, "build_features",
        meaning=f"The newest texts by or about a {entity}, one a line, for topics of models.",
        grain=f"one row per {entity} with any text, and as-of day", key=(feature_set.id, "ds"),
        columns=(identifier(entity),
                 *[OutputColumn(text.name, "string", f"{text.meaning}, last {text.window} days", null="no such text")
                   for text in feature_set.texts], _day(entity)),
        example=f"select {feature_set.id}, {first} from {name} where {first} is not null order by ds desc limit 5",
        optional="a marketplace may have no texts")


@cache
def labels(entity: str) -> OutputTable:
    """Return the table of labelled rows of an entity's models."""
    feature_set, name = FEATURE_SETS[entity], f"{entity}_labels"
    return OutputTable(
        name, "<entity>_labels", Stage.LABEL, "build_labels",
        meaning="Labels of the rows that models are trained, stopped and tested on, by the verdicts that had arrived.",
        grain=f"one row per {entity}, as-of day, risk and training day", key=(feature_set.id, "as_of", "risk", "ds"),
        columns=(
            OutputColumn("as_of", "date", "the day of the feature row"),
            identifier(entity),
            OutputColumn("risk", "string", "the risk area"),
            OutputColumn("part", "string", "the part of the split", values=PARTS),
            OutputColumn("label", "int", "whether a confirmed incident followed", "flag"),
            OutputColumn("loss_cents", "bigint", "loss of these incidents", "cents"),
            ds("the training day; verdicts that arrived later are not used"),
        ),
        example=f"select risk, part, count(*) as labelled, sum(label) as positive from {name} "
                f"where ds = (select max(ds) from {name}) group by all order by risk, part",
        optional="a lake may be too young to train on")


def row_of(entity: str) -> str:
    """Return the grain of features, scores and risk tables."""
    return "one row per order and arrival day" if entity == "order" else f"one row per {entity} and as-of day"


def no_entity(entity: str) -> str:
    """Return why a lake may be without the tables of an entity; empty where every lake has them."""
    return NO_ENTITY if entity == "creator" else ""


def passthrough(feature_set: FeatureSet) -> tuple[OutputColumn, ...]:
    """Return columns of an order's own row that readers of its scores need."""
    return tuple(OutputColumn(c.name, c.type, f"{c.meaning}, masked" if c.private else c.meaning,
                              null="" if c.required else "not delivered")
                 for c in map(feature_set.profile.column, feature_set.passthrough_columns))


def beside(feature_set: FeatureSet) -> tuple[OutputColumn, ...]:
    """Return columns of the entity's own row that its feature table has too."""
    null = "not delivered" if feature_set.profile is ORDERS else "not registered, or not delivered"
    slices = (feature_set.profile.column(name) for name in feature_set.slice_columns)
    return (*passthrough(feature_set), *[OutputColumn(c.name, c.type, c.meaning, null=null) for c in slices])


def _day(entity: str) -> OutputColumn:
    return ds("the as-of day" if entity in AS_OF_DAY else "the arrival day of the order")


def _as_of(entity: str) -> str:
    return f"each {entity} as of a day, for every {entity} with an event in the last 90 days"
