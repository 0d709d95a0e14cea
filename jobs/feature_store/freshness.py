"""Whether features of a day were built from this very input already: then they are not built again.

Features as of a day are the same for the night and for every training that takes rows on that day. What they
were made from is kept in the path of their files: the definitions of all entities, whose rows look at each
other's, and the names of the files of every event table up to the day.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from features.entities import AS_OF_DAY, FEATURE_SETS
from features.inputs.tables import TABLES
from features.language.feature_set import FeatureSet
from features.order import ORDER
from jobs.storage import catalog, reuse, run_manifest
from jobs.storage.fingerprint import fingerprint
from jobs.storage.lake import Lake


@dataclass(frozen=True)
class FeatureGroup:
    """Feature sets that are built together, and the event tables they look at.

    `final_entity` is the entity whose features are committed last and so tell that all are there.
    """

    feature_sets: Mapping[str, FeatureSet]
    tables: tuple[str, ...]
    final_entity: str


# Every order has a buyer, but a marketplace may be without creators, and what has no rows has no path either.
ENTITY_FEATURES = FeatureGroup(AS_OF_DAY, tuple(TABLES), "user")
ORDER_FEATURES = FeatureGroup({ORDER.entity: ORDER}, ("orders", "verdicts"), ORDER.entity)


def expected_fingerprints(lake: Lake, as_ofs: Iterable[dt.date], group: FeatureGroup = ENTITY_FEATURES) -> dict[dt.date,
                                                                                                                str]:
    """What the features as of each day are made from. The lake reads the very tables that were marked."""
    definitions = [f"{entity} {feature_set.hash}" for entity, feature_set in group.feature_sets.items()]
    files = [(day, f"{table}/{path}") for table in group.tables for day, paths in lake.files(table).items()
             for path in paths]
    return {as_of: fingerprint([*definitions, *(path for day, path in files if day <= as_of)]) for as_of in as_ofs}


def stale_days(lake: Lake, as_ofs: Sequence[dt.date], group: FeatureGroup = ENTITY_FEATURES) -> list[dt.date]:
    """The days whose features have to be built: they are not all there, or were made from something else."""
    return reuse.stale_days(lake, table_of(group.final_entity), expected_fingerprints(lake, as_ofs, group))


def record_reuse(lake: Lake, as_ofs: Sequence[dt.date], group: FeatureGroup = ENTITY_FEATURES) -> None:
    """Note the features that this run finds as they should be, so that it can be repeated like one that built them."""
    run_manifest.add_section(lake, "feature_sets",
                             {entity: feature_set.hash for entity, feature_set in group.feature_sets.items()})
    for entity in group.feature_sets:
        if lake.has(table_of(entity)):
            run_manifest.add_reused(lake, "features", table_of(entity), as_ofs)


def days_with_rows(lake: Lake, entity: str, days: Iterable[dt.date]) -> list[dt.date]:
    """The days that an entity has features of: of orders only those on which any arrived."""
    return list(days) if entity != ORDER.entity else sorted(set(days).intersection(lake.days("orders")))


def entities(lake: Lake) -> list[str]:
    """The entities that this marketplace has: those with features of any day. It may be without creators."""
    return [entity for entity in FEATURE_SETS if lake.has(table_of(entity))]


def table_of(entity: str) -> str:
    """The table of an entity's features."""
    return catalog.features(entity).name
