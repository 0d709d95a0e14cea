"""Groups of accounts that experiments assign as a whole: connected over shared identifiers, and of limited size.

Over all identifiers of a market, a quarter of its accounts are connected: somebody lends a telephone to somebody whose
address was a dormitory. Assigned as a whole, they would be one unit of thousands. So the strongest links come first,
and no link joins two groups that would be too large together: single linkage with a limit.
"""

from collections.abc import Mapping

import duckdb

from jobs.decisions.rings import MAX_MEMBERS, identifiers

LARGEST = 50  # accounts of a group


def groups(db: duckdb.DuckDBPyConnection, entity: str, as_of, largest: int = LARGEST) -> dict[str, str]:
    """Return the group of each account that is in one with another: the smallest identifier in it.

    Two accounts are linked as strongly as they have identifiers in common. An identifier of more than MAX_MEMBERS
    accounts links nobody. Of equally strong links, the one with the smaller identifiers comes first.

    Args:
        db: has the views of the event tables that arrived up to `as_of`.
        largest: accounts of a group, at most.
    """
    sql = identifiers(entity, as_of)
    if not sql:
        return {}
    links = db.sql(f"""
        WITH identifier AS ({sql}),
             shared AS (SELECT kind, value FROM identifier GROUP BY kind, value
                        HAVING count(*) BETWEEN 2 AND {MAX_MEMBERS}),
             of_shared AS (FROM identifier SEMI JOIN shared USING (kind, value))
        SELECT a.entity_id AS one, b.entity_id AS other FROM of_shared a JOIN of_shared b USING (kind, value)
        WHERE a.entity_id < b.entity_id GROUP BY ALL ORDER BY count(*) DESC, one, other""").to_arrow_table()
    return linked(list(zip(links["one"].to_pylist(), links["other"].to_pylist())), largest)


def members(groups: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the accounts of each group, in order."""
    found: dict[str, list[str]] = {}
    for account, group in sorted(groups.items()):
        found.setdefault(group, []).append(account)
    return found


def linked(links: list[tuple[str, str]], largest: int) -> dict[str, str]:
    """Return the smallest member of the group of each linked account; accounts that stay alone are left out.

    Args:
        links: the strongest first.
    """
    parent: dict[str, str] = {}
    size: dict[str, int] = {}

    def root(name: str) -> str:
        while (above := parent.get(name, name)) != name:
            parent[name] = name = parent.get(above, above)
        return name

    for one, other in links:
        first, second = sorted((root(one), root(other)))
        together = size.get(first, 1) + size.get(second, 1)
        if first != second and together <= largest:
            parent[second], size[first] = first, together
    found = {name: root(name) for link in links for name in link}
    return {name: group for name, group in found.items() if size.get(group, 1) > 1}
