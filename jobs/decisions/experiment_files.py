"""Experiments: which rows get their action and which are left alone, so that the effect of actions can be measured.

docs/experiments.md explains every key of the files in `policies/experiments/`.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from features.entities import AS_OF_DAY
from jobs.decisions.experiment_metrics import ARRIVES
from jobs.decisions.policy_digest import digest, number, tokens
from jobs.decisions.policy_documents import LIVE, Document
from jobs.decisions.suppression import HELD_OUT_LEVELS
from jobs.scoring.risk_levels import BOUNDS

# The unit: accounts that are connected over shared identifiers, or a region in a block of days (a switchback).
GROUP, REGION = "group", "region"
# What an arm gets: no action, what the live policy decides, or what the shadow policy decides that the arm names.
NOTHING, POLICY, OTHER = DOES = "nothing", "policy", "other policy"
HOLDOUT = "holdout"
NO_END = dt.date(9000, 1, 1)
# What a switchback does not choose: all rows of a region are in it, and no share, since arms take turns.
OF_REGIONS = {"eligible": "true", "covariates": (), "winsorise": 1.0}
STRATA = 4  # bands of equal width between the bounds of `medium` and `critical`


@dataclass(frozen=True)
class Arm:
    """One arm of an experiment.

    Attributes:
        does: nothing, policy or other policy.
        shares: of the units, at the bounds of `medium` and of `critical`; None: the rest.
        policy: the name of the other policy; None for an arm without one.
    """

    name: str
    does: str
    shares: tuple[float, float] | None
    policy: str | None = None


@dataclass(frozen=True)
class Experiment:
    """An experiment about some risks of an entity.

    Attributes:
        name: the stem of the file.
        status: live or retired.
        unit: what is assigned as a whole: `group`, the entity itself, or `region` for a block of days.
        layer: a unit is in at most one experiment of a layer at a time.
        first_day, last_day: of enrolment.
        eligible: SQL condition over a score row. A null counts as false.
        window_days: days after the first eligibility for which a unit keeps its arm and its outcomes are counted.
        metric: the primary one; guard_rails: others that must not become worse.
        covariates: columns of the score row that are kept as of the first eligibility.
        winsorise: quantile at which outcomes are cut.
        max_loss_cents_a_day: expected loss, minor units, that the units enrolled in a day may cost by their holdout;
            None: as large a share of what the day's actions would stop as twice the share of the holdout.
        control: the arm that the others are compared with.
        arms: in the order of their shares.
        block_days: of a switchback, days for which a region keeps an arm; its window; 0 of other experiments.
        burn_in_days: days at the beginning of a block that effects leave out.
    """

    name: str
    path: Path
    entity: str
    risks: tuple[str, ...]
    status: str
    unit: str
    salt: str
    layer: str
    first_day: dt.date
    last_day: dt.date
    eligible: str
    window_days: int
    metric: str
    guard_rails: tuple[str, ...]
    covariates: tuple[str, ...]
    winsorise: float
    max_loss_cents_a_day: int | None
    control: str
    arms: tuple[Arm, ...]
    block_days: int = 0
    burn_in_days: int = 0

    @property
    def is_switchback(self) -> bool:
        """Whether whole regions change their arm from block to block."""
        return self.unit == REGION

    def enrols(self, ds: dt.date) -> bool:
        """Return whether units are enrolled on a day."""
        return self.status == LIVE and self.first_day <= ds <= self.last_day

    def is_in_force(self, ds: dt.date) -> bool:
        """Return whether a unit can have an arm on a day."""
        return self.status == LIVE and self.first_day <= ds <= self.last_day_in_force

    @property
    def last_day_in_force(self) -> dt.date:
        """The last day on which a unit can have an arm."""
        return self.last_day if self.is_switchback else self.last_day + dt.timedelta(days=self.window_days - 1)

    @property
    def final_day(self) -> dt.date:
        """The day from which the figures of all units are final, in every metric."""
        return self.last_day_in_force + dt.timedelta(days=1 + max(ARRIVES[metric] for metric in self.metrics))

    @property
    def metrics(self) -> tuple[str, ...]:
        """The primary metric and the guard-rails."""
        return self.metric, *self.guard_rails

    @property
    def risk(self) -> str:
        """The risk; `several` of more than one."""
        return self.risks[0] if len(self.risks) == 1 else "several"

    def covers(self, entity: str, risk: str) -> bool:
        """Return whether the experiment is about a risk."""
        return self.entity == entity and risk in self.risks

    def does(self, arm: str) -> str:
        """Return what an arm gets."""
        return next(each.does for each in self.arms if each.name == arm)

    @property
    def holds_out(self) -> bool:
        """Whether an arm gets no action."""
        return any(arm.does == NOTHING for arm in self.arms)

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels of the rows with which a unit enters."""
        return HELD_OUT_LEVELS if self.holds_out else tuple(BOUNDS)

    @property
    def is_a_a(self) -> bool:
        """Whether every arm gets what the live policy decides, so that each effect is chance."""
        return all(arm.does == POLICY for arm in self.arms)

    @property
    def policies(self) -> tuple[str, ...]:
        """The names of the other policies that decide the rows of arms."""
        return tuple(dict.fromkeys(arm.policy for arm in self.arms if arm.policy))

    @cached_property
    def shares(self) -> np.ndarray:
        """(strata, arms) the probability of each arm, by band of score. Bounded shares fall evenly over the bands."""
        if self.is_switchback:  # arms take turns
            return np.full((STRATA, len(self.arms)), 1 / len(self.arms))
        falls = np.linspace(0, 1, STRATA)
        given = [None if arm.shares is None else arm.shares[0] + falls * (arm.shares[1] - arm.shares[0])
                 for arm in self.arms]
        rest = 1 - sum((share for share in given if share is not None), np.zeros(STRATA))
        return np.column_stack([rest if share is None else share for share in given])

    @cached_property
    def version(self) -> str:
        """Twelve hex digits of a hash of all that changes an assignment or an analysis; status and days do not."""
        return digest([self.name, self.entity, sorted(self.risks), self.unit, self.salt, self.layer,
                       tokens(self.eligible), self.window_days, self.metric, list(self.guard_rails),
                       list(self.covariates), number(self.winsorise), self.max_loss_cents_a_day, self.control,
                       [[arm.name, arm.does, arm.shares and [*map(number, arm.shares)],
                         *([arm.policy] if arm.policy else [])] for arm in self.arms],
                       *([str(self.first_day), self.block_days, self.burn_in_days] if self.is_switchback else [])])


