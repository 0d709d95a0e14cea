"""A dossier as one page of plain text for a person."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from features.case.definitions import HISTORY_DAYS
from features.case.evidence import PARTIES
from jobs.runtime.terminal_text import aligned, visible, wrapped

STRENGTH = {"strong": 0, "medium": 1, "weak": 2}
HISTORIES = ("buyer", "seller", "product", "carrier", "same_reason")
NO_NIGHT = "no night by this day has attributed the case; make nightly does it"
Line = tuple[str, str]  # a head for the left margin, and a text


def page(dossier: Mapping[str, Any], width: int) -> str:
    """Return the page, in lines of at most `width` cells as far as words allow. Groups of people are no part of it."""
    parts = [("Facts", _facts(dossier["facts"])), ("Words", _words(dossier["words"])),
             *((f"Evidence about the {party}", _evidence(dossier, party)) for party in PARTIES),
             ("Responsibility", _attribution(dossier["attribution"])), ("Policy", _policy(dossier["policy"])),
             ("Missing", _missing(dossier))]
    lines = [*wrapped(_title(dossier), width)]
    for head, found in parts:
        lines += ["", head, *_laid_out(list(found), width)]
    lines += ["", f"Earlier cases of {HISTORY_DAYS} days", *_indented(_history(dossier["features"])),
              "", "Similar closed cases", *_indented(_similar(dossier["similar_cases"]))]
    if dossier["outcomes"]:
        lines += ["", f"Outcome, known by {dossier['ds']}", *_laid_out(list(_outcomes(dossier["outcomes"])), width)]
    return "\n".join(lines)


def _title(dossier: Mapping[str, Any]) -> str:
    case = dossier["facts"]["case"]
    day = "" if dossier["is_open"] else ". It had an outcome when it arrived, and the histories know it"
    if dossier["is_open"] and dossier["outcomes"]:
        day = ", the last day before its outcome"
    return visible(f"Case {dossier['case_id']}: {case['kind']}, {case['reason'] or 'no reason given'}; as of "
                   f"{dossier['as_of']}{day}")


def _facts(facts: Mapping[str, Any]) -> Iterator[Line]:
    case, order, listing = facts["case"], facts["order"], facts["listing"]
    of_order = f" of an order of {_money(order['amount_cents'])}" if order else ""
    yield "claim", _money(case["claim_cents"]) + of_order
    yield "opened", f"{_time(case['opened_at'])}, arrived on {case['arrived_on']}"
    yield "parties", f"buyer {case['user_id'] or 'unknown'}, seller {case['seller_id'] or 'unknown'}"
    if order:
        yield "order", (f"{case['order_id']}, placed {_time(order['ordered_at'])}: {order['quantity']} of "
                        f"{order['product_id']}, {order['category']}; discount {_money(order['discount_cents'])}; "
                        f"to be shipped by {_time(order['ship_by'])}")
    else:
        yield "order", f"{case['order_id'] or 'none named'}, not known"
    for parcel in facts["parcels"]:
        yield "parcel", _parcel(parcel)
    if not facts["parcels"]:
        yield "parcel", "none known"
    yield "listing", (f"as the buyer saw it, of {_time(listing['changed_at'])}, {_money(listing['price_cents'])} a "
                      f"piece: {listing['title']}. {listing['description']}" if listing else "not known")
    shown = [name for name, key in (("a document", "evidence_id"), ("a photo", "image_hash")) if case[key]]
    yield "shown", " and ".join(shown) or "nothing"


def _parcel(parcel: Mapping[str, Any]) -> str:
    handed_out = (f"delivered {_time(parcel['delivered_at'])} at {parcel['handover'] or 'no known place'}"
                  if parcel["delivered_at"] else "not delivered so far")
    return (f"{parcel['shipment_id']} by {parcel['carrier'] or 'no known carrier'}, shipped "
            f"{_time(parcel['shipped_at'])}, {handed_out}; {_grams(parcel['weight_grams'])}, usual "
            f"{_grams(parcel['usual_grams'])}")


def _words(words: Sequence[Mapping[str, Any]]) -> Iterator[Line]:
    yield from ((each["role"], f"{_time(each['written_at'])}: {each['text']}") for each in words)
    if not words:
        yield "", "nobody wrote anything"


def _evidence(dossier: Mapping[str, Any], party: str) -> Iterator[Line]:
    """Yield what speaks against a party, the strongest first, and what would and is not there."""
    against = [each for each in dossier["evidence"] if (each["points_to"], each["state"]) == (party, "present")]
    for each in sorted(against, key=lambda one: (STRENGTH[one["strength"]], one["name"])):
        yield "against", f"{each['meaning']} [{each['name']}, {each['strength']}] {_worth(each, party)}"
    if not against:
        yield "against", "nothing that is known"
    if absent := dossier["parties"][party]["for"]:
        yield "for", f"looked for and not there: {', '.join(absent)}"


def _worth(each: Mapping[str, Any], party: str) -> str:
    found = each["closed_cases"]
    if not found:
        return "No closed case has it."
    said = (f"Of {found['present']:,} closed cases with it the {party} was at fault in "
            f"{found['at_fault']['value']:.0%}")
    if found["otherwise"]["value"] is not None:
        said += f", without it in {found['otherwise']['value']:.0%}"
    lift = found["lift"]
    if lift["value"] is not None:
        high = "more" if lift["high"] is None else f"{lift['high']:.2f}"
        said += f": lift {lift['value']:.2f} ({lift['low']:.2f} to {high})"
    return said + (". It points elsewhere." if found["points_elsewhere"] else ".")


def _attribution(found: Mapping[str, Any] | None) -> Iterator[Line]:
    if not found:
        yield "", NO_NIGHT
        return
    if found["share_buyer"] is None:
        yield "shares", f"none as of {found['ds']}: no model of cases is the champion"
    else:
        shares = sorted(((found[f"share_{party}"], party) for party in PARTIES), reverse=True)
        yield "shares", ", ".join(f"{party} {share:.1%}" for share, party in shares) + f", as of {found['ds']}"
    yield "decision", (f"the {found['responsible']} is responsible" if found["decided"] else
                       "none: the shares do not decide the case, and a person does")
    if found["conformal_set"]:
        yield "possible", f"{', '.join(found['conformal_set'])} cannot be ruled out"
    if found["expected_paid"] is not None:
        ends = f"{_money(found['expected_paid_lo'])} to {_money(found['expected_paid_hi'])}"
        yield "will be paid", f"estimate {_money(found['expected_paid'])}, from {ends} in 80 % of cases"


def _policy(found: Mapping[str, Any]) -> Iterator[Line]:
    yield "recommended", found["recommendation"] or f"nothing: {NO_NIGHT}"
    costs = [each for each in found["cost_by_option"] or [] if each["cost_cents"] is not None]
    if costs:
        costs = sorted(costs, key=lambda each: (each["cost_cents"], each["option"]))
        yield "cost, estimate", ", ".join(f"{each['option']} {_money(each['cost_cents'])}" for each in costs)
    for each in found["excluded"]:
        yield "excluded", f"{each['option']} by the law \"{each['law']}\": {each['source']}"


def _missing(dossier: Mapping[str, Any]) -> Iterator[Line]:
    found = dossier["missing"]
    if dossier["attribution"]:
        yield "ask for", found["ask_for"] or "nothing that is known to help"
    yield "not known", ", ".join(found["not_known"]) or "nothing"


def _history(features: Sequence[Mapping[str, Any]]) -> str:
    """Return a line for each history: closed cases, and whom they were laid at."""
    value = {each["name"]: each["value"] for each in features}
    rows = [("of the", "closed", *PARTIES)]
    for whose in HISTORIES:
        shares = [value.get(f"{whose}_{party}_share") for party in PARTIES]
        rows.append((whose.replace("same_reason", "seller, same reason"), f"{value.get(f'{whose}_closed', 0):,.0f}",
                     *("" if share is None else f"{share:.0%}" for share in shares)))
    return aligned(rows, left=1)


def _similar(cases: Sequence[Mapping[str, Any]]) -> str:
    if not cases:
        return "none of the same kind and reason"
    return aligned([("case", "closed", "outcome", "responsible", "claim", "paid", "distance", "shared evidence"), *(
        (each["case_id"], str(each["closed_at"].date()), each["outcome"] or "", each["responsible"],
         _money(each["claim_cents"]), _money(each["paid_cents"]), f"{each['distance']:.2f}",
         str(len(each["shared_evidence"]))) for each in cases)], left=4)


def _outcomes(outcomes: Sequence[Mapping[str, Any]]) -> Iterator[Line]:
    for each in outcomes:
        yield str(each["arrived_on"]), (f"{each['outcome'] or 'closed'}, {each['responsible']} responsible, paid "
                                        f"{_money(each['paid_cents'])}{', appealed' if each['appealed'] else ''}")


def _laid_out(found: Sequence[Line], width: int) -> list[str]:
    """Return heads and texts as lines. No text from the data acts on the terminal or breaks a line."""
    margin = max(len(head) for head, _ in found) + 4
    lines = []
    for head, text in found:
        lines += wrapped(f"  {head}".ljust(margin) + visible(text), width, " " * margin, break_words=True)
    return lines


def _indented(text: str) -> list[str]:
    return [f"  {line}" for line in text.split("\n")]


def _time(moment: dt.datetime | None) -> str:
    return "at no known time" if moment is None else f"{moment:%Y-%m-%d %H:%M}"


def _money(cents: float | None) -> str:
    return "unknown" if cents is None else f"{cents / 100:,.2f}"


def _grams(weight: float | None) -> str:
    return "unknown weight" if weight is None else f"{weight:,.0f} g"
