"""Build features of every entity as of the day, and of the day's orders as of the moment each was placed.

Reads the event tables; writes tiles of the days that changed, texts and features, staged for
`validate --stage features`, which commits them; for training, those of the training days before the day too. Run
again, it gives the same rows; days that were built from the very same events are not built again.

With `--entity order --out DIR` it writes the features of the orders that arrived in a range of days, as of the
moment each was placed, to a folder of the caller's choosing, and nothing to the lake.
"""

import datetime as dt
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from features import labels
from features.aggregation import texts, windows
from features.entities import AS_OF_DAY
from features.graph import audience, shared_identifiers
from features.graph.audience import AudienceMembers, UserAttributes
from features.language.feature import Audience, SharedIdentifier
from features.language.feature_set import FeatureSet
from features.order import ORDER
from features.risks import OF_ENTITIES, OF_ORDERS, Risk
from features.splits import training_days
from jobs import step
from jobs.engines.spark import session
from jobs.feature_store import freshness, order_features, tile_store
from jobs.quality import commit_gate
from jobs.settings import load_settings
from jobs.storage import run_manifest
from jobs.storage.lake import Lake

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

YOUNG_DAYS = 30


def parse(argv: Sequence[str] | None = None):
    """Arguments of the step."""
    parser = step.range_parser(__doc__)
    parser.add_argument("--training", action="store_true", help="also as of the weekly training days before --ds")
    parser.add_argument("--entity", choices=[ORDER.entity], help="features at an event, to --out")
    parser.add_argument("--out", type=Path, metavar="DIR", help="a folder that is not there yet, for --entity")
    args = parser.parse_args(argv)
    if bool(args.entity) != bool(args.out):
        parser.error("--entity and --out go together")
    return args


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    places = load_settings()
    lake = Lake(places.lake, args.run_id)
    lake.discard_staged()
    if args.entity:
        order_features.write(session(places, args.run_id), lake, step.days_of(args), args.out)
        return
    wanted = [(building, _stale(lake, freshness.days_with_rows(lake, kind.final_table, as_of_days(
                  lake, step.days_of(args), risks if args.training else ())), kind))
              for building, kind, risks in ((build, freshness.ENTITY_FEATURES, OF_ENTITIES),
                                            (order_features.build, freshness.ORDER_FEATURES, OF_ORDERS))]
    if not any(days for _, days in wanted):
        commit_gate.record_unchanged(lake, "features")
        return
    spark = session(places, args.run_id)
    with ThreadPoolExecutor(max_workers=len(wanted)) as pool:  # side by side, as the entities are
        for each in [pool.submit(building, spark, lake, days) for building, days in wanted if days]:
            each.result()


def _stale(lake: Lake, days: Sequence[dt.date], kind: freshness.FeatureGroup) -> list[dt.date]:
    """The days to build; where there are none, what is there is noted."""
    stale = freshness.stale_days(lake, days, kind)
    if len(stale) < len(days):
        step.say(f"{', '.join(kind.feature_sets)}: {len(days) - len(stale)} of {len(days)} days are built already, "
                 "from the very same events")
    if days and not stale:
        freshness.record_reuse(lake, days, kind)
    return stale


def as_of_days(lake: Lake, days: Sequence[dt.date], risks: Sequence[Risk]) -> list[dt.date]:
    """The days that features are asked for: those given, and those on which training takes rows for some risks.

    Raises:
        Refused: the last day was never ingested.
    """
    freshness.require_ingested(lake, days[-1:])
    return sorted({*training_days(freshness.first_order_day(lake), days[-1], risks), *days})


@dataclass(frozen=True)
class EntityFeatures:
    """What is known of the entities of one kind by themselves: their features, and what they were seen with."""

    features: FeatureSet
    frame: "DataFrame"
    observations: "DataFrame | None"
    members: AudienceMembers | None


