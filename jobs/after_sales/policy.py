"""The costs of resolving a case, as `policies/after_sales.toml` states them: the classes, and the one reader.

docs/after-sales.md explains every key.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from features.case.definitions import PARTIES
from features.inputs.tables import CASES
from jobs.decisions import policy_keys as keys
from jobs.decisions.policy_checks import named
from jobs.decisions.policy_digest import digest
from jobs.decisions.policy_documents import AFTER_SALES, read_file, shown
from jobs.decisions.policy_keys import alternatives, key_faults, spelled
from jobs.errors import UserError

WRONGED = ("buyer", "seller")
FINAL = ("refund", "return_then_refund", "partial_refund", "reship", "deny")
ASKING = ("ask_evidence", "escalate")  # more is known afterwards, and a final option follows
OPTIONS = (*FINAL, *ASKING)
ALWAYS = ("refund", "escalate")  # open in every case, so that no case is left without an option
KINDS = CASES.column("kind").values

OF_FILE = {"goods_share": keys.SHARE, "freight_out_cents": keys.CENTS, "freight_back_cents": keys.CENTS,
           "minute_cents": keys.AMOUNT, "partial_share": keys.SHARE, "repeat_claims": keys.AMOUNT,
           "salvage": keys.TABLE, "repaid": keys.TABLE, "wronged": keys.TABLE, "options": keys.TABLE,
           "law": keys.Kind("tables [[law]]", lambda value: isinstance(value, list)
                            and all(isinstance(rule, dict) for rule in value))}
OF_WRONGED = {"appeals": keys.SHARE, "appeal_cents": keys.CENTS, "leaves": keys.SHARE, "worth_cents": keys.CENTS}
OF_FINAL = {"kinds": keys.TEXTS, "minutes": keys.AMOUNT, "repeats": keys.SHARE}
OF_ASKING = {"kinds": keys.TEXTS, "minutes": keys.AMOUNT, "resolves": keys.SHARE, "waits": keys.SHARE}
OF_LAW = {"name": keys.TEXT, "regions": keys.TEXTS, "kinds": keys.TEXTS, "until_day": keys.DAYS,
          "excludes": keys.TEXTS, "source": keys.TEXT}


@dataclass(frozen=True)
class Wronged:
    """What a wronged party does: the probabilities that it appeals and leaves, and the cost of each."""

    appeals: float
    appeal_cents: int
    leaves: float
    worth_cents: int

    @property
    def expected_cents(self) -> float:
        """The expected cost of wronging the party."""
        return self.appeals * self.appeal_cents + self.leaves * self.worth_cents


@dataclass(frozen=True)
class Option:
    """A way to resolve a case.

    Attributes:
        kinds: of cases that it can resolve.
        minutes: of the desk.
        repeats: further claims that it invites, as a share of those after a refund; 0 of an option that asks.
        resolves: share of cases whose party at fault is known afterwards; 0 of a final option.
        waits: share of the cost of wronging a buyer that the wait brings about; 0 of a final option.
    """

    kinds: tuple[str, ...]
    minutes: float
    repeats: float = 0.0
    resolves: float = 0.0
    waits: float = 0.0


@dataclass(frozen=True)
class Law:
    """Options that the law excludes.

    Attributes:
        regions: in which the rule holds; empty: in all.
        until_day: the last day after delivery; None: without an end.
    """

    name: str
    kinds: tuple[str, ...]
    excludes: tuple[str, ...]
    source: str
    regions: tuple[str, ...] = ()
    until_day: int | None = None


@dataclass(frozen=True)
class ResolutionPolicy:
    """The costs of all options. Cents are minor units.

    Attributes:
        goods_share: share of a claim that its goods cost the seller.
        partial_share: share of the claim that a partial refund pays.
        repeat_claims: further claims of a buyer who is paid without a reason.
        salvage, repaid: by the party at fault, every one of `PARTIES` a key.
        wronged: by `WRONGED`. options: by `OPTIONS`.
    """

    goods_share: float
    freight_out_cents: int
    freight_back_cents: int
    minute_cents: float
    partial_share: float
    repeat_claims: float
    salvage: Mapping[str, float]
    repaid: Mapping[str, float]
    wronged: Mapping[str, Wronged]
    options: Mapping[str, Option]
    law: tuple[Law, ...]


def read_resolution_policy(folder: Path) -> ResolutionPolicy:
    """Return the policy of `after_sales.toml` in a folder of policies.

    Raises:
        UserError: the file is missing or has mistakes. The message has one line each: file, key, found, expected.
    """
    file = folder / f"{AFTER_SALES}.toml"
    if not file.exists():
        raise UserError(f"{shown(file)}: missing, expected the costs of resolving a case. "
                        f"Copy policies/{AFTER_SALES}.toml of the repository.")
    document, faults = read_file(file)
    if faults := faults + (named(document, _faults(document.values)) if document else []):
        raise UserError("\n".join(faults))
    values = dict(document.values)
    values |= {"wronged": {party: Wronged(**values["wronged"][party]) for party in WRONGED},
               "options": {name: Option(**_tuples(values["options"][name])) for name in OPTIONS},
               "law": tuple(Law(**_tuples(rule)) for rule in values["law"])}
    return ResolutionPolicy(**values)


def policy_version(policy: ResolutionPolicy) -> str:
    """Return twelve hex digits of what `after_sales.toml` says, whatever its spelling."""
    return digest(asdict(policy))


def _tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}


def _faults(values: Mapping[str, Any]) -> Iterator[tuple]:
    """Yield (key, sentence) for each mistake."""
    yield from key_faults(values, OF_FILE)
    for key, names, kinds in (("salvage", PARTIES, None), ("repaid", PARTIES, None), ("wronged", WRONGED, OF_WRONGED)):
        if keys.TABLE.fits(table := values.get(key)):
            yield from _table_faults(key, table, dict.fromkeys(names, kinds or keys.SHARE))
    if keys.TABLE.fits(options := values.get("options")):
        kinds = dict.fromkeys(FINAL, OF_FINAL) | dict.fromkeys(ASKING, OF_ASKING)
        yield from _table_faults("options", options, kinds)
        yield from _option_faults(options)
    if OF_FILE["law"].fits(law := values.get("law")):
        for place, rule in enumerate(law, start=1):
            yield from ((f"law {place}.{key}", sentence) for key, sentence in _law_faults(rule))


def _table_faults(name: str, table: Mapping[str, Any], kinds: Mapping[str, Any]) -> Iterator[tuple]:
    """Yield the mistakes in a table whose values are of a kind, or tables with kinds of their own."""
    for key, sentence in key_faults(table, {key: kind if isinstance(kind, keys.Kind) else keys.TABLE
                                            for key, kind in kinds.items()}):
        yield f"{name}.{key}", sentence
    for key, kind in kinds.items():
        if not isinstance(kind, keys.Kind) and keys.TABLE.fits(inner := table.get(key)):
            yield from ((f"{name}.{key}.{each}", sentence) for each, sentence in key_faults(inner, kind))


def _option_faults(options: Mapping[str, Any]) -> Iterator[tuple]:
    for name in OPTIONS:
        option = options.get(name)
        found = option.get("kinds") if isinstance(option, dict) else None
        yield from _unknown(f"options.{name}.kinds", found, KINDS)
        if name in ALWAYS and keys.TEXTS.fits(found) and set(KINDS) - set(found):
            yield f"options.{name}.kinds", f"expected all kinds, {', '.join(KINDS)}: a case must have an option."


def _law_faults(rule: Mapping[str, Any]) -> Iterator[tuple]:
    yield from key_faults(rule, OF_LAW, ("regions", "until_day"))
    yield from _unknown("kinds", rule.get("kinds"), KINDS)
    yield from _unknown("excludes", rule.get("excludes"), [name for name in OPTIONS if name not in ALWAYS])


def _unknown(key: str, found: Any, known: Any) -> Iterator[tuple]:
    if keys.TEXTS.fits(found):
        yield from ((key, f"found {spelled(value)}, expected {alternatives(value, known)}.")
                    for value in found if value not in known)
