"""The simulation of days: events of honest people and attackers, their consequences, and verdicts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType

import numpy as np

from jobs.simulate import honest_lookalikes, ids, registrations, returning_attackers
from jobs.simulate.actions import Effects
from jobs.simulate.after_sales import conversations, desk, evidence, fault_rows, listings
from jobs.simulate.attacks import information_leakage, merchant_fraud, stolen_cards
from jobs.simulate.chargebacks import Chargebacks
from jobs.simulate.incidents import PLANNED, RETURNED, Incidents, thinned
from jobs.simulate.legitimate import browsing, claims, grants, parcels, reviews, sessions, shopping, staff
from jobs.simulate.rows import Rows, concat, count, take
from jobs.simulate.seeds import COMEBACK, stream
from jobs.simulate.verdicts import Desk
from jobs.simulate.world import LEDGER, World

EVENTS = ("orders", "clicks", "logins", "grants", "accesses", "reviews", "cases")
REMEMBERED = ("number", "user", "seller", "amount", "lot", "incident", "time")  # columns of orders in the ledger
CASES = ("time", "order", "user", "seller", "kind", "reason", "claim", "evidence", "text", "arrives", "lot", "incident",
         "loss", "image", "number", "acted")  # columns of cases that land; the truth has the others
ORDERED = ("user", "seller", "creator")  # whose volume factors an order depends on
Land = Callable[[str, Rows, int], None]
Answer = Callable[[str, Rows, tuple[str, ...]], Rows]


@dataclass
class Run:
    """A running marketplace.

    Attributes:
        waiting: the rows that arrive on later days, by table and day.
        answer: what changes rows of a table that happen today, if actions are taken (`jobs.simulate.acted_world`).
        honest: whether honest people act in this run; without them it has returned attackers alone.
        streams: the offset of its random streams.
        first: the first position of the numbers of a day's events.
        templates: events without a row, by kind.
        conduct: how the after-sales desk works.
        faults: the truth of the cases opened so far.
    """

    world: World
    odd: Rows
    incidents: Incidents
    effects: Effects
    desk: Desk
    chargebacks: Chargebacks | None
    changes: Rows
    waiting: dict[tuple[str, int], list[Rows]] = field(default_factory=dict)
    answer: Answer | None = None
    honest: bool = True
    streams: int = 0
    first: int = 0
    templates: dict[str, Rows] = field(default_factory=dict)
    conduct: desk.DeskConduct = desk.DeskConduct()
    faults: list[Rows] = field(default_factory=list)

    def rng(self, part: str, crew_index: int = PLANNED) -> np.random.Generator:
        """Return today's random stream of a part."""
        return stream(self.world.seed, part, self.world.today.day, 1 + crew_index * COMEBACK + self.streams)

    def numbers(self, rows: Rows) -> np.ndarray:
        """Return numbers for today's rows of a table."""
        return ids.of_day(self.world.today.day, count(rows), self.first)

    def answered(self, table: str, rows: Rows, by: tuple[str, ...] = ()) -> Rows:
        """Return rows that happen today, after the actions; `by` names whose volume factors they depend on."""
        return rows if self.answer is None else self.answer(table, rows, by)

    def put(self, table: str, rows: Rows) -> None:
        """Queue rows for their day of arrival; for today there is always an entry, at least with columns."""
        today = self.world.today.day
        for arrival in np.unique(np.append(rows["arrives"], today)):
            if arrival < self.world.days:
                part = take(rows, rows["arrives"] == arrival)
                self.waiting.setdefault((table, int(arrival)), []).append(part)

    def attacks(self, crew_index: int) -> list[tuple[str, ModuleType, Rows]]:
        """Return the attacks of a crew with active attackers today: name, module, active attackers."""
        day = self.world.today.day
        each = [(name, module, self.incidents.active(name, crew_index, day))
                for name, module in self.incidents.attacks.items()]
        return [(name, module, mine) for name, module, mine in each if mine is not None]


def live(run: Run, day: int, land: Land) -> None:
    """Simulate one day, from the registrations to the verdicts."""
    if run.honest:
        _wake(run, day, land)
    out = {name: [] for name in EVENTS}
    _act(run, out)
    placed, honest = _orders(run, out)
    _other_events(run, out, placed, honest, land)
    _follow(run, out, placed)
    _steal(run, count(placed))
    _arrive(run, day, land)
    decided = concat([run.desk.decide(day), *(run.chargebacks.decide() if run.chargebacks else [])])
    decided = run.answered("verdicts", decided)
    land("verdicts", decided | {"who": decided["number"], "number": run.numbers(decided)}, day)


