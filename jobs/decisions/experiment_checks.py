"""The mistakes in the files of experiments, all at once, a sentence each: file, key, found, expected."""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa

from features.risks import of_entity
from jobs.decisions import arm_policy_checks, switchback_checks
from jobs.decisions import experiment_keys as keys
from jobs.decisions.experiment_files import GROUP, NOTHING, OTHER, POLICY, REGION, Experiment, experiment
from jobs.decisions.experiment_metrics import HONEST, METRICS, counts_verdicts
from jobs.decisions.policy_checks import named
from jobs.decisions.policy_documents import LIVE, Document, shown
from jobs.decisions.policy_expressions import condition_fault
from jobs.decisions.policy_keys import DAY, SQL, TABLE, TEXT, alternatives, key_faults, spelled
from jobs.decisions.score_row import score_row


def faults_of_folder(documents: Mapping[str, Document | None], policies: Mapping[str, Document | None]) -> list[str]:
    """Return the mistakes in documents of experiments.

    Args:
        documents: by the stem of their file; None for a file that cannot be read.
        policies: the documents of the folder beside, in the same way.
    """
    faults, whole = [], []
    for name, document in documents.items():
        if document:
            found = named(document, [*_faults(document.values)])
            faults += found
            whole += [] if found else [experiment(name, document)]
    return (faults + _overlaps(whole) + arm_policy_checks.faults(whole, policies)
            + switchback_checks.overlaps(whole, policies))


def _faults(values: Mapping[str, Any]) -> Iterator[tuple]:
    """Yield (key, sentence) for each mistake in an experiment."""
    is_switchback = values.get("unit") == REGION
    yield from key_faults(values, keys.OF_SWITCHBACK if is_switchback else keys.OF_EXPERIMENT)
    entity = values.get("entity")
    if keys.OF_EXPERIMENT["entity"].fits(entity):
        yield from _faults_of_entity(values, entity)
    days = [values.get(key) for key in ("first_day", "last_day")]
    if all(map(DAY.fits, days)) and days[0] > days[1]:
        yield "last_day", f"found {days[1]}, expected no day before first_day, {days[0]}."
    yield from _metric_faults(values)
    if is_switchback:
        yield from switchback_checks.faults(values)
    if TABLE.fits(arms := values.get("arms")):
        yield from _arm_faults(arms, values.get("control"), is_switchback)


def _faults_of_entity(values: Mapping[str, Any], entity: str) -> Iterator[tuple]:
    risks = [risk.name for risk in of_entity(entity)]
    yield from (("risks", f"found {spelled(risk)}, expected risks of a {entity} ({alternatives(risk, risks)}).")
                for risk in _texts(values, "risks") if risk not in risks)
    if TEXT.fits(unit := values.get("unit")) and unit not in (GROUP, entity, REGION):
        yield "unit", (f"found {unit!r}, expected {GROUP} (connected accounts), {entity} or {REGION} (a switchback). "
                       "Rings that are split over arms bias every effect.")
    if SQL.fits(sql := values.get("eligible")) and (fault := condition_fault(entity, sql)):
        yield "eligible", fault
    numbers = [field.name for field in score_row(entity)
               if pa.types.is_integer(field.type) or pa.types.is_floating(field.type)]
    yield from (("covariates", f"found {spelled(name)}, expected numbers of the score row "
                 f"({alternatives(name, numbers)}).") for name in _texts(values, "covariates") if name not in numbers)


def _metric_faults(values: Mapping[str, Any]) -> Iterator[tuple]:
    metrics = [("metric", values["metric"])] if TEXT.fits(values.get("metric")) else []
    for key, name in [*metrics, *(("guard_rails", name) for name in _texts(values, "guard_rails"))]:
        if key == "metric" and name in HONEST:
            yield key, (f"found {name!r}, which leans on verdicts; expected it among guard_rails. Name {HONEST[name]}.")
        if name in METRICS:
            continue
        if counts_verdicts(name):
            yield key, (f"found {name!r}, a count of verdicts. They come more often where somebody acted, whatever "
                        f"the action does; expected one of {', '.join(METRICS)}.")
        else:
            yield key, f"found {spelled(name)}, expected a metric ({alternatives(name, METRICS)})."


