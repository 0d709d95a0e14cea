"""The marketplace with actions, beside the same marketplace without them.

One simulation draws the events of the marketplace without actions. Actions take events away. A stopped attacker who
returns adds events from streams of its own. No other draw depends on an action. Therefore the two marketplaces differ
by the effects of the actions alone, and each difference has one cause.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from jobs.simulate import (
    actions,
    appeals,
    held_orders,
    ids,
    operations,
    registrations,
    returning_attackers,
    review_samples,
)
from jobs.simulate.action_files import REVIEW, SAMPLE, STOP
from jobs.simulate.actions import Effects
from jobs.simulate.after_sales import fault_rows, listings
from jobs.simulate.attacks import merchant_fraud, stolen_cards
from jobs.simulate.causes import Causes
from jobs.simulate.columns import DECIDED_ON
from jobs.simulate.days import Land, Run, live
from jobs.simulate.differences import CASE, HELD, Differences
from jobs.simulate.differences import ORDER as ORDER_EVENT
from jobs.simulate.incidents import Incidents, thinned
from jobs.simulate.rows import Rows, concat, count, take
from jobs.simulate.seeds import ACTED, COMEBACK, stream
from jobs.simulate.verdicts import RISK_NAMES, Desk
from jobs.simulate.world import ENTITIES, World

ORDER = DECIDED_ON.index("order")
EFFECT_OF = np.array([actions.STOP, actions.REVIEW, actions.WATCH, actions.HOLD])  # of each word of an action file


@dataclass
class ActedEffects(Effects):
    """Effects in the marketplace with actions; `base` has those without actions, `comebacks` those on returned ones.

    Attributes:
        causes: gets the risk of each entity with an effect, and the origin of each returned attacker.
        shared: (entity, number) of attackers who return on the same day in both.
    """

    base: Effects = None
    comebacks: Effects = None
    causes: Causes = None
    shared: set[tuple[str, int]] = field(default_factory=set)

    def enter(self, day: int, entity: int, number: np.ndarray, action: np.ndarray, incident: np.ndarray,
              factor: np.ndarray, until: np.ndarray) -> None:
        """Record effects from a day on, and the risk of each entity."""
        if entity != ORDER:
            self.causes.suspect(entity, number, incident, self.incidents)
        super().enter(day, entity, number, action, incident, factor, until)

    def come_back(self, name: str, entity: str, incident: int, day: int) -> int:
        """Return the number without actions, if that return has the same day; else a number of the reserve's end."""
        if (known := self.base.announced.get(int(incident))) and known[0] == day:
            self.shared.add((entity, known[1]))
            return known[1]
        number, self.world.reserve[entity] = int(self.world.reserve[entity][-1]), self.world.reserve[entity][:-1]
        self.announce(self.comebacks.coming, name, incident, number, day)
        self.causes.origin[ENTITIES.index(entity), number] = int(self.incidents.table["number"][incident])
        return number

    def unshared(self) -> dict[str, np.ndarray]:
        """Return the numbers by entity under which attackers return without actions only."""
        names = list(self.incidents.attacks.values())
        table, found = self.incidents.table, {name: [] for name in ENTITIES}
        for incident, (_, number) in self.base.announced.items():
            entity = names[table["attack"][incident]].ENTITY
            if (entity, number) not in self.shared:
                self.causes.origin[ENTITIES.index(entity), number] = int(table["number"][incident])
                found[entity].append(number)
        return {name: np.array(numbers, int) for name, numbers in found.items()}