def _wake(run: Run, day: int, land: Land) -> None:
    """Set the day's volume factors and expectations, and land its registrations."""
    run.effects.begin(day)
    returning_attackers.register(run.world, run.effects, day)
    today = run.world.begin(day)
    honest_lookalikes.bend(today, run.odd)
    for crew in run.incidents.crews.get("merchant_fraud", []):
        merchant_fraud.bend(today, crew)
    for entity in ("user", "seller", "creator"):
        rows = registrations.of_day(run.world, run.changes, entity, day)
        land(f"{entity}s", run.answered(f"{entity}s", rows), day)
    land("listings", run.answered("listings", listings.of_day(run.world, day)), day)


def _act(run: Run, out: dict) -> None:
    """Draw orders in a fixed order: honest buyers, planned attackers, returned attackers."""
    out["orders"].append(_or_template(
        run, "orders", lambda: shopping.everyday(run.rng("shopping"), run.world, run.odd)))
    for crew_index in (PLANNED, RETURNED):
        for name, module, mine in run.attacks(crew_index):
            module.step(run.rng(name, crew_index), run.world, mine, parts := {event: [] for event in EVENTS})
            for event, rows in parts.items():
                out[event] += [_signed(run, row, name, crew_index) for row in rows] if event == "orders" else rows


def _or_template(run: Run, event: str, drawn: Callable[[], Rows]) -> Rows:
    """Return the drawn honest events; in a run without honest people, their columns without a row."""
    if run.honest:
        rows = drawn()
        run.templates[event] = take(rows, np.zeros(0, int))
        return rows
    return run.templates[event]


def _signed(run: Run, placed: Rows, name: str, crew_index: int) -> Rows:
    """Return orders with their attackers, so that the attack can add consequences after the orders have numbers."""
    attack = list(run.incidents.attacks).index(name)
    return placed | {"attack": np.full(count(placed), attack), "crew_index": np.full(count(placed), crew_index)}


def _orders(run: Run, out: dict) -> tuple[Rows, np.ndarray]:
    """Return today's orders with numbers, some assigned to fraudulent merchants, and whether each is honest."""
    nobody = np.full(count(out["orders"][0]), -1)
    placed = concat([out["orders"][0] | {"attack": nobody, "crew_index": nobody}, *out["orders"][1:]])
    size = count(placed)
    placed |= {"number": run.numbers(placed), "lot": run.rng("lots").random(size),
               "ship_by": parcels.promised(run.world, placed)}
    honest = (placed["incident"] < 0) & (placed["silent"] == 0)
    for crew_index, crew in enumerate(run.incidents.crews.get("merchant_fraud", [])):
        if not count(crew):
            continue
        kept = merchant_fraud.assign_orders(run.rng("merchant_fraud", crew_index + 4), run.world, crew, placed)
        placed["crew_index"] = np.where(kept, crew_index, placed["crew_index"])
        placed["attack"] = np.where(kept, list(run.incidents.attacks).index("merchant_fraud"), placed["attack"])
    return placed, honest


def _other_events(run: Run, out: dict, placed: Rows, honest: np.ndarray, land: Land) -> None:
    """Land today's clicks, logins and reads; they arrive on the same day."""
    buyers = take(placed, honest)
    out["clicks"].insert(0, _or_template(
        run, "clicks", lambda: browsing.clicks(run.rng("browsing"), run.world, buyers, run.odd)))
    out["logins"].insert(0, _or_template(
        run, "logins", lambda: sessions.logins(run.rng("sessions"), run.world, buyers, run.odd)))
    out["accesses"].insert(0, _or_template(
        run, "accesses", lambda: staff.accesses(run.rng("staff"), run.world, run.world.recent, run.odd)))
    lots = run.rng("lots", 2)
    for event, by in (("clicks", ORDERED), ("logins", ("user",)), ("accesses", ("seller",))):
        rows = concat(out[event])
        rows |= {"lot": lots.random(count(rows)), "number": run.numbers(rows)}
        _happen(run, event, rows, by, land)


def _happen(run: Run, table: str, rows: Rows, by: tuple[str, ...], land: Land) -> Rows:
    day = run.world.today.day
    kept = run.answered(table, take(rows, thinned(run.world, rows, run.incidents, day, by)), by)
    run.incidents.note(kept, day)
    land(table, kept, day)
    return kept


def _follow(run: Run, out: dict, placed: Rows) -> None:
    """Queue the parcels, reviews, cases and grants of today's orders for their days of arrival."""
    world, rng = run.world, run.rng("aftermath")
    kept = thinned(world, placed, run.incidents, world.today.day, ORDERED)
    cancelled = claims.called_off(rng, world, placed, run.odd)
    sent = parcels.send(rng, world, placed, cancelled)
    out["reviews"].append(reviews.reviews(rng, world, placed, sent, run.odd))
    out["cases"] += [claims.cancellations(rng, placed, cancelled),
                     claims.complaints(rng, world, placed, sent, run.odd)]
    out["grants"].append(grants.of_orders(run.rng("grants"), placed))
    if run.honest:
        heard = take(placed, placed["silent"] == 0)
        out["grants"].append(grants.invitations(run.rng("grants", 3), world, heard, run.odd))
    for crew_index in (PLANNED, RETURNED):
        for name, module in run.incidents.attacks.items():
            _after(run, name, module, crew_index, placed, out)
    if world.ledger and run.honest:
        out["cases"].append(information_leakage.elsewhere(run.rng("outcomes", 4), world, run.odd))
    _remember(run, run.answered("orders", take(placed, kept), ORDERED))
    _put_down(run, out, sent, placed, kept)


