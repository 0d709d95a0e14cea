"""The policies that strategists edit: their classes, and the one reader of the folder `policies/`.

docs/policies.md explains every key.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from jobs.decisions import experiment_checks, policy_checks, policy_documents
from jobs.decisions.experiment_files import Experiment, experiment, holdout
from jobs.decisions.goal_files import Goal, goals
from jobs.decisions.policy_digest import digest, number, numbers, tokens
from jobs.decisions.policy_documents import BESIDE, EXPERIMENTS, GOALS, LIVE, PARTIES, QUEUES, SHADOW, WORTH
from jobs.errors import UserError


@dataclass(frozen=True)
class Action:
    """One rung of a ladder.

    Attributes:
        when: SQL condition over a score row. A null counts as false.
        control_point: the place of the business process where the action takes hold.
        minutes: reviewer minutes of one action.
        stops: share of a guilty row's loss that the action stops.
        costs: share of each party's worth that the action costs, if the row is honest; every party is a key.
        days: days for which the action holds; 0 for a single look.
        source: where `stops` and `costs` come from; no part of the version.
    """

    action: str
    when: str
    control_point: str
    minutes: float
    stops: float
    costs: Mapping[str, float]
    days: int
    source: str

    @property
    def is_watch(self) -> bool:
        """Whether the action takes no minutes, stops nothing and costs nothing: its value is 0 at any score."""
        return not self.minutes and not self.stops and not any(self.costs.values())


@dataclass(frozen=True)
class Policy:
    """What is done about some risks of an entity.

    Attributes:
        name: the stem of the file.
        status: live, shadow or retired.
        first_day: the first day on which the policy is in force.
        cooldown_days: days without the same action on the same entity and risk.
        holdout: share of the units between medium and critical that get no action; an experiment of its own.
        prior_loss_cents: loss of a guilty row over the horizon of its risk, by risk, until verdicts say it.
        unbooked_loss_cents: harm of a guilty row that no verdict counts, by risk; it is added to the loss.
        ladder: the actions. Of actions of equal value, the first one counts.
        last_day: the last day on which the policy is in force; None: no end.
    """

    name: str
    path: Path
    entity: str
    risks: tuple[str, ...]
    status: str
    first_day: dt.date
    queue: str
    cooldown_days: int
    holdout: float
    prior_loss_cents: Mapping[str, int]
    ladder: tuple[Action, ...]
    last_day: dt.date | None = None
    unbooked_loss_cents: Mapping[str, int] = field(default_factory=dict)

    def is_in_force(self, ds: dt.date) -> bool:
        """Return whether the policy, live or shadow, decides on a day."""
        return (self.status in (LIVE, SHADOW) and self.first_day <= ds
                and (self.last_day is None or ds <= self.last_day))

    @cached_property
    def version(self) -> str:
        """Twelve hex digits of a hash of all that changes a decision.

        Name, path, status, days and `source` do not: a shadow that goes live is the same policy. Queue and worth have
        versions of their own.
        """
        unbooked = {risk: cents for risk, cents in self.unbooked_loss_cents.items() if cents}
        return digest([self.entity, sorted(self.risks), self.queue, self.cooldown_days, number(self.holdout),
                       numbers(self.prior_loss_cents), [_rung(action) for action in self.ladder],
                       *([numbers(unbooked)] if unbooked else [])])


@dataclass(frozen=True)
class Queue:
    """Reviewers that several risks share.

    Attributes:
        minutes_a_day: minutes of all reviewers together.
        risks: `entity/risk`, at most one queue a risk.
        price_cents_a_minute: what a minute costs even while minutes are left.
        sample_share: share of the minutes for reviews drawn at random.
        sample_minutes: minutes of one such review.
    """

    name: str
    minutes_a_day: float
    risks: tuple[str, ...]
    price_cents_a_minute: float
    sample_share: float
    sample_minutes: float

    @cached_property
    def version(self) -> str:
        """Twelve hex digits of a hash of the queue."""
        return digest([self.name, sorted(self.risks), *map(number, (
            self.minutes_a_day, self.price_cents_a_minute, self.sample_share, self.sample_minutes))])


@dataclass(frozen=True)
class Policies:
    """All policies of a folder, in order of name, with their queues and worth.

    Attributes:
        queues: by name.
        worth: by entity of the row, then by party: SQL expression, minor units over 7 days. A null counts as 0.
        declared_experiments: those of files, in order of name.
        goals: in the order of their file; no decision depends on them.
    """

    policies: tuple[Policy, ...]
    queues: Mapping[str, Queue]
    worth: Mapping[str, Mapping[str, str]]
    declared_experiments: tuple[Experiment, ...] = ()
    goals: tuple[Goal, ...] = ()

    @cached_property
    def experiments(self) -> tuple[Experiment, ...]:
        """The experiments of files, and after them the holdout of each live policy that has a share of it."""
        return (*self.declared_experiments, *(
            holdout(policy.name, policy.path, policy.entity, policy.risks, (policy.first_day, policy.last_day),
                    policy.cooldown_days, policy.holdout)
            for policy in self.policies if policy.status == LIVE and policy.holdout))

    def live(self, ds: dt.date) -> tuple[Policy, ...]:
        """Return the live policies in force on a day, in order of name."""
        return self._in_force(LIVE, ds)

    def shadow(self, ds: dt.date) -> tuple[Policy, ...]:
        """Return the shadow policies in force on a day, in order of name."""
        return self._in_force(SHADOW, ds)

    def of_arms(self, experiments: Iterable[Experiment]) -> tuple[Policy, ...]:
        """Return the policies that decide rows of arms as if they were live, in order of name."""
        names = {name for experiment in experiments for name in experiment.policies}
        return tuple(replace(policy, status=LIVE) for policy in self.policies if policy.name in names)

    def live_policy(self, entity: str, risk: str, ds: dt.date) -> Policy | None:
        """Return the one live policy of a risk on a day; None where there is none."""
        return next((policy for policy in self.live(ds) if policy.entity == entity and risk in policy.risks), None)

    @cached_property
    def worth_version(self) -> str:
        """Twelve hex digits of a hash of all worth expressions."""
        return digest({entity: {party: tokens(text) for party, text in parties.items()}
                        for entity, parties in self.worth.items()})

    @cached_property
    def version(self) -> str:
        """Twelve hex digits of a hash of all that is in force at some time.

        These are the live and shadow policies and the live experiments with their days, the queues and the worth.
        """
        policies = [[policy.name, policy.status, str(policy.first_day), str(policy.last_day), policy.version]
                    for policy in self.policies if policy.status in (LIVE, SHADOW)]
        experiments = [[each.name, str(each.first_day), str(each.last_day), each.version]
                       for each in self.declared_experiments if each.status == LIVE]
        return digest([sorted(policies), sorted(queue.version for queue in self.queues.values()), self.worth_version,
                       *([sorted(experiments)] if experiments else [])])

    def _in_force(self, status: str, ds: dt.date) -> tuple[Policy, ...]:
        return tuple(policy for policy in self.policies if policy.status == status and policy.is_in_force(ds))


def read_policies(folder: Path) -> Policies:
    """Return the policies of a folder.

    Raises:
        UserError: the folder has mistakes. The message has one line each: file, key, found, expected.
    """
    documents, faults = policy_documents.read_folder(folder)
    faults += policy_checks.faults_of_folder(documents, folder)
    of_experiments, found = policy_documents.read_folder(folder / EXPERIMENTS, optional=True)
    _refuse([*faults, *found, *experiment_checks.faults_of_folder(of_experiments, documents)])
    return Policies(tuple(_policy(name, document) for name, document in sorted(documents.items())
                          if name not in BESIDE),
                    {name: _queue(name, values) for name, values in documents[QUEUES].values.items()},
                    {entity: dict(parties) for entity, parties in documents[WORTH].values.items()},
                    tuple(experiment(name, document) for name, document in sorted(of_experiments.items())),
                    goals(documents.get(GOALS)))


def read_policy(file: Path) -> Policy:
    """Return the policy of one file, in any folder, such as a variant for a back-test. Its queue is not looked up.

    Raises:
        UserError: the file has mistakes. The message has one line each: file, key, found, expected.
    """
    document, faults = policy_documents.read_file(file)
    _refuse(faults + (policy_checks.faults_of_policy(document) if document else []))
    return _policy(file.stem, document)


def _refuse(faults: list[str]) -> None:
    if faults:
        raise UserError("\n".join(faults))


def _policy(name: str, document: policy_documents.Document) -> Policy:
    values = document.values
    return Policy(
        name, document.path, values["entity"], tuple(values["risks"]), values["status"], values["first_day"],
        values["queue"], values["cooldown_days"], float(values["holdout"]), dict(values["prior_loss_cents"]),
        tuple(map(_action, values["ladder"])), values.get("last_day"), dict(values.get("unbooked_loss_cents", {})))


def _action(values: Mapping) -> Action:
    return Action(
        values["action"], values["when"], values["control_point"], float(values["minutes"]), float(values["stops"]),
        {party: float(values["costs"].get(party, 0)) for party in PARTIES}, values["days"], values["source"])


def _queue(name: str, values: Mapping) -> Queue:
    return Queue(name, float(values["minutes_a_day"]), tuple(values["risks"]), float(values["price_cents_a_minute"]),
                 float(values["sample_share"]), float(values["sample_minutes"]))


def _rung(action: Action) -> list:
    return [action.action, tokens(action.when), action.control_point, number(action.minutes), number(action.stops),
            numbers(action.costs), action.days]
