"""Features of sellers, users and creators: tiles, windows and link features of some as-of days, written and staged."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from features import labels
from features.aggregation import texts, value_days, windows
from features.aggregation.history import History
from features.entities import AS_OF_DAY
from features.graph import audience, link_features, observations, shared_identifiers
from features.graph.audience import AudienceMembers, UserAttributes
from features.language.feature import Audience, SharedIdentifier
from features.language.feature_set import FeatureSet
from jobs.feature_store import freshness, tile_store
from jobs.runtime import console, day_ranges
from jobs.storage import catalog, run_manifest
from jobs.storage.lake import Lake

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


YOUNG_DAYS = 30


@dataclass(frozen=True)
class EntityFeatures:
    """Features of one entity without neighbours, with the inputs of its link features.

    Attributes:
        frame: features by entity and as-of day.
        observations: identifiers of accounts; None where the entity has no accounts.
        members: buyers or clickers of each entity; None where no audience is defined.
    """

    features: FeatureSet
    frame: "DataFrame"
    observations: "DataFrame | None"
    members: AudienceMembers | None


def build(spark: "SparkSession", lake: Lake, as_ofs: Sequence[dt.date]) -> None:
    """Write and stage tiles, texts and features of every entity as of the given days."""
    fingerprints = freshness.expected_fingerprints(lake, as_ofs)
    # Planning keeps one core busy and the other idle: the entities are built in parallel.
    with ThreadPoolExecutor(max_workers=len(AS_OF_DAY)) as pool:
        def in_parallel(work: Callable, *arguments) -> list:
            return list(pool.map(work, *arguments))

        by_entity = {base.features.entity: base for base in in_parallel(
            lambda features: _entity_features(spark, lake, features, as_ofs), AS_OF_DAY.values())}
        confirmed = _confirmed(spark, lake, as_ofs)
        users = _users(by_entity.get("user"), confirmed, as_ofs)
        in_parallel(lambda features: _write_texts(spark, lake, features, as_ofs), AS_OF_DAY.values())
        in_parallel(lambda base: _write_features(lake, _with_links(base, users, confirmed), base.features,
                                                 fingerprints), by_entity.values())
    for features in AS_OF_DAY.values():
        run_manifest.add_section(lake, "feature_sets", {features.entity: features.hash})


def _entity_features(spark: "SparkSession", lake: Lake, features: FeatureSet,
                     as_ofs: Sequence[dt.date]) -> EntityFeatures:
    needed = day_ranges.days_between(value_days.first_tile(as_ofs), max(as_ofs))
    stored = tile_store.load_or_build_tiles(spark, lake, features, needed)
    profile_table = features.profile.name
    history = History(
        stored["tiles"], stored["values"],
        lake.read(spark, profile_table, [day for day in lake.days(profile_table) if day <= max(as_ofs)])
        if lake.has(profile_table) else None,
        tile_store.first_days(lake, features), stored["month_values"])
    arrival_days = value_days.value_arrival_days(history, features, as_ofs)
    if arrival_days is not None and features.of_type(SharedIdentifier, Audience):
        arrival_days = value_days.ValueArrivalDays(materialize(arrival_days.values), arrival_days.days)
    return EntityFeatures(features, windows.as_of_features(history, features, as_ofs, materialize, arrival_days),
                          observations.identifier_observations(history, features, as_ofs, arrival_days),
                          observations.audience_members(arrival_days, features, as_ofs))


def _confirmed(spark: "SparkSession", lake: Lake, as_ofs: Sequence[dt.date]) -> dict[str, "DataFrame"]:
    """Return the confirmed risks as of each day, by entity; empty where no verdict ever arrived."""
    if not lake.has("verdicts"):
        return {}
    verdicts = lake.read(spark, "verdicts", [day for day in lake.days("verdicts") if day <= max(as_ofs)])
    return {entity: labels.confirmed_risks(verdicts, entity, as_ofs) for entity in AS_OF_DAY}


@dataclass(frozen=True)
class UserLinks:
    """The users' shared identifiers, and the user attributes that audiences need."""

    edges: "DataFrame"
    attributes: UserAttributes


def _users(base: EntityFeatures | None, confirmed: dict[str, "DataFrame"],
           as_ofs: Sequence[dt.date]) -> UserLinks | None:
    from pyspark.sql import functions as F

    if base is None or base.observations is None:
        return None
    edges = materialize(shared_identifiers.account_identifier_edges(base.observations))
    user_risks = confirmed.get("user")
    young = base.frame.where(F.col("account_age_days") < YOUNG_DAYS).select(F.col("ds").alias("as_of"), "user_id")
    bad = None if user_risks is None else user_risks.select("as_of", F.col("entity_id").alias("user_id"))
    attributes = audience.user_attributes(edges, bad, young, as_ofs)
    return UserLinks(edges, UserAttributes(materialize(attributes.rows), attributes.flags))


def _with_links(base: EntityFeatures, users: UserLinks | None, confirmed: dict[str, "DataFrame"]) -> "DataFrame":
    """Return the features of one entity with its link features."""
    entity = base.features.entity
    if base.observations is None:
        edges = None
    elif entity == "user":
        edges = users.edges
    else:
        edges = materialize(shared_identifiers.account_identifier_edges(base.observations))
    inputs = link_features.LinkInputs(edges, confirmed.get(entity), base.members, users.attributes if users else None)
    return link_features.link_columns(base.frame, base.features, inputs, materialize)


def materialize(df: "DataFrame") -> "DataFrame":
    """Compute a frame once and return its rows for several uses. Later plans do not contain its plan."""
    return df.localCheckpoint()


def _write_texts(spark: "SparkSession", lake: Lake, features: FeatureSet, as_ofs: Sequence[dt.date]) -> None:
    available = [text for text in features.texts if lake.has(text.source.name)]
    if not available:
        return
    first = min(as_ofs) - dt.timedelta(days=max(text.window for text in available) - 1)
    days = day_ranges.days_between(first, max(as_ofs))
    events = {text.source.name: lake.read(spark, text.source.name, days) for text in available}
    written = lake.write(texts.as_of_texts(events, features, as_ofs), catalog.texts(features.entity).name, as_ofs,
                         key=features.id)
    lake.stage(written)


def _write_features(lake: Lake, frame: "DataFrame", features: FeatureSet,
                    fingerprints: Mapping[dt.date, str]) -> None:
    written = lake.write(frame, catalog.features(features.entity).name, fingerprints, key=features.id,
                         fingerprints=fingerprints, metadata={"feature_set": features.hash})
    if not written.rows and not lake.has(written.table):
        console.log(f"{features.entity}: no entities, nothing written")
        return
    lake.stage(written)
    console.log(f"{features.entity}: {written.rows:,} rows of {len(features.columns)} features, "
                f"as of {len(fingerprints)} day{'s' * (len(fingerprints) > 1)}, definitions {features.hash}")