def _after(run: Run, name: str, module: ModuleType, crew_index: int, placed: Rows, out: dict) -> None:
    crews = run.incidents.crews.get(name, [])
    if len(crews) <= crew_index or not hasattr(module, "after"):
        return
    attack = list(run.incidents.attacks).index(name)
    own = take(placed, (placed["attack"] == attack) & (placed["crew_index"] == crew_index) & (placed["row"] >= 0))
    if count(own):
        module.after(run.rng(name, crew_index + 2), run.world, crews[crew_index], own, out)


def _remember(run: Run, kept: Rows) -> None:
    world, day = run.world, run.world.today.day
    run.incidents.note(kept, day)
    world.ledger.append({name: kept[name] for name in REMEMBERED})
    del world.ledger[:-LEDGER]
    world.recent = world.recent * (2 / 3) + np.bincount(kept["seller"], minlength=len(world.recent))
    run.waiting.setdefault(("orders", day), []).append(kept)


def _put_down(run: Run, out: dict, sent: Rows, placed: Rows, kept: np.ndarray) -> None:
    """Remove consequences of orders that did not happen; orders of earlier days did happen."""
    day, happened = run.world.today.day, placed["number"][kept]
    cases, sent = evidence.establish(run.world, list(run.incidents.attacks), concat(out["cases"]), placed, sent)
    granted = concat(out["grants"])
    granted |= {"number": run.numbers(granted), "arrives": np.full(count(granted), day)}
    for table, rows in (("shipments", sent), ("reviews", concat(out["reviews"])), ("cases", cases),
                        ("incentives", granted)):
        run.put(table, take(rows, (rows["order"] // ids.BLOCK != day) | np.isin(rows["order"], happened)))


def _steal(run: Run, numbered: int) -> None:
    """Add today's orders with stolen cards, and their parcels. Their own stream leaves other orders unchanged."""
    if run.chargebacks is None:
        return
    world, rng, day = run.world, run.rng("stolen_cards"), run.world.today.day
    placed = stolen_cards.step(rng, world, run.chargebacks.cards)
    size = count(placed)
    placed |= {"number": ids.of_day(day, numbered + size)[numbered:], "lot": rng.random(size),
               "attack": np.full(size, -1), "crew_index": np.full(size, -1),
               "ship_by": parcels.promised(world, placed)}
    run.chargebacks.hear(run.rng("chargebacks"), placed)
    run.chargebacks.deny(run.rng("chargebacks", RETURNED))
    run.waiting[("orders", day)].append(run.answered("stolen", placed))
    sent = parcels.send(rng, world, placed, np.zeros(size, bool))
    run.put("shipments", sent | {"scan": parcels.scanned(world, sent)})


def _arrive(run: Run, day: int, land: Land) -> None:
    """Land the queued rows of today, without claims and reviews of stopped buyers."""
    land("orders", concat(run.waiting.pop(("orders", day))), day)
    for table, by in (("shipments", ()), ("reviews", ("user",)), ("incentives", ("user",)), ("cases", ("user",))):
        rows = concat(run.waiting.pop((table, day)))
        if table == "cases":
            rows |= {"number": run.numbers(rows)}
        rows = run.answered(table, take(rows, thinned(run.world, rows, run.incidents, day, by)), by)
        if table != "shipments":
            run.incidents.note(rows, day)
        if table == "cases":
            run.desk.hear(rows)
            _decide_cases(run, rows)
            rows = {name: rows[name] for name in CASES if name in rows}
        land(table, rows, day)
    for table in ("case_outcomes", "messages"):
        land(table, concat(run.waiting.pop((table, day))), day)


def _decide_cases(run: Run, opened: Rows) -> None:
    """Queue the messages and outcomes of today's cases, reversals included, and remember their truth."""
    acted = {"acted": opened["acted"]} if "acted" in opened else {}
    cases = desk.decide(run.world, run.conduct, opened)
    closed = claims.settle(run.rng("outcomes"), cases, desk.appeals) | acted
    run.put("case_outcomes", concat([closed, desk.reversals(run.world, cases, closed)]))
    said = conversations.of_cases(run.world.seed, cases)
    run.put("messages", said | {"number": run.numbers(said)})
    run.faults.append(fault_rows.remembered(cases))
