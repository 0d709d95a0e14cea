"""Features of sellers, users and creators: tiles, windows and links of some as-of days, written and staged."""

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
    """What is known of the entities of one kind by themselves: their features, and what they were seen with."""

    features: FeatureSet
    frame: "DataFrame"
    observations: "DataFrame | None"
    members: AudienceMembers | None


def build(spark: "SparkSession", lake: Lake, as_ofs: Sequence[dt.date]) -> None:
    """Write and stage tiles, texts and features of every entity as of the given days."""
    fingerprints = freshness.expected_fingerprints(lake, as_ofs)
    # Planning keeps one core busy and the other idle: the entities are worked on side by side.
    with ThreadPoolExecutor(max_workers=len(AS_OF_DAY)) as pool:
        def each(work: Callable, *given) -> list:
            return list(pool.map(work, *given))

        own = {o.features.entity: o for o in each(
            lambda features: _entity_features(spark, lake, features, as_ofs), AS_OF_DAY.values())}
        confirmed = _confirmed(spark, lake, as_ofs)
        users = _users(own.get("user"), confirmed, as_ofs)
        each(lambda features: _write_texts(spark, lake, features, as_ofs), AS_OF_DAY.values())
        each(lambda o: _write_features(lake, _with_links(o, users, confirmed), o.features, fingerprints), own.values())
    for features in AS_OF_DAY.values():
        run_manifest.add_section(lake, "feature_sets", {features.entity: features.hash})


def _entity_features(spark: "SparkSession", lake: Lake, features: FeatureSet,
                     as_ofs: Sequence[dt.date]) -> EntityFeatures:
    needed = day_ranges.days_between(value_days.first_tile(as_ofs), max(as_ofs))
    stored = tile_store.load_or_build_tiles(spark, lake, features, needed)
    account = features.profile.name
    history = History(
        stored["tiles"], stored["values"],
        lake.read(spark, account, [d for d in lake.days(account) if d <= max(as_ofs)]) if lake.has(account) else None,
        tile_store.first_days(lake, features), stored["month_values"])
    seen = value_days.value_arrival_days(history, features, as_ofs)
    if seen is not None and features.of_type(SharedIdentifier, Audience):
        seen = value_days.ValueArrivalDays(materialize(seen.values), seen.days)
    return EntityFeatures(features, windows.as_of_features(history, features, as_ofs, materialize, seen),
                          observations.identifier_observations(history, features, as_ofs, seen),
                          observations.audience_members(seen, features, as_ofs))


def _confirmed(spark: "SparkSession", lake: Lake, as_ofs: Sequence[dt.date]) -> dict[str, "DataFrame"]:
    """The risks that stand confirmed as of each day, by entity; empty where nothing was ever decided."""
    if not lake.has("verdicts"):
        return {}
    verdicts = lake.read(spark, "verdicts", [day for day in lake.days("verdicts") if day <= max(as_ofs)])
    return {entity: labels.confirmed_risks(verdicts, entity, as_ofs) for entity in AS_OF_DAY}


@dataclass(frozen=True)
class UserLinks:
    """The users' own ties, and what circles need to know of users."""

    ties: "DataFrame"
    facts: UserAttributes


def _users(own: EntityFeatures | None, confirmed: dict[str, "DataFrame"],
           as_ofs: Sequence[dt.date]) -> UserLinks | None:
    from pyspark.sql import functions as F

    if own is None or own.observations is None:
        return None
    ties, known = materialize(shared_identifiers.account_identifier_edges(own.observations)), confirmed.get("user")
    young = own.frame.where(F.col("account_age_days") < YOUNG_DAYS).select(F.col("ds").alias("as_of"), "user_id")
    bad = None if known is None else known.select("as_of", F.col("entity_id").alias("user_id"))
    found = audience.user_attributes(ties, bad, young, as_ofs)
    return UserLinks(ties, UserAttributes(materialize(found.rows), found.flags))


def _with_links(own: EntityFeatures, users: UserLinks | None, confirmed: dict[str, "DataFrame"]) -> "DataFrame":
    """The features of one kind of entity, those by its neighbours included."""
    entity = own.features.entity
    if own.observations is None:
        ties = None
    else:
        ties = users.ties if entity == "user" else materialize(shared_identifiers.account_identifier_edges(own.observations))
    known = link_features.LinkInputs(ties, confirmed.get(entity), own.members, users.facts if users else None)
    return link_features.link_columns(own.frame, own.features, known, materialize)


def materialize(df: "DataFrame") -> "DataFrame":
    """A frame that is used several times is computed once, and later plans do not carry how."""
    return df.localCheckpoint()


def _write_texts(spark: "SparkSession", lake: Lake, features: FeatureSet, as_ofs: Sequence[dt.date]) -> None:
    there = [text for text in features.texts if lake.has(text.source.name)]
    if not there:
        return
    reach = day_ranges.days_between(min(as_ofs) - dt.timedelta(days=max(t.window for t in there) - 1), max(as_ofs))
    events = {text.source.name: lake.read(spark, text.source.name, reach) for text in there}
    written = lake.write(
        texts.as_of_texts(events, features, as_ofs), catalog.texts(features.entity).name, as_ofs, key=features.id
    )
    lake.stage(written)


def _write_features(lake: Lake, frame: "DataFrame", features: FeatureSet,
                    fingerprints: Mapping[dt.date, str]) -> None:
    written = lake.write(frame, freshness.table_of(features.entity), fingerprints, key=features.id,
                         fingerprints=fingerprints, metadata={"feature_set": features.hash})
    if not written.rows and not lake.has(written.table):
        console.log(f"{features.entity}: none is known, no features")
        return
    lake.stage(written)
    console.log(f"{features.entity}: {written.rows:,} rows of {len(features.columns)} features, "
                f"as of {len(fingerprints)} day{'s' * (len(fingerprints) > 1)}, definitions {features.hash}")
