"""Decisions about a simulated marketplace, carried out there: what the truth says they prevented and cost."""

import csv
import dataclasses
import datetime as dt
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jobs.decisions import backtest, candidate_rows, day_state, decide_day, outcomes, strategy_comparison
from jobs.decisions.day_facts import open_day
from jobs.decisions.open_money import attach
from jobs.decisions.policy_files import Policies, Policy
from jobs.decisions.row_facts import RowFacts
from jobs.scoring.risk_levels import BOUNDS
from jobs.simulate import pairs
from jobs.storage import catalog
from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.query import connect
from jobs.studies.decision_loop import COLUMNS, REVIEW, asked
from jobs.studies.strategy_world import UNTIL, World, scored_days, simulated

KEY = ("entity", "entity_id", "risk")
HORIZON = 7  # days after the decision; an order counts as a whole
POPULATION = pa.schema([("ds", pa.date32()), *((name, pa.string()) for name in ("queue", *KEY)),
                        ("score", pa.float64()), ("open_cents", pa.int64())])
OF_ENTITY = [("ds", pa.date32()), ("entity", pa.string()), ("entity_id", pa.string())]
# The marketplace without actions: nobody reviewed a random row, and nobody acted.
NOTHING_BESIDES = RowFacts(
    arrow_schema(catalog.events("review_samples")).empty_table(),
    pa.schema([*OF_ENTITY, ("risk", pa.string()), ("sampled_with", pa.float64()), ("sample_verdict", pa.bool_())]
              ).empty_table(),
    pa.schema(OF_ENTITY).empty_table(), pa.schema(OF_ENTITY).empty_table())
# Everybody does at once what the policy asks for, so that the truth is about the decisions alone.
PERFECT = ("--late", "0", "--never", "0")


@dataclasses.dataclass(frozen=True)
class Caught:
    """Loss caught in minor units: what the back-test says, and the planted truth.

    Attributes:
        lower, upper: the back-test's bounds; lo, hi: the ends of its interval of 95 %.
    """

    truth: float
    lower: float
    upper: float
    lo: float
    hi: float
    actions: int

    @property
    def holds(self) -> bool:
        """Whether the interval holds the truth."""
        return self.lo <= self.truth <= self.hi


@dataclasses.dataclass(frozen=True)
class Realised:
    """What a set of actions really did, in minor units, over all days of the marketplace.

    Attributes:
        trade_lost, commission_lost: of honest entities.
        attackers_trade: ordinary trade and commission that stopped attackers do not make any more.
        value_in_horizon: `value` of the days that the policies value: `HORIZON` after the first action on an entity.
    """

    loss_prevented: int
    trade_lost: int
    commission_lost: int
    returned_loss: int
    attackers_trade: int
    value_in_horizon: int
    actions: int
    minutes: float

    @property
    def value(self) -> int:
        """Loss prevented, less honest trade and commission lost, less losses under other identities."""
        return self.loss_prevented - self.trade_lost - self.commission_lost - self.returned_loss


@dataclasses.dataclass(frozen=True)
class Decided:
    """What live policies decide on the scored days, and the rows that they could have decided on.

    Attributes:
        decisions: rows of `decision_daily` of each set of policies.
        population: every scored row that is not confirmed: (ds, queue, entity, entity_id, risk, score, open_cents).
    """

    decisions: Sequence[pa.Table]
    population: pa.Table


def decided(world: World, sets: Sequence[Policies]) -> Decided:
    """Let each set's live policies decide day after day, as `backtest.decisions` does, over all queues together.

    Args:
        sets: with the same live policies, entities and queues, but not with the same numbers.
    """
    days, schema = scored_days(), arrow_schema(catalog.DECISION_DAILY)
    made, population = [[schema.empty_table()] for _ in sets], []
    for ds in days:
        with connect() as db:
            facts = open_day(db, world.lake, ds)
            for rows, policies in zip(made, sets):
                live = backtest.portfolio(policies, None, ds)
                state = day_state.load(facts, live, (days[0], pa.concat_tables(rows)))
                found = decide_day.decide(state, live, world.lake.run_id).rows
                rows.append(found.append_column("rank_in_queue", pa.nulls(len(found), pa.int64())).select(
                    schema.names).cast(schema))
            for policy in sets[0].live(ds):
                population += [_population(db, ds, policy, risk) for risk in policy.risks]
    return Decided([pa.concat_tables(rows) for rows in made], pa.concat_tables(population))


def _population(db, ds: dt.date, policy: Policy, risk: str) -> pa.Table:
    table = candidate_rows.population(db, policy.entity, [risk], "")
    table = table.filter(pc.and_(pc.is_valid(table[f"{risk}_score"]), pc.invert(table[f"{risk}_confirmed"])))
    count = len(table)
    return pa.table({"ds": pa.repeat(pa.scalar(ds, pa.date32()), count), "queue": [policy.queue] * count,
                     "entity": [policy.entity] * count, "entity_id": table["entity_id"], "risk": [risk] * count,
                     "score": table[f"{risk}_score"], "open_cents": table["open_cents"]}, POPULATION)


def acting(decisions: pa.Table) -> list[dict]:
    """Return the live decisions that act, in the order of days and keys."""
    rows = [row for row in decisions.to_pylist()
            if row["mode"] == "live" and row["suppressed_by"] is None and row["stops"] > 0]
    return sorted(rows, key=lambda row: (row["ds"], *(row[name] for name in KEY)))


def first_of_each(rows: Sequence[dict]) -> list[dict]:
    """Return the first row of each entity and risk: what follows is about the same incident."""
    found: dict[tuple, dict] = {}
    for row in rows:
        found.setdefault(tuple(row[name] for name in KEY), row)
    return list(found.values())


