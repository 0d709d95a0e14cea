"""The mistakes between live experiments and the policies that their arms name, a sentence each.

That the policies of all arms share a queue follows from `policy_checks`: a risk has one queue, and a policy about the
risk has that one.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jobs.decisions import policy_keys as keys
from jobs.decisions.experiment_files import Experiment
from jobs.decisions.policy_documents import BESIDE, LIVE, SHADOW, Document, shown
from jobs.decisions.policy_keys import alternatives

ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class _Policy:
    """What a policy's file says, as far as arms depend on it."""

    name: str
    entity: str
    risks: tuple[str, ...]
    status: str
    first_day: dt.date
    last_day: dt.date


def faults(experiments: list[Experiment], documents: Mapping[str, Document | None]) -> list[str]:
    """Return the mistakes of live experiments whose arms name policies.

    Args:
        experiments: without mistakes of their own.
        documents: of the folder of policies. Of one with mistakes in what arms depend on, nothing is said here.
    """
    policies = {name: policy for name, document in documents.items()
                if name not in BESIDE and document and (policy := _policy(name, document))}
    return [f"{shown(each.path)}: {key}: {sentence}" for each in experiments if each.status == LIVE and each.policies
            for key, sentence in _faults(each, policies, [name for name in documents if name not in BESIDE])]


def _policy(name: str, document: Document) -> _Policy | None:
    values = document.values
    last_day = values.get("last_day", dt.date.max)
    kinds = {key: keys.OF_POLICY[key] for key in ("entity", "risks", "status", "first_day")}
    if not keys.DAY.fits(last_day) or not all(kind.fits(values.get(key)) for key, kind in kinds.items()):
        return None
    return _Policy(name, values["entity"], tuple(values["risks"]), values["status"], values["first_day"],
                   last_day)


def _faults(experiment: Experiment, policies: Mapping[str, _Policy], names: list[str]) -> Iterator[tuple]:
    """Yield (key, sentence) for each mistake in an experiment."""
    live = [policy for policy in policies.values() if policy.status == LIVE and policy.entity == experiment.entity]
    for risk in experiment.risks:
        if day := _day_without(experiment, [policy for policy in live if risk in policy.risks]):
            yield "risks", (f"no live policy decides on {experiment.entity}/{risk} on {day}, expected one on every day "
                            f"from {experiment.first_day} to {experiment.last_day_in_force}, beside those of the arms.")
    for arm in experiment.arms:
        if arm.policy and (arm.policy in policies or arm.policy not in names):
            for sentence in _faults_of_arm(experiment, policies.get(arm.policy), arm.policy, names):
                yield f"arms.{arm.name}.policy", sentence


def _faults_of_arm(experiment: Experiment, policy: _Policy | None, name: str, names: list[str]) -> Iterator[str]:
    if policy is None:
        yield f"found {name!r}, expected a policy of the folder ({alternatives(name, names)})."
        return
    if policy.status != SHADOW:
        yield (f"found {name!r}, whose status is {policy.status}; expected {SHADOW}: it decides the rows of the arm "
               "alone. Give it that status, or retire the experiment.")
    if policy.entity != experiment.entity:
        yield f"found {name!r}, a policy about {policy.entity}; expected one about {experiment.entity}."
        return
    if missing := [risk for risk in experiment.risks if risk not in policy.risks]:
        yield (f"{name} has no {', '.join(missing)} among its risks, expected all risks of the experiment "
               f"({', '.join(experiment.risks)}).")
    if day := _day_without(experiment, [policy]):
        yield (f"{name} is not in force on {day}, expected it on every day from {experiment.first_day} to "
               f"{experiment.last_day_in_force}, when the last unit leaves its arm.")


def _day_without(experiment: Experiment, policies: list[_Policy]) -> dt.date | None:
    """Return the first day of an experiment on which none of the policies is in force; None where there is none."""
    day = experiment.first_day
    for policy in sorted(policies, key=lambda policy: policy.first_day):
        if policy.first_day <= day <= policy.last_day:
            if policy.last_day >= experiment.last_day_in_force:
                return None
            day = policy.last_day + ONE_DAY
    return day