def _arm_faults(arms: Mapping[str, Any], control: Any, is_switchback: bool) -> Iterator[tuple]:
    """Yield (key, sentence) for each mistake in the arms; their shares are added where each of them is good."""
    faults = [fault for name, arm in arms.items() for fault in _faults_of_arm(name, arm, is_switchback)]
    yield from faults
    if len(arms) < 2:
        yield "arms", f"found {len(arms)}, expected two at least, such as [arms.holdout] and [arms.treated]."
    if isinstance(control, str) and control not in arms:
        yield "control", f"found {control!r}, expected one of the arms ({alternatives(control, arms)})."
    if faults or not arms:
        return
    if not is_switchback:
        yield from _share_faults(arms)
    does = {name: (arm["does"], arm.get("policy")) for name, arm in arms.items()}
    if len(set(does.values())) == 1 and (POLICY, None) not in does.values():
        yield "arms", (f"each does the same, expected arms that differ, or arms that all do {POLICY} (an A/A test: "
                       "every effect in it is chance).")
    elif (NOTHING not in {what for what, _ in does.values()} and isinstance(control, str) and control in does
          and does[control][0] != POLICY):
        yield "control", (f"found {control!r}, which does {does[control][0]!r}; expected an arm that does {POLICY}, "
                          f"because no arm does {NOTHING}.")


def _share_faults(arms: Mapping[str, Any]) -> Iterator[tuple]:
    rest = [name for name, arm in arms.items() if "share" not in arm]
    if len(rest) != 1:
        yield "arms", f"found {len(rest)} arms without a share, expected exactly one: it gets the rest."
    total = sum(np.broadcast_to(arm.get("share", 0.0), 2) for arm in arms.values())
    if total.max() >= 1:
        yield "arms", f"found shares of {total.max():g} in all, expected less than 1: the other arm gets the rest."


def _faults_of_arm(name: str, arm: Any, is_switchback: bool) -> Iterator[tuple]:
    if not TABLE.fits(arm):
        yield f"arms.{name}", f"found {spelled(arm)}, expected a table, such as [arms.holdout]."
        return
    kinds = keys.OF_SWITCHBACK_ARM if is_switchback else keys.OF_ARM
    yield from ((f"arms.{name}.{key}", sentence) for key, sentence in key_faults(arm, kinds, keys.OPTIONAL_OF_ARM))
    if arm.get("does") == NOTHING and "share" not in arm and not is_switchback:
        yield f"arms.{name}.share", "missing, expected the share of the units that get no action."
    if arm.get("does") == OTHER and "policy" not in arm:
        yield f"arms.{name}.policy", "missing, expected the name of the shadow policy that decides the arm's rows."
    if arm.get("does") in (NOTHING, POLICY) and "policy" in arm:
        yield f"arms.{name}.policy", (f"found {spelled(arm['policy'])} beside does = {arm['does']!r}, expected it "
                                      f"beside does = {OTHER!r} alone.")


def _overlaps(experiments: list[Experiment]) -> list[str]:
    """Return a sentence for each two experiments about a row on one day that are in different layers."""
    live = [each for each in experiments if each.status == LIVE]
    return [
        f"{shown(one.path)} and {shown(other.path)}: layer: both are about {one.entity}/"
        f"{f', {one.entity}/'.join(shared)} from {max(one.first_day, other.first_day)} on, expected one layer, so that "
        "a row has one arm. Give them the same layer, or other days."
        for one, other in combinations(live, 2)
        if one.layer != other.layer and one.entity == other.entity
        and (shared := [risk for risk in one.risks if risk in other.risks])
        and max(one.first_day, other.first_day) <= min(one.last_day, other.last_day)]


def _texts(values: Mapping[str, Any], key: str) -> list[str]:
    found = values.get(key)
    return [text for text in found if isinstance(text, str)] if isinstance(found, list) else []