def stratum(score: np.ndarray) -> np.ndarray:
    """Return the band of each score between the bounds of `medium` and `critical`, from 0 to STRATA - 1."""
    low, high = BOUNDS["medium"], BOUNDS["critical"]
    return np.clip(((score - low) / (high - low) * STRATA).astype(int), 0, STRATA - 1)


def experiment(name: str, document: Document) -> Experiment:
    """Return the experiment of a document without mistakes."""
    values = OF_REGIONS | document.values if document.values["unit"] == REGION else document.values
    return Experiment(
        name, document.path, values["entity"], tuple(values["risks"]), values["status"], values["unit"],
        values["salt"], values["layer"], values["first_day"], values["last_day"], values["eligible"],
        values.get("block_days") or values["window_days"], values["metric"], tuple(values["guard_rails"]),
        tuple(values["covariates"]), float(values["winsorise"]), values["max_loss_cents_a_day"], values["control"],
        tuple(_arm(arm, of_arm) for arm, of_arm in values["arms"].items()), values.get("block_days", 0),
        values.get("burn_in_days", 0))


def holdout(policy: str, path: Path, entity: str, risks: tuple[str, ...], days: tuple[dt.date, dt.date | None],
            cooldown_days: int, share: float) -> Experiment:
    """Return the experiment that the key `holdout` of a policy stands for.

    Args:
        days: the first and the last day of the policy; None: no end.
        share: of the units.
    """
    return Experiment(
        f"{policy}.holdout", path, entity, risks, LIVE, GROUP if entity in AS_OF_DAY else entity, policy, entity,
        days[0], days[1] or NO_END, "true", max(cooldown_days, 1), "loss_cents", (), (), 1.0, None, HOLDOUT,
        (Arm(HOLDOUT, NOTHING, (share, share)), Arm("treated", POLICY, None)))


def _arm(name: str, values: Mapping) -> Arm:
    share = values.get("share")
    bounds = None if share is None else (float(share), float(share)) if not isinstance(share, list) else tuple(
        map(float, share))
    return Arm(name, values["does"], bounds, values.get("policy"))
