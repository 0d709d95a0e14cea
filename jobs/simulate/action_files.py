"""Files of actions: what a platform asks its operators to do, one row per action.

Every file has ds, entity, entity_id and action. These columns are optional: risk, asked (the platform's own word for
the action), action_id, decision_id, inclusion_probability (of the action `sample`).
"""

import hashlib
from pathlib import Path

import numpy as np
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from jobs.simulate import ids
from jobs.simulate.columns import DECIDED_ON, ID
from jobs.simulate.rows import Rows, take

WORDS = ("stop", "review", "watch", "hold", "sample")
STOP, REVIEW, WATCH, HOLD, SAMPLE = range(5)
ON_ORDERS, ON_OTHERS = ("hold", "review", "watch", "sample"), ("stop", "review", "watch", "sample")
REQUIRED = ("ds", "entity", "entity_id", "action")
OPTIONAL = ("risk", "asked", "action_id", "decision_id", "inclusion_probability")


def read(path: Path, first_day: np.datetime64, days: int, totals: dict[str, int]) -> Rows:
    """Convert a file of actions (Parquet, or CSV) to rows in order of day, those after the last day left out.

    Returns:
        day, entity (position in DECIDED_ON), number, action (position in WORDS), and as text or None: risk, asked,
        action_id, decision_id; inclusion_probability (NaN: none).

    Raises:
        ValueError: a column is missing, a row names an entity or action that does not exist, or a sample lacks what
            lands with it.
    """
    table = pacsv.read_csv(path) if path.suffix == ".csv" else pq.read_table(path)
    if missing := [name for name in REQUIRED if name not in table.column_names]:
        raise ValueError(f"{path}: columns {missing} are missing; found {table.column_names}, expected "
                         f"{list(REQUIRED)}. Write the file again with these columns.")
    text = {name: [str(value) for value in table[name].to_pylist()] for name in REQUIRED}
    for name, allowed in (("entity", DECIDED_ON), ("action", WORDS)):
        if unknown := sorted(set(text[name]) - set(allowed)):
            raise ValueError(f"{path}: {name} has {unknown}; expected only {list(allowed)}. Mend these rows.")
    for entity, action in set(zip(text["entity"], text["action"])):
        if action not in (allowed := ON_ORDERS if entity == "order" else ON_OTHERS):
            raise ValueError(f"{path}: action {action} of entity {entity}; expected one of {list(allowed)}. "
                             "Mend these rows.")
    more = {name: _optional(table, name) for name in OPTIONAL}
    _check_samples(path, text["action"], more)
    rows = {
        "day": (np.array(text["ds"], "datetime64[D]") - first_day).astype(int) if text["ds"] else np.zeros(0, int),
        "entity": np.array([DECIDED_ON.index(name) for name in text["entity"]], int),
        "number": np.array([_number(path, entity, name, totals | {"order": days * ids.BLOCK}) for entity, name in
                            zip(text["entity"], text["entity_id"])], int),
        "action": np.array([WORDS.index(name) for name in text["action"]], int),
        "inclusion_probability": np.array([np.nan if value is None else value
                                           for value in more.pop("inclusion_probability")], float),
        **{name: _texts(values) for name, values in more.items()},
    }
    rows["asked"] = _texts([asked or word for asked, word in zip(rows["asked"], text["action"])])
    rows["action_id"] = _texts([known or _digest(*key) for known, *key in zip(
        rows["action_id"], text["ds"], text["entity"], text["entity_id"], rows["asked"], rows["risk"])])
    rows = take(rows, np.lexsort((rows["number"], rows["entity"], rows["day"])))
    return take(rows, (rows["day"] >= 0) & (rows["day"] < days))


def _check_samples(path: Path, words: list[str], more: dict[str, list]) -> None:
    for name in ("risk", "decision_id", "inclusion_probability"):
        if any(word == "sample" and value is None for word, value in zip(words, more[name])):
            raise ValueError(f"{path}: {name} is empty in a row with the action sample; expected a value, because it "
                             "lands in review_samples. Add it to these rows.")


def _optional(table, name: str) -> list:
    if name not in table.column_names:
        return [None] * len(table)
    return [None if value == "" else value for value in table[name].to_pylist()]


def _texts(values: list) -> np.ndarray:
    texts = np.empty(len(values), object)
    texts[:] = [None if value is None else str(value) for value in values]
    return texts


def _digest(*key: str | None) -> str:
    return hashlib.sha256("\n".join(str(part) for part in key).encode()).hexdigest()[:16]


def _number(path: Path, entity: str, name: str, totals: dict[str, int]) -> int:
    prefix, _ = ID[entity]
    digits = name.removeprefix(prefix)
    if not digits.isdigit() or not name.startswith(prefix) or int(digits) >= totals[entity]:
        raise ValueError(f"{path}: there is no {entity} {name}; expected one that this simulation landed. "
                         "Take entity_id from the landing folder of the same seed and size.")
    return int(digits)