@dataclass
class ActedWorld:
    """The marketplace with actions; `base` is the run without them.

    Attributes:
        incidents: the incidents of the run without actions, as they go with actions.
        returned: the run of the attackers who return because of actions.
        land: lands rows that happen only with actions.
    """

    base: Run
    asked: Rows
    conduct: operations.Conduct
    land: Land
    world: World = None
    incidents: Incidents = None
    effects: ActedEffects = None
    desk: Desk = None
    returned: Run = None
    differences: Differences = field(default_factory=Differences)
    unshared: dict[str, np.ndarray] = field(default_factory=dict)
    follow_ups: dict[int, list[Rows]] = field(default_factory=dict)
    verdicts: list[Rows] = field(default_factory=list)
    outcomes: dict[int, list[Rows]] = field(default_factory=dict)
    faults: list[Rows] = field(default_factory=list)

    def __post_init__(self) -> None:
        base, seed = self.base, self.base.world.seed
        self.world = _copy(base.world)
        table = base.incidents.table and {name: values.copy() for name, values in base.incidents.table.items()}
        self.incidents = Incidents(base.incidents.attacks, table, base.incidents.crews)
        comebacks = Incidents(base.incidents.attacks)
        self.causes = Causes(base.world, self.world, self.incidents, comebacks)
        effects = Effects(self.world, comebacks)
        self.effects = ActedEffects(self.world, self.incidents, base=base.effects, comebacks=effects,
                                    causes=self.causes)
        self.desk = Desk(self.world, self.incidents, self.effects, ACTED)
        self.returned = Run(
            self.world, base.odd, comebacks, effects, Desk(self.world, comebacks, effects, ACTED + COMEBACK), None,
            base.changes, answer=self._answer_returned, honest=False, streams=ACTED, first=ids.ADDED,
            templates=base.templates, conduct=base.conduct)
        samples = self.asked["action"] == SAMPLE
        self.samples = take(self.asked, samples)
        self.taken = operations.carried_out(seed, take(self.asked, ~samples), self.conduct)
        on_orders = self.asked["number"][self.asked["entity"] == ORDER]
        self.held = held_orders.HeldOrders(seed, self.conduct, np.unique(on_orders))
        self.appeals = appeals.Appeals(seed)
        self.reviews = review_samples.ReviewSamples(seed, self.conduct)
        base.answer = self._answer

    # The day

    def begin(self, day: int) -> None:
        """Carry out today's actions, and set the day's volume factors. Comes before the day without actions."""
        self._follow_base()
        self.today, self.verdicts = day, []
        due = concat([take(self.taken, self.taken["taken"] == day), *self.follow_ups.pop(day, [])])
        self.looked = self._act(take(due, due["executed"] & (due["entity"] != ORDER)), day)
        self._hold(take(due, due["executed"] & (due["entity"] == ORDER)), day)
        self.land("actions_taken", operations.log(self.world.seed, due, day), day)
        self._hear_appeals(day)
        self._sample(day)
        for factor in self.world.factor.values():
            factor[:] = 1.0
        self.effects.apply(day)
        self.returned.effects.apply(day)
        for name, numbers in self.unshared.items():
            self.world.factor[name][numbers] = 0.0

    def end(self, day: int) -> None:
        """Simulate the attackers who returned because of actions, and land what happens only with actions."""
        world, today = self.world, self.base.world.today
        world.today = replace(today, price=today.price.copy(), coupons=today.coupons.copy(),
                              demand=today.demand.copy())
        returning_attackers.register(world, self.returned.effects, day, ACTED)
        self._land_registrations(day)
        if self.returned.incidents.table is not None:
            for crew in self.returned.incidents.crews.get("merchant_fraud", []):
                merchant_fraud.bend(world.today, crew)
            live(self.returned, day, self.land)
        rows = concat(self.verdicts)
        self.land("verdicts", rows | {"who": rows["number"],
                                      "number": ids.of_day(day, count(rows), held_orders.FIRST)}, day)

    def _follow_base(self) -> None:
        """Take over incidents of attackers who returned without actions; they never run if it was not with actions."""
        table, mine = self.base.incidents.table, self.incidents.table
        if table is None:
            return
        for name in self.incidents.attacks:  # returned attackers are the second crew of each attack
            self.returned.incidents.crews.setdefault(name, [take(self.base.incidents.crews[name][0], slice(0, 0))])
        self.unshared = self.effects.unshared()
        if count(table) > count(mine):
            fresh = take(table, np.arange(count(mine), count(table)))
            for position, name in enumerate(ENTITIES):
                gone = (fresh["entity"] == position) & np.isin(fresh["number"], self.unshared[name])
                fresh["ended"] = np.where(gone, 0, fresh["ended"])
            self.incidents.table = concat([mine, fresh])

    # Actions

    def _act(self, due: Rows, day: int) -> tuple[Rows, Rows]:
        """Apply actions on sellers, users and creators; return those on known entities, and on returned ones."""
        sides = self.causes.is_returned(due["entity"], due["number"])
        for effects, here in ((self.effects, ~sides), (self.returned.effects, sides)):
            for position in range(len(ENTITIES)):
                mine = take(due, here & (due["entity"] == position))
                if not count(mine):
                    continue
                attacker = effects.act(day, position, mine["number"], EFFECT_OF[mine["action"]]) >= 0
                stop, review = mine["action"] == STOP, mine["action"] == REVIEW
                self.appeals.hear(take(mine, stop), attacker[stop], day)
                self._queue(operations.after_reviews(self.world.seed, take(mine, review), attacker[review],
                                                     self.conduct))
        return take(due, ~sides), take(due, sides)

    def _queue(self, rows: Rows) -> None:
        for when in np.unique(rows["taken"]):
            self.follow_ups.setdefault(int(when), []).append(take(rows, rows["taken"] == when))

    def _hold(self, due: Rows, day: int) -> None:
        """Stop orders, cancel them, and record what that prevented."""
        rows = self.held.stop(due) if count(due) else None
        if rows is None:
            return
        cause = {"entity": np.full(count(rows), ORDER), "who": rows["number"], "risk": rows["risk"]}
        guilty = rows["risk"] >= 0
        self.causes.blame(rows["number"], cause)
        self.differences.add(day, HELD, rows["number"], cause, amount=rows["amount"], trade=rows["trade"],
                             loss=np.where(guilty, rows["loss"], 0))
        for register, here in ((self.incidents, ~rows["returned"]), (self.returned.incidents, rows["returned"])):
            mine = here & (rows["incident"] >= 0)
            if mine.any():
                np.subtract.at(register.table["loss"], rows["incident"][mine], rows["loss"][mine])
        size = count(rows)
        self.effects.enter(day, ORDER, rows["number"], np.full(size, actions.HOLD), np.where(guilty, 0, -1),
                           np.zeros(size), np.full(size, self.world.days - 1))
        rng = stream(self.world.seed, "held_orders", day, 1 + ACTED)
        cases, outcomes = held_orders.cancellations(rng, rows, day)
        self.land("cases", cases, day)
        self.faults.append(fault_rows.remembered(cases))
        self.outcomes.setdefault(day + 1, []).append(outcomes)

    def _hear_appeals(self, day: int) -> None:
        due = self.appeals.due(day)
        if due is None:
            return
        self.land("appeals", appeals.log(due, day), day)
        for row in np.flatnonzero((due["decided"] == day) & due["upheld"]):
            entity, number = int(due["entity"][row]), int(due["who"][row])
            returned = self.causes.is_returned(due["entity"][[row]], due["who"][[row]])[0]
            (self.returned.effects if returned else self.effects).lift(day, entity, number)

    def _sample(self, day: int) -> None:
        """Draw the samples of yesterday's decisions; their truth is that of the day of the decision."""
        asked = take(self.samples, self.samples["day"] == day - 1)
        if count(asked):
            self.reviews.draw(asked, self._guilty(asked, day - 1))
        if (due := self.reviews.due(day)) is not None:
            self.land("review_samples", review_samples.log(due, day), day)

    def _guilty(self, asked: Rows, day: int) -> np.ndarray:
        """Return whether each row's entity is in an incident of the row's risk on the day, or within a week of it."""
        guilty, attacks = np.zeros(count(asked), bool), list(self.incidents.attacks.values())
        for position in range(len(ENTITIES)):
            for register in (self.incidents, self.returned.incidents):
                mine = asked["entity"] == position
                incident = register.of(position, asked["number"][mine], day, actions.NEAR)
                risks = np.array([attacks[register.table["attack"][at]].RISK if at >= 0 else "" for at in incident],
                                 object)
                guilty[mine] |= (incident >= 0) & (risks == asked["risk"][mine])
        orders = asked["entity"] == ORDER
        guilty[orders] = self.held.guilty(asked["number"][orders], stolen_only=True)
        return guilty

    # Events of the run without actions

    def _answer(self, table: str, rows: Rows, by: tuple[str, ...]) -> Rows:
        """Return rows that happen without actions, with `acted`: whether they happen with actions too."""
        if table == "verdicts":
            return self._decide(rows)
        if table == "stolen":
            self._know(rows, np.ones(count(rows), bool), stolen=True)
            return rows | {"acted": np.ones(count(rows), bool)}
        if table == "listings":
            return rows | {"acted": ~np.isin(rows["seller"], self.unshared.get("seller", []))}
        if table in ("users", "sellers", "creators"):
            return rows | {"acted": ~np.isin(rows["number"], self.unshared.get(table[:-1], []))}
        day = self.today
        happens = thinned(self.world, rows, self.incidents, day, by)
        if "order" in rows:
            happens &= ~self.causes.is_blamed(rows["order"])
        kept, gone = take(rows, happens), take(rows, ~happens)
        if table != "shipments":
            self.incidents.note(kept, day)
        if table == "orders":
            self._know(rows, happens)
            if count(gone):
                cause = self.causes.of(gone, by, day)
                self.causes.blame(gone["number"], cause)
                self._record(ORDER_EVENT, gone, cause)
        if table == "cases":
            self.desk.hear(kept)
            self._record(CASE, gone, self.causes.of(gone, by, day))
        if table == "shipments":
            self.held.deliver(kept["order"])
        return rows | {"acted": happens}

    def _know(self, rows: Rows, happens: np.ndarray, stolen: bool = False, returned: bool = False) -> None:
        size = count(rows)
        risk = np.full(size, RISK_NAMES.index(stolen_cards.RISK)) if stolen else self.causes.risk_of_incident(
            rows["incident"], self.returned.incidents if returned else self.incidents)
        rows = rows | {"risk": risk, "stolen": np.full(size, stolen), "returned": np.full(size, returned),
                       "trade": np.zeros(size, int) if stolen else _trade(rows)}
        self.held.know(take(rows, happens))

    def _record(self, event: str, rows: Rows, cause: Rows, returned: bool = False) -> None:
        is_order = event == ORDER_EVENT
        amount = rows["amount"] if is_order else rows["claim"]
        self.differences.add(
            self.today, event, rows["number"], cause, amount=amount, returned=returned,
            trade=_trade(rows) if is_order else np.zeros(len(amount), np.int64),
            loss=np.where(rows["incident"] >= 0, rows["loss"], 0))

    def _decide(self, decided: Rows) -> Rows:
        """Return the verdicts without actions, with `acted` and `acted_loss`, and decide what follows actions."""
        day, table = self.today, self.incidents.table
        happens = ~((decided["entity"] == ORDER) & self.causes.is_blamed(decided["number"]))
        right = np.flatnonzero(decided["incident"] >= 0)
        loss, at = decided["loss"].copy(), decided["incident"][right]
        if len(right):
            happens[right] = (table["decided"][at] < 0) & (table["ended"][at] > 0)
            at = decided["incident"][right[happens[right]]]
            table["found"][at], table["decided"][at] = True, day
            loss[right] = table["loss"][decided["incident"][right]]
        about_orders = take(decided, happens & (decided["entity"] == ORDER))
        self.held.deliver(about_orders["number"])
        rng = stream(self.world.seed, "verdicts", day, 1 + ACTED)
        own = self.desk.found(rng, day, self._ever_looked_at())
        for desk, looked in zip((self.desk, self.returned.desk), self.looked):
            desk.look(rng, looked, day)
        self.verdicts = [own, *self.desk.agenda.due(day)]
        self.desk.close(concat([take(decided, happens), *self.verdicts]), day)
        return decided | {"acted": happens, "acted_loss": loss}

    def _ever_looked_at(self) -> np.ndarray | None:
        """Return a mask over incidents: without any action on the attacker, verdicts are those without actions."""
        table = self.incidents.table
        if table is None:
            return None
        looked = np.zeros(count(table), bool)
        for position, name in enumerate(ENTITIES):
            mine = table["entity"] == position
            looked[mine] = self.effects.looked[name][table["number"][mine]] >= 0
        return looked

    # Events of attackers who returned because of actions

    def _answer_returned(self, table: str, rows: Rows, by: tuple[str, ...]) -> Rows:
        if "order" in rows:
            rows = take(rows, ~self.causes.is_blamed(rows["order"]))
        if table == "orders":
            self._know(rows, np.ones(count(rows), bool), returned=True)
            self._record(ORDER_EVENT, rows, self.causes.of_returned(rows), returned=True)
        if table == "cases":
            self._record(CASE, rows, self.causes.of_returned(rows), returned=True)
        if table == "shipments":
            self.held.deliver(rows["order"])
        return rows

    def _land_registrations(self, day: int) -> None:
        """Land the registrations of attackers who return because of actions, and the outcomes of cancellations."""
        for name in ENTITIES:
            number = self.causes.returned_numbers(name)
            table = self.world.of(name)
            number = number[registrations.registered_on(table, number, day)]
            self.land(f"{name}s", take(table, number) | {"number": number, "time": table["registered"][number]}, day)
        shops = self.causes.returned_numbers("seller")
        if len(shops):
            versions = listings.of_day(self.world, day)
            self.land("listings", take(versions, np.isin(versions["seller"], shops)), day)
        for rows in self.outcomes.pop(day, []):
            self.land("case_outcomes", rows, day)


def _trade(rows: Rows) -> np.ndarray:
    """Return the amounts of honest orders, 0 for the others; minor units."""
    return np.where((rows["incident"] < 0) & (rows["silent"] == 0), rows["amount"], 0)


def _copy(world: World) -> World:
    """Return the marketplace with volume factors and registrations of its own; the reserve of numbers is shared."""
    tables = {name: {column: values.copy() for column, values in getattr(world, name).items()}
              for name in ("sellers", "users", "creators")}
    return replace(world, **tables, factor={name: np.ones_like(values) for name, values in world.factor.items()},
                   ledger=[], recent=np.zeros_like(world.recent))
