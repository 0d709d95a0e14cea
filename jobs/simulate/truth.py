"""Ground truth: planted incidents and effects of actions, in files that no job that trains or scores reads."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from jobs.simulate import (
    actions,
    appeals,
    chargebacks,
    columns,
    differences,
    held_orders,
    ids,
    mistakes,
    operations,
    rhythm,
    verdicts,
)
from jobs.simulate.acted_world import ActedWorld
from jobs.simulate.actions import Effects
from jobs.simulate.after_sales import desk, fault_rows, signs
from jobs.simulate.attacks import stolen_cards
from jobs.simulate.chargebacks import Chargebacks
from jobs.simulate.days import Run
from jobs.simulate.incidents import Incidents
from jobs.simulate.rows import count, take
from jobs.simulate.world import ENTITIES

EMPTY_INCIDENTS = ("number", "attack", "ring", "variant", "start", "end", "entity", "first", "loss")
EMPTY_EFFECTS = ("day", "until", "entity", "number", "action", "factor", "returned")


def keep(home: Path, run: Run, first_day: np.datetime64, acted: ActedWorld | None = None) -> int:
    """Write the truth of a run, or of its marketplace with actions, below HOME/truth; return the number of incidents.

    The marketplace with actions has two files more: prevented.parquet and differences.parquet.
    """
    folder = home / "truth"
    folder.mkdir(parents=True, exist_ok=True)
    registers = [run.incidents] if acted is None else [acted.incidents, acted.returned.incidents]
    effects = [run.effects] if acted is None else [acted.effects, acted.returned.effects]
    planted = [planted_rows(incidents, first_day) for incidents in registers]
    if run.chargebacks is not None:
        planted.append(stolen_rows(run.chargebacks, first_day, acted.held.stopped if acted else set()))
    planted = pa.concat_tables(planted)
    pq.write_table(planted, folder / "incidents.parquet")
    entered = pa.concat_tables([effect_rows(each, first_day) for each in effects])
    pq.write_table(entered, folder / "effects.parquet")
    (folder / "parameters.json").write_text(
        json.dumps(parameters(acted.conduct if acted else operations.Conduct(), run.conduct), indent=2,
                   sort_keys=True) + "\n")
    faults = run.faults if acted is None else [*run.faults, *acted.returned.faults, *acted.faults]
    pq.write_table(fault_rows.table(faults, first_day, acted is not None), folder / "faults.parquet")
    if acted is not None:
        events = acted.differences.table(first_day)
        pq.write_table(events, folder / "differences.parquet")
        pq.write_table(differences.prevented(events), folder / "prevented.parquet")
    return len(planted)


def planted_rows(incidents: Incidents, first_day: np.datetime64) -> pa.Table:
    """Return one row per incident with harm or a verdict; `group` is the ring, `found`: a verdict confirmed it."""
    table = incidents.table or {name: np.zeros(0, int) for name in EMPTY_INCIDENTS} | {"found": np.zeros(0, bool)}
    # Actions may prevent all harm of an incident that a verdict confirms.
    table = take(table, (table["first"] >= 0) | table["found"])
    names, modules = list(incidents.attacks), list(incidents.attacks.values())
    at = [modules[position] for position in table["attack"]]
    return pa.table({
        "entity": ids.named(ENTITIES, table["entity"]),
        "entity_id": columns.entity_ids(table["entity"], table["number"]),
        "risk": pa.array([module.RISK for module in at], pa.string()),
        "incident_from": _dates(table["start"], first_day), "incident_to": _dates(table["end"], first_day),
        "loss_cents": table["loss"],
        "group": pa.array([f"{names[attack]}-{ring:04d}" for attack, ring in zip(table["attack"], table["ring"])],
                          pa.string()),
        "variant": pa.array([module.VARIANTS[number] for module, number in zip(at, table["variant"])], pa.string()),
        "found": table["found"],
    })


def stolen_rows(thefts: Chargebacks, first_day: np.datetime64, stopped: set[int]) -> pa.Table:
    """Return one row per order with a stolen card, as an incident of one day. A stopped order has no loss."""
    rows = thefts.truth()
    is_stopped = np.isin(rows["number"], list(stopped))
    rows |= {"loss": np.where(is_stopped, 0, rows["loss"]), "found": rows["found"] & ~is_stopped}
    return pa.table({
        "entity": pa.array([stolen_cards.ENTITY] * count(rows), pa.string()),
        "entity_id": columns.entity_id("order", rows["number"]),
        "risk": pa.array([stolen_cards.RISK] * count(rows), pa.string()),
        "incident_from": _dates(rows["day"], first_day), "incident_to": _dates(rows["day"], first_day),
        "loss_cents": rows["loss"],
        "group": pa.array([f"stolen_cards-{ring:04d}" for ring in rows["ring"]], pa.string()),
        "variant": ids.named(stolen_cards.VARIANTS, rows["variant"]), "found": rows["found"],
    })


def effect_rows(effects: Effects, first_day: np.datetime64) -> pa.Table:
    """Return one row per executed action or confirming verdict, with effect after `ds` up to and including `until`."""
    table = effects.table or {name: np.zeros(0, int) for name in EMPTY_EFFECTS} | {"attacker": np.zeros(0, bool)}
    return pa.table({
        "ds": _dates(table["day"] - 1, first_day), "entity": ids.named(columns.DECIDED_ON, table["entity"]),
        "entity_id": columns.entity_ids(table["entity"], table["number"]),
        "action": ids.named(actions.ACTIONS, table["action"]), "was_attacker": table["attacker"],
        "volume_factor": np.asarray(table["factor"], float), "until": _dates(table["until"], first_day),
        "returned_as": columns.entity_ids(table["entity"], table["returned"]),
    })


def _dates(day: np.ndarray, first_day: np.datetime64) -> pa.Array:
    return ids.calendar_days(day, first_day).cast(pa.date32())


def parameters(conduct: operations.Conduct, of_desk: desk.DeskConduct) -> dict:
    """Return the parameters of actions, of the people who carry them out, of verdicts and of the after-sales desk."""
    return dataclasses.asdict(conduct) | dataclasses.asdict(of_desk) | {
        "second_reviews_right": desk.SECOND_RIGHT, "handover_scans_wrong": signs.SCAN_WRONG,
        "appeals_of_honest": appeals.BY_HONEST, "appeals_of_attackers": appeals.BY_ATTACKERS,
        "appeals_decided_rightly": appeals.RIGHT, "held_guilty_orders_stopped": held_orders.HELD_GUILTY,
        "held_honest_orders_given_up": held_orders.HELD_HONEST, "commission": differences.COMMISSION,
        "attacker_stopped_volume_factor": actions.ATTACKER_STOPPED,
        "honest_stopped_volume_factor": actions.HONEST_STOPPED,
        "honest_stopped_days": actions.HONEST_DAYS, "watched_volume_factor": 1.0,
        "comes_back_share": actions.COMES_BACK, "volume_factor_after_verdict": actions.CLOSED,
        "found": verdicts.FOUND, "found_more_with_complaints": verdicts.COMPLAINED,
        "found_more_when_looked_at": verdicts.LOOKED, "stolen_cards_found": chargebacks.FOUND,
        "honest_orders_charged_back_per_stolen": chargebacks.DENIED, "wrong_per_right": mistakes.WRONG,
        "reversed_of_wrong": mistakes.REVERSED, "habits_change_after_share_of_days": rhythm.ERAS,
    }