def highest_scores(population: pa.Table, policies: Policies, live: Sequence[dict]) -> list[dict]:
    """Return reviews of the highest scores: each day and queue as many minutes as the live decisions take.

    The score alone decides, whatever the risk; of equal scores the first by key counts. The cooldown is the policy's:
    a row that was reviewed within it is left out, unless its level rose. So is a confirmed row.

    Args:
        population: as `decided` returns it; live: the live decisions that act.
    """
    left: dict[tuple, float] = {}
    for row in live:
        left[row["ds"], row["queue"]] = left.get((row["ds"], row["queue"]), 0.0) + row["minutes"]
    chosen: list[dict] = []
    reviewed: dict[tuple, tuple[dt.date, int]] = {}
    full: set[tuple] = set()
    ordered = population.sort_by([("ds", "ascending"), ("score", "descending"),
                                       *((name, "ascending") for name in KEY)])
    for row in ordered.to_pylist():
        key, queue = tuple(row[name] for name in KEY), (row["ds"], row["queue"])
        policy = policies.live_policy(row["entity"], row["risk"], row["ds"])
        level = sum(row["score"] >= bound for bound in BOUNDS.values())
        last, highest = reviewed.get(key, (dt.date.min, level))
        cools = (row["ds"] - last).days <= policy.cooldown_days and level <= highest
        if queue in full or cools:
            continue
        minutes = next(action.minutes for action in policy.ladder if action.action == REVIEW)
        if minutes > left.get(queue, 0.0):
            full.add(queue)
            continue
        left[queue] -= minutes
        reviewed[key] = row["ds"], level
        chosen.append({name: row[name] for name in ("ds", "queue", *KEY)} | {"action": REVIEW, "minutes": minutes})
    return chosen


def carried_out(world: World, rows: Sequence[dict], name: str) -> pa.Table:
    """Carry decisions out in the marketplace, and return its `prevented.parquet`.

    Args:
        rows: decisions, each with ds, its key and the action of a ladder.
        name: of the folder below the world's home.
    """
    home = world.home / name
    home.mkdir(exist_ok=True)
    file = home / "actions.csv"
    with file.open("w", newline="") as opened:
        writer = csv.DictWriter(opened, COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(_asked(rows))
    simulated(pairs.main, ["--home", str(home), *world.arguments, "--actions", str(file), *PERFECT])
    return pq.read_table(home / "truth" / "prevented.parquet")


def _asked(rows: Sequence[dict]) -> Iterator[dict]:
    for ds in sorted({row["ds"] for row in rows}):
        yield from asked([{"mode": "live", "suppressed_by": None, "sampled_with": None, "decision_id": ""} | row
                          for row in rows if row["ds"] == ds], ds)


def realised(prevented: pa.Table, rows: Sequence[dict]) -> Realised:
    """Return what carried out decisions really did."""
    columns = {name: prevented[f"{name}_cents"].to_numpy() for name in
               ("loss_prevented", "trade_lost", "commission_lost", "returned_loss")}
    honest = ~prevented["was_attacker"].to_numpy(zero_copy_only=False).astype(bool)
    lost = columns["trade_lost"] + columns["commission_lost"]
    since: dict[tuple, dt.date] = {}
    for row in rows:
        key = row["entity"], row["entity_id"]
        since[key] = min(since.get(key, row["ds"]), row["ds"])
    counted = np.array([_in_horizon(row, since.get((row["entity"], row["entity_id"])))
                        for row in prevented.select(["entity", "entity_id", "day"]).to_pylist()], bool)
    value = columns["loss_prevented"] - honest * lost - columns["returned_loss"]
    return Realised(
        int(columns["loss_prevented"].sum()), int(columns["trade_lost"][honest].sum()),
        int(columns["commission_lost"][honest].sum()), int(columns["returned_loss"].sum()),
        attackers_trade=int(lost[~honest].sum()), value_in_horizon=int(value[counted].sum()),
        actions=len(rows), minutes=sum(row["minutes"] for row in rows))


def _in_horizon(row: dict, first: dt.date | None) -> bool:
    """Return whether a row of `prevented.parquet` lies in the horizon of the first action on its entity."""
    return first is not None and (row["entity"] == "order" or first < row["day"] <= first + dt.timedelta(days=HORIZON))


def caught(world: World, rows: Sequence[dict], prevented: pa.Table) -> Caught:
    """Return the loss that first actions catch, by the back-test and by the truth.

    Both are about the same sum: the loss of the risk that was acted on, in the `HORIZON` days after the first action on
    each entity and risk, times the share that does not happen because of it. An order counts as a whole.

    Args:
        rows: `first_of_each`; the back-test knows the verdicts of the marketplace without actions.
        prevented: of these rows carried out.
    """
    decisions = pa.Table.from_pylist(list(rows), arrow_schema(catalog.DECISION_DAILY))
    with connect() as db:
        attach(db, world.lake, UNTIL)
        known = outcomes.outcomes(db, decisions, NOTHING_BESIDES, UNTIL)
        acting = strategy_comparison.with_facts(db, decisions, known, NOTHING_BESIDES.drawn, NOTHING_BESIDES.segments)
    figures = strategy_comparison.figures(acting, f"world {world.seed}")
    found = (figures[f"caught_{name}_cents"] for name in ("lower", "upper", "lo", "hi"))
    return Caught(truth(rows, prevented), *found, actions=len(rows))


def truth(rows: Sequence[dict], prevented: pa.Table) -> float:
    """Return the planted loss that first actions prevented, of the risk and days that `caught` names."""
    since = {tuple(row[name] for name in KEY): row["ds"] for row in rows}
    return sum(row["loss_prevented_cents"] for row in prevented.to_pylist()
               if _in_horizon(row, since.get(tuple(row[name] for name in KEY))))
