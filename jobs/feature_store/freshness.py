"""Freshness of features: a day is built again only where the fingerprint of its inputs has changed.

The night and every training share the features as of a day. The path of the feature files holds the fingerprint. The
fingerprint covers the definitions of all entities, because features of one entity read rows of others. It also covers
the names of the files of every event table up to the day.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from features.entities import AS_OF_DAY, FEATURE_SETS
from features.inputs.tables import FEATURE_INPUTS
from features.language.feature_set import FeatureSet
from features.order import ORDER
from jobs.storage import catalog, reuse, run_manifest
from jobs.storage.fingerprint import fingerprint
from jobs.storage.lake import Lake


@dataclass(frozen=True)
class FeatureGroup:
    """Feature sets that are built together, and the event tables that they read.

    `final_entity` is the entity whose features are committed last: once they exist, all others exist.
    """

    feature_sets: Mapping[str, FeatureSet]
    tables: tuple[str, ...]
    final_entity: str


# The final entity must have rows, because an empty table has no partition path to hold a fingerprint. Every order has a
# buyer, but a marketplace may have no creators.
ENTITY_FEATURES = FeatureGroup(AS_OF_DAY, FEATURE_INPUTS, "user")
ORDER_FEATURES = FeatureGroup({ORDER.entity: ORDER}, ("orders", "verdicts", "cases"), ORDER.entity)


def expected_fingerprints(lake: Lake, as_ofs: Iterable[dt.date],
                          group: FeatureGroup = ENTITY_FEATURES) -> dict[dt.date, str]:
    """Return the fingerprint of the features' inputs as of each day, over exactly the tables that a build reads."""
    definitions = [f"{entity} {feature_set.hash}" for entity, feature_set in group.feature_sets.items()]
    files = [(day, f"{table}/{path}") for table in group.tables for day, paths in lake.files(table).items()
             for path in paths]
    return {as_of: fingerprint([*definitions, *(path for day, path in files if day <= as_of)]) for as_of in as_ofs}


def stale_days(lake: Lake, as_ofs: Sequence[dt.date], group: FeatureGroup = ENTITY_FEATURES) -> list[dt.date]:
    """Return the days whose features are missing or have another fingerprint."""
    return reuse.stale_days(lake, catalog.features(group.final_entity).name, expected_fingerprints(lake, as_ofs, group))


def completing_table(table: str) -> str | None:
    """Return the table whose fingerprint of a day also stands for the day's rows of `table`.

    A run builds both tables where that fingerprint is stale, and commits the returned one last. None where the days of
    `table` have fingerprints of their own, or none.
    """
    for entity in AS_OF_DAY:
        if table == catalog.values(entity).name:
            return catalog.tiles(entity).name
        final = catalog.features(ENTITY_FEATURES.final_entity).name
        if table != final and table in (catalog.features(entity).name, catalog.texts(entity).name):
            return final
    return None


def record_reuse(lake: Lake, as_ofs: Sequence[dt.date], group: FeatureGroup = ENTITY_FEATURES) -> None:
    """Record the features that this run reuses in its manifest, so that the run can be replayed like a build."""
    run_manifest.add_section(lake, "feature_sets",
                             {entity: feature_set.hash for entity, feature_set in group.feature_sets.items()})
    for entity in group.feature_sets:
        if lake.has(catalog.features(entity).name):
            run_manifest.add_reused(lake, "features", catalog.features(entity).name, as_ofs)


def days_with_rows(lake: Lake, entity: str, days: Iterable[dt.date]) -> list[dt.date]:
    """Return the days that can have features of an entity. For orders, these are the days with orders."""
    return list(days) if entity != ORDER.entity else sorted(set(days).intersection(lake.days("orders")))


def entities(lake: Lake) -> list[str]:
    """Return the entities with features of any day. A marketplace may have no creators."""
    return [entity for entity in FEATURE_SETS if lake.has(catalog.features(entity).name)]
