"""The mistakes in a folder of policies, all at once, a sentence each: file, key, found, expected."""

import datetime as dt
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

from features.entities import FEATURE_SETS
from features.risks import RISKS, of_entity
from jobs.decisions import policy_keys as keys
from jobs.decisions.goal_files import goal_faults
from jobs.decisions.policy_documents import ACTIONS, BESIDE, GOALS, LIVE, QUEUES, WORTH, Document, shown
from jobs.decisions.policy_expressions import condition_fault, worth_fault
from jobs.decisions.policy_keys import alternatives, key_faults, spelled
from jobs.runtime.terminal_text import visible

MAX_KEY = 100  # characters of a key in a message


def faults_of_folder(documents: Mapping[str, Document | None], folder: Path) -> list[str]:
    """Return the mistakes in a folder's documents, those of each file together.

    Args:
        documents: by the stem of their file, None for a file that cannot be read. Nothing is said of such a file.
        folder: the folder that they are from.
    """
    if not documents:
        return []
    policies = {name: document for name, document in documents.items() if name not in BESIDE}
    readable = [document for document in policies.values() if document]
    faults = [] if policies else [f"{shown(folder)}: no policy, expected one such as seller.toml."]
    for document in readable:
        faults += named(document, [*_policy_faults(document.values),
                                    *_queue_faults_of_policy(document.values, documents),
                                    *_action_faults(document.values, documents)])
    faults += _overlaps(readable)
    for name, check in ((QUEUES, _queues_faults), (WORTH, _worth_faults)):
        if name not in documents:
            faults.append(f"{shown(folder / name)}.toml: missing, expected it beside the policies. "
                          f"Copy policies/{name}.toml of the repository.")
        elif document := documents[name]:
            faults += named(document, check(document.values))
    for name, check in ((ACTIONS, _actions_faults), (GOALS, goal_faults)):
        if document := documents.get(name):
            faults += named(document, check(document.values))
    return faults


def faults_of_policy(document: Document) -> list[str]:
    """Return the mistakes in a policy that can be seen without the other files."""
    return named(document, _policy_faults(document.values))


def named(document: Document, faults: Iterator[tuple] | list[tuple]) -> list[str]:
    """Return the mistakes (key, sentence) of a document, each with file and key."""
    return [f"{shown(document.path)}: {visible(key)[:MAX_KEY]}: {sentence}" for key, sentence in faults]


def _policy_faults(values: Mapping[str, Any]) -> Iterator[tuple]:
    """Yield (key, sentence) for each mistake in a policy."""
    yield from key_faults(values, keys.OF_POLICY, keys.OPTIONAL)
    entity = _entity(values)
    risks = _texts(values, "risks")
    if entity:
        names = [risk.name for risk in of_entity(entity)]
        yield from (("risks", f"found {spelled(risk)}, expected risks of a {entity} ({alternatives(risk, names)}).")
                    for risk in risks if risk not in names)
    days = [values.get(key) for key in ("first_day", "last_day")]
    if all(map(keys.DAY.fits, days)) and days[0] > days[1]:
        yield "last_day", f"found {days[1]}, expected no day before first_day, {days[0]}."
    if keys.TABLE.fits(losses := values.get("prior_loss_cents")) and risks:
        for key, sentence in key_faults(losses, dict.fromkeys(risks, keys.CENTS)):
            yield f"prior_loss_cents.{key}", sentence
    if keys.TABLE.fits(losses := values.get("unbooked_loss_cents")) and risks:
        of_risks = dict.fromkeys(risks, keys.CENTS)
        for key, sentence in key_faults(losses, of_risks, of_risks):
            yield f"unbooked_loss_cents.{key}", sentence
    yield from _ladder_faults(values, entity)


def _ladder_faults(values: Mapping[str, Any], entity: str | None) -> Iterator[tuple]:
    places: dict[str, int] = {}
    for place, rung in enumerate(_rungs(values), start=1):
        where = _place(place, rung)
        for key, sentence in _rung_faults(rung, entity):
            yield f"{where}.{key}", sentence
        if isinstance(action := rung.get("action"), str) and places.setdefault(action, place) != place:
            yield f"{where}.action", (f"found {action!r} again, expected each action once; rung {places[action]} has "
                                      "it. Join their conditions by OR.")


def _rung_faults(rung: Mapping[str, Any], entity: str | None) -> Iterator[tuple]:
    yield from key_faults(rung, keys.OF_ACTION)
    costs = rung.get("costs")
    if keys.TABLE.fits(costs):
        yield from ((f"costs.{key}", sentence) for key, sentence in key_faults(costs, keys.OF_COSTS, keys.OF_COSTS))
    if entity and keys.SQL.fits(sql := rung.get("when")) and (fault := condition_fault(entity, sql)):
        yield "when", fault
    if rung.get("stops") == 0 and (rung.get("minutes") or keys.TABLE.fits(costs) and any(costs.values())):
        yield "stops", ("found 0 beside minutes or costs, so that no row would get the action; expected a share above "
                        "0, or no minutes and no costs (a watch).")


