"""Overrides: which are in force on a day, and which of them is about a row that is decided on."""

import datetime as dt

import pyarrow as pa

from features.inputs.tables import OVERRIDES
from jobs.storage.lake import Lake
from jobs.storage.latest_state import stored_state
from jobs.storage.query import connect

EXEMPT, FORCE = "exempt", "force"  # effects


def overrides_in_force(lake: Lake, day: dt.date) -> pa.Table:
    """Return the overrides that had arrived by a day and hold on it, one row each, in the order of override_id.

    Both from_day and until_day belong to the days on which an override holds. A later state replaces an earlier one as
    a whole: one whose last day has passed ends an override that was in force.

    Returns:
        The columns of the input table `overrides`, and `ds`, the day on which the state arrived.
    """
    with connect() as db:
        db.register("states", stored_state(lake, OVERRIDES, day))
        return db.sql(f"SELECT * FROM states WHERE DATE '{day}' BETWEEN from_day AND until_day "
                      "ORDER BY override_id").to_arrow_table()


def with_overrides(rows: pa.Table, in_force: pa.Table) -> pa.Table:
    """Return rows with the override that is about each.

    An override without a risk is about every risk of its entity. Of several overrides the one counts that arrived last,
    then the one that was written last, then an exemption, then the one with the smallest override_id.

    Args:
        rows: has entity, entity_id and risk.
        in_force: the rows of `overrides_in_force`. One about an entity without a row changes nothing.

    Returns:
        The rows in their order, with override_id, override_effect (exempt, force) and override_action; null without an
        override. override_action is null for an exemption, which holds for every action.
    """
    if not in_force.num_rows:  # most nights
        nothing = pa.nulls(rows.num_rows, pa.string())
        for name in ("override_id", "override_effect", "override_action"):
            rows = rows.append_column(name, nothing)
        return rows
    with connect() as db:
        db.register("numbered", rows.append_column("row_number", pa.array(range(rows.num_rows), pa.int64())))
        db.register("in_force", in_force)
        found = db.sql(
            "SELECT o.override_id, o.effect AS override_effect, "
            "CASE WHEN o.effect = 'force' THEN o.action END AS override_action "
            "FROM numbered r LEFT JOIN in_force o ON o.entity = r.entity AND o.entity_id = r.entity_id "
            "AND (o.risk IS NULL OR o.risk = r.risk) "
            "QUALIFY row_number() OVER (PARTITION BY r.row_number ORDER BY o.ds DESC, o.created_at DESC, "
            "o.effect = 'exempt' DESC, o.override_id) = 1 ORDER BY r.row_number").to_arrow_table()
    for name in found.column_names:
        rows = rows.append_column(name, found[name])
    return rows
