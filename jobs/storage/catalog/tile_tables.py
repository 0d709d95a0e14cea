"""Tables of tiles: partial aggregates of an entity's events by day or month."""

from collections.abc import Callable
from functools import cache

from features.entities import AS_OF_DAY
from features.language.feature import Feature
from features.language.feature_set import FeatureSet
from jobs.storage.catalog.feature_columns import tile_columns
from jobs.storage.catalog.table import OutputColumn, OutputTable, Stage, ds, identifier

MONTH_END = ds("the last day of the month")
NO_ENTITY = "a marketplace may have no such entity"
NO_WHOLE_MONTH = "no complete month may lie in the windows"


@cache
def tiles(entity: str) -> OutputTable:
    """Return the table of partial aggregates of an entity's events by arrival day."""
    features = AS_OF_DAY[entity]
    return _tiles(features, "tiles", features.tile_features, ds("the arrival day"),
                  meaning=f"Partial aggregates of a {entity}'s events of one arrival day. Windows are sums of tiles.",
                  grain=f"one row per {entity}, arrival day and source", optional=_optional(entity))


@cache
def month_tiles(entity: str) -> OutputTable:
    """Return the table of partial aggregates of an entity's events by complete month."""
    features = AS_OF_DAY[entity]
    return _tiles(features, "month_tiles", features.tile_features_beyond_a_month, MONTH_END,
                  meaning=f"Sums of the tiles of a complete month, for features of a {entity} over more than a month.",
                  grain=f"one row per {entity}, month and source", optional=NO_WHOLE_MONTH)


@cache
def lifetime(entity: str) -> OutputTable:
    """Return the table of partial aggregates of all of an entity's events up to the end of a month."""
    features = AS_OF_DAY[entity]
    return _tiles(features, "lifetime", features.lifetime_features, ds("the last day of the sum, the end of a month"),
                  meaning=f"Sums of all tiles up to the end of a month, for features over a {entity}'s lifetime.",
                  grain=f"one row per {entity}, month end and source",
                  optional="no events may lie before the other windows")


@cache
def values(entity: str) -> OutputTable:
    """Return the table of values behind distinct counts of an entity, by arrival day."""
    return _values(AS_OF_DAY[entity], "values", ds("the arrival day"), optional=_optional(entity),
                   meaning=f"Different values in a {entity}'s events of one arrival day, for distinct counts.",
                   grain=f"one row per {entity}, arrival day, feature and value")


@cache
def month_values(entity: str) -> OutputTable:
    """Return the table of values behind distinct counts of an entity, by complete month."""
    days = OutputColumn("day_bits", "bigint", "the days of the month on which the value arrived; bit 0 is the first")
    return _values(AS_OF_DAY[entity], "month_values", MONTH_END, days, optional=NO_WHOLE_MONTH,
                   meaning=f"The values of a complete month, for distinct counts of a {entity} over more than a month.",
                   grain=f"one row per {entity}, month, feature and value")


# In the order of commits: a day whose tiles are committed has its values too.
TILE_TABLES: dict[str, Callable[[str], OutputTable]] = {
    "values": values, "month_values": month_values, "tiles": tiles, "month_tiles": month_tiles, "lifetime": lifetime}


def _tiles(features: FeatureSet, kind: str, tile_features: tuple[Feature, ...], day: OutputColumn, *, meaning: str,
           grain: str, optional: str) -> OutputTable:
    sources = tuple(source.name for source in features.sources)
    name = f"{features.entity}_{kind}"
    return OutputTable(
        name, f"<entity>_{kind}", Stage.TILE, "build_features", meaning, grain, key=(features.id, "ds", "source"),
        columns=(identifier(features.entity), day,
                 OutputColumn("source", "string", "the source of the events", values=sources),
                 *tile_columns(tile_features)),
        example=f"select source, count(*) as tiles, max(ds) as last_day from {name} group by source order by source",
        optional=optional)


def _values(features: FeatureSet, kind: str, day: OutputColumn, *more: OutputColumn, meaning: str, grain: str,
            optional: str) -> OutputTable:
    name = f"{features.entity}_{kind}"
    distinct = features.distinct_features_beyond_a_month if more else features.distinct_features
    numbers = sorted((features.distinct_feature_ids[feature.name], feature.name) for feature in distinct)
    return OutputTable(
        name, f"<entity>_{kind}", Stage.TILE, "build_features", meaning, grain,
        key=(features.id, "ds", "feature_id", "value_hash"),
        columns=(identifier(features.entity), day,
                 OutputColumn("feature_id", "int", "number of the distinct count",
                              values=tuple(f"{number} = {feature}" for number, feature in numbers)),
                 OutputColumn("value_hash", "bigint", "64-bit hash of the value"), *more),
        example=f"select feature_id, count(distinct value_hash) as different from {name} group by feature_id "
                "order by feature_id",
        optional=optional)


def _optional(entity: str) -> str:
    return NO_ENTITY if entity == "creator" else ""