def _queue_faults_of_policy(values: Mapping[str, Any], documents: Mapping[str, Document | None]) -> Iterator[tuple]:
    """Yield (key, sentence) where the policy's queue is missing, or does not serve its risks."""
    document, name, entity = documents.get(QUEUES), values.get("queue"), _entity(values)
    if not document or not keys.TEXT.fits(name):
        return
    queue = document.values.get(name)
    if not isinstance(queue, dict):
        yield "queue", (f"found {name!r}, expected a queue of {document.path.name} "
                        f"({alternatives(name, list(document.values))}).")
        return
    served = _texts(queue, "risks")
    for risk in _texts(values, "risks") if entity else ():
        if f"{entity}/{risk}" not in served and any(risk == known.name for known in of_entity(entity)):
            yield "queue", (f"{document.path.name} has no {entity}/{risk} among the risks of {name}, expected it "
                            "there. Add it, or name another queue.")


def _action_faults(values: Mapping[str, Any], documents: Mapping[str, Document | None]) -> Iterator[tuple]:
    """Yield (key, sentence) for each action that actions.toml does not have, where there is such a file."""
    if document := documents.get(ACTIONS):
        for place, rung in enumerate(_rungs(values), start=1):
            if keys.ACTION.fits(action := rung.get("action")) and action not in document.values:
                yield f"{_place(place, rung)}.action", (
                    f"found {action!r}, expected an action of {document.path.name} "
                    f"({alternatives(action, list(document.values))}). Add a new one there.")


def _overlaps(documents: list[Document]) -> list[str]:
    """Return a sentence for each risk with two live policies on one day."""
    faults = []
    live = [document for document in documents if document.values.get("status") == LIVE]
    for one, other in combinations(live, 2):
        shared = [risk for risk in _texts(one.values, "risks") if risk in _texts(other.values, "risks")]
        if (entity := _entity(one.values)) and entity == _entity(other.values) and shared:
            (first, last), (first_2, last_2) = _days(one.values), _days(other.values)
            if max(first, first_2) <= min(last, last_2):
                faults.append(
                    f"{shown(one.path)} and {shown(other.path)}: status: both are live for {entity}/"
                    f"{f', {entity}/'.join(shared)} on {max(first, first_2)}, expected one live policy of a risk on "
                    "a day. Make one of them shadow or retired, or give the earlier one a last_day.")
    return faults


def _queues_faults(values: Mapping[str, Any]) -> Iterator[tuple]:
    if not values:
        yield QUEUES, "no queue, expected a table such as [sellers]."
    known, served = [f"{risk.entity}/{risk.name}" for risk in RISKS], {}
    for name, queue in values.items():
        if not keys.NAMED.fits(name):
            yield spelled(name), f"a queue's name, expected {keys.NAMED.expected}."
        if not keys.TABLE.fits(queue):
            yield name, f"found {spelled(queue)}, expected a table, such as [sellers]."
            continue
        yield from ((f"{name}.{key}", sentence) for key, sentence in key_faults(queue, keys.OF_QUEUE))
        for risk in _texts(queue, "risks"):
            if risk not in known:
                yield f"{name}.risks", f"found {spelled(risk)}, expected <entity>/<risk> ({alternatives(risk, known)})."
            elif served.setdefault(risk, name) != name:
                yield f"{name}.risks", f"found {risk}, which {served[risk]} has too; expected one queue of a risk."


def _worth_faults(values: Mapping[str, Any]) -> Iterator[tuple]:
    yield from key_faults(values, dict.fromkeys(FEATURE_SETS, keys.TABLE))
    for entity in FEATURE_SETS:
        if keys.TABLE.fits(parties := values.get(entity)):
            yield from ((f"{entity}.{key}", sentence) for key, sentence in key_faults(parties, keys.OF_WORTH))
            for party, sql in parties.items():
                if party in keys.OF_WORTH and keys.SQL.fits(sql) and (fault := worth_fault(entity, sql)):
                    yield f"{entity}.{party}", fault


def _actions_faults(values: Mapping[str, Any]) -> Iterator[tuple]:
    for name, meaning in values.items():
        if not keys.ACTION.fits(name):
            yield spelled(name), f"expected a name of {keys.ACTION.expected}."
        if not keys.TEXT.fits(meaning):
            yield name, f"found {spelled(meaning)}, expected a text: what is done."


def _entity(values: Mapping[str, Any]) -> str | None:
    entity = values.get("entity")
    return entity if isinstance(entity, str) and entity in FEATURE_SETS else None


def _texts(values: Mapping[str, Any], key: str) -> list[str]:
    """Return the texts of a list; none where the key has another value, which a sentence of its own says."""
    found = values.get(key)
    return [text for text in found if isinstance(text, str)] if isinstance(found, list) else []


def _rungs(values: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = values.get("ladder")
    return [rung for rung in found if isinstance(rung, dict)] if isinstance(found, list) else []


def _place(place: int, rung: Mapping[str, Any]) -> str:
    action = rung.get("action")
    return f"ladder {place} ({action})" if keys.ACTION.fits(action) else f"ladder {place}"


def _days(values: Mapping[str, Any]) -> tuple[dt.date, dt.date]:
    """Return the first and the last day of a policy; an unreadable day counts as none."""
    first, last = values.get("first_day"), values.get("last_day")
    return (first if keys.DAY.fits(first) else dt.date.min), (last if keys.DAY.fits(last) else dt.date.max)