def build(spark: "SparkSession", lake: Lake, as_ofs: Sequence[dt.date]) -> None:
    """Write and stage tiles, texts and features of every entity as of the given days."""
    made_from = freshness.expected_fingerprints(lake, as_ofs)
    # Planning keeps one core busy and the other idle: the entities are worked on side by side.
    with ThreadPoolExecutor(max_workers=len(AS_OF_DAY)) as pool:
        def each(work: Callable, *given) -> list:
            return list(pool.map(work, *given))

        own = {o.features.entity: o for o in each(
            lambda features: _entity_features(spark, lake, features, as_ofs), AS_OF_DAY.values())}
        confirmed = _confirmed(spark, lake, as_ofs)
        users = _users(own.get("user"), confirmed, as_ofs)
        each(lambda features: _write_texts(spark, lake, features, as_ofs), AS_OF_DAY.values())
        each(lambda o: _write_features(lake, _with_links(o, users, confirmed), o.features, made_from), own.values())
    for features in AS_OF_DAY.values():
        run_manifest.add_section(lake, "feature_sets", {features.entity: features.hash})


def _entity_features(spark: "SparkSession", lake: Lake, features: FeatureSet, as_ofs: Sequence[dt.date]) -> EntityFeatures:
    needed = step.days_between(windows.first_tile(as_ofs), max(as_ofs))
    stored = tile_store.load_or_build_tiles(spark, lake, features, needed)
    account = features.profile.name
    history = windows.History(
        stored["tiles"], stored["values"],
        lake.read(spark, account, [d for d in lake.days(account) if d <= max(as_ofs)]) if lake.has(account) else None,
        tile_store.first_days(lake, features), stored["month_values"])
    seen = windows.value_arrival_days(history, features, as_ofs)
    if seen is not None and features.of_type(SharedIdentifier, Audience):
        seen = windows.ValueArrivalDays(materialize(seen.values), seen.days)
    return EntityFeatures(features, windows.as_of_features(history, features, as_ofs, materialize, seen),
               windows.identifier_observations(history, features, as_ofs, seen), windows.audience_members(seen, features, as_ofs))


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


def _users(own: EntityFeatures | None, confirmed: dict[str, "DataFrame"], as_ofs: Sequence[dt.date]) -> UserLinks | None:
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
    known = shared_identifiers.LinkInputs(ties, confirmed.get(entity), own.members, users.facts if users else None)
    return shared_identifiers.link_columns(own.frame, own.features, known, materialize)


def materialize(df: "DataFrame") -> "DataFrame":
    """A frame that is used several times is computed once, and later plans do not carry how."""
    return df.localCheckpoint()


def _write_texts(spark: "SparkSession", lake: Lake, features: FeatureSet, as_ofs: Sequence[dt.date]) -> None:
    there = [text for text in features.texts if lake.has(text.source.name)]
    if not there:
        return
    reach = step.days_between(min(as_ofs) - dt.timedelta(days=max(t.window for t in there) - 1), max(as_ofs))
    events = {text.source.name: lake.read(spark, text.source.name, reach) for text in there}
    written = lake.write(texts.as_of_texts(events, features, as_ofs), f"{features.entity}_texts", as_ofs, key=features.id)
    lake.stage(written)


def _write_features(lake: Lake, frame: "DataFrame", features: FeatureSet,
                    made_from: Mapping[dt.date, str]) -> None:
    written = lake.write(frame, freshness.table_of(features.entity), made_from, key=features.id, fingerprints=made_from,
                         metadata={"feature_set": features.hash})
    if not written.rows and not lake.has(written.table):
        step.say(f"{features.entity}: none is known, no features")
        return
    lake.stage(written)
    step.say(f"{features.entity}: {written.rows:,} rows of {len(features.columns)} features, "
             f"as of {len(made_from)} day{'s' * (len(made_from) > 1)}, definitions {features.hash}")


if __name__ == "__main__":
    sys.exit(step.run(main))
