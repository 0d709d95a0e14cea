"""Whether features of a day were built from this very input already: then they are not built again.

Features as of a day are the same for the night and for every training that takes rows on that day. What they
were made from is kept in the path of their files: the definitions of all entities, whose rows look at each
other's, and the names of the files of every event table up to the day.
"""

import datetime as dt
from collections.abc import Iterable, Sequence

from features.entities import FEATURE_SETS
from features.tables import TABLES
from jobs import note
from jobs.lake import Lake
from jobs.mark import mark

# Whose features are committed last and so tell that all are there: every order has a buyer, but a marketplace may
# be without creators, and what has no rows has no path either.
LAST = "user"


def marks(lake: Lake, as_ofs: Iterable[dt.date]) -> dict[dt.date, str]:
    """What the features as of each day are made from. The lake reads the very tables that were marked."""
    definitions = [f"{entity} {feature_set.hash}" for entity, feature_set in FEATURE_SETS.items()]
    files = [(day, f"{table}/{path}") for table in TABLES for day, paths in lake.files(table).items()
             for path in paths]
    return {as_of: mark([*definitions, *(path for day, path in files if day <= as_of)]) for as_of in as_ofs}


def stale(lake: Lake, as_ofs: Sequence[dt.date]) -> list[dt.date]:
    """The days whose features have to be built: they are not all there, or were made from something else."""
    known = lake.made_from(table_of(LAST))
    return [day for day, wanted in marks(lake, as_ofs).items() if known.get(day) != wanted]


def keep(lake: Lake, as_ofs: Sequence[dt.date]) -> None:
    """Note the features that this run finds as they should be, so that it can be repeated like one that built them."""
    note.add(lake, "feature_sets", {entity: feature_set.hash for entity, feature_set in FEATURE_SETS.items()})
    for entity in entities(lake):
        note.add_kept(lake, "features", table_of(entity), as_ofs)


def entities(lake: Lake) -> list[str]:
    """The entities that this marketplace has: those with features of any day. It may be without creators."""
    return [entity for entity in FEATURE_SETS if lake.has(table_of(entity))]


def table_of(entity: str) -> str:
    """The table of an entity's features."""
    return f"{entity}_features"
