"""Simulated rows as the columns of each input table, with flaws. features/inputs/tables.py has the columns' meaning."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.simulate import appeals, data_faults, ids, orders, texts, verdicts
from jobs.simulate.after_sales import conversations, listings, signs
from jobs.simulate.legitimate import claims, grants, parcels, sessions
from jobs.simulate.people import CATEGORIES, REGIONS
from jobs.simulate.rhythm import DAY
from jobs.simulate.rows import Rows
from jobs.simulate.world import ENTITIES

ID = {"seller": ("s", 6), "user": ("u", 7), "creator": ("c", 5), "order": ("o", 9)}
DECIDED_ON = (*ENTITIES, "order")


def entity_id(entity: str, number: np.ndarray) -> pa.Array:
    """Return identifiers of one kind of entity, or of orders."""
    prefix, width = ID[entity]
    return ids.numbered(prefix, number, width)


def entity_ids(entity: np.ndarray, number: np.ndarray) -> pa.Array:
    """Return identifiers of entities of all kinds; `entity` is a position in DECIDED_ON."""
    each = [entity_id(name, number) for name in DECIDED_ON]
    return pc.choose(pa.array(np.asarray(entity, np.int64)), *each)


def users(rows: Rows, first_day: np.datetime64) -> dict:
    """Return the columns of `users`."""
    return {
        "user_id": entity_id("user", rows["number"]), "registered_at": ids.timestamps(rows["time"], first_day),
        "region": ids.named(REGIONS, rows["region"]), "device_id": ids.scrambled("d", rows["device"]),
        "ip": ids.network(rows["ip"]), "phone_id": ids.scrambled("t", rows["phone"]),
        "referrer_id": entity_id("user", rows["referrer"]),
    }


def sellers(rows: Rows, first_day: np.datetime64) -> dict:
    """Return the columns of `sellers`."""
    return {
        "seller_id": entity_id("seller", rows["number"]), "registered_at": ids.timestamps(rows["time"], first_day),
        "region": ids.named(REGIONS, rows["region"]), "category": ids.named(CATEGORIES, rows["category"]),
        "payout_id": ids.scrambled("b", rows["payout"]), "device_id": ids.scrambled("e", rows["device"]),
        "owner_id": ids.numbered("w", rows["owner"], 6),
    }


def creators(rows: Rows, first_day: np.datetime64) -> dict:
    """Return the columns of `creators`."""
    return {
        "creator_id": entity_id("creator", rows["number"]),
        "registered_at": ids.written_times(rows["time"], first_day), "region": ids.named(REGIONS, rows["region"]),
        "user_id": entity_id("user", rows["user"]), "followers": rows["followers"],
    }


def placed(rows: Rows, first_day: np.datetime64) -> dict:
    """Return the columns of `orders`. The amount is text, as in exports that contain invalid amounts."""
    bad, at = rows["flaw"], data_faults.numbers("orders")
    amount = rows["amount"] * np.where(bad == at["amount is negative"], -1, 1)
    time = rows["time"] + np.where(bad == at["from the future"], 40 * DAY, 0)
    return {
        "order_id": ids.numbered("o", rows["number"], 9), "ordered_at": ids.timestamps(time, first_day),
        "user_id": entity_id("user", rows["user"]),
        "seller_id": entity_id("seller", np.where(bad == at["no seller"], -1, rows["seller"])),
        "creator_id": entity_id("creator", rows["creator"]), "product_id": ids.numbered("p", rows["product"], 8),
        "category": ids.named(CATEGORIES, rows["category"]), "quantity": rows["quantity"],
        "amount_cents": _money(amount, bad == at["amount is words"]), "discount_cents": rows["discount"],
        "campaign_id": _campaign(rows["campaign"]), "payment_id": ids.scrambled("m", rows["payment"]),
        "device_id": ids.scrambled("d", rows["device"]), "ip": ids.network(rows["ip"]),
        "address_id": ids.scrambled("a", rows["address"]), "ship_by": ids.timestamps(rows["ship_by"], first_day),
    }


def _campaign(number: np.ndarray) -> pa.Array:
    coupon = number >= orders.COUPON_CAMPAIGN
    return pc.if_else(pa.array(coupon), ids.numbered("coupon", number - orders.COUPON_CAMPAIGN, 3),
                      ids.numbered("flash", number, 3))


def _money(cents: np.ndarray, as_words: np.ndarray) -> pa.Array:
    return pc.if_else(pa.array(as_words), "n/a (see note)", pa.array(cents).cast(pa.string()))


def shipments(rows: Rows, first_day: np.datetime64) -> dict:
    """Return the columns of `shipments`."""
    early = rows["flaw"] == data_faults.numbers("shipments")["delivered before shipped"]
    delivered = np.where(early, rows["time"] - 3 * DAY, rows["delivered"])
    return {
        "shipment_id": ids.numbered("h", rows["number"], 9), "shipped_at": ids.written_times(rows["time"], first_day),
        "order_id": ids.numbered("o", rows["order"], 9), "seller_id": entity_id("seller", rows["seller"]),
        "carrier": ids.named(parcels.CARRIERS, rows["carrier"]), "tracking_id": ids.scrambled("x", rows["tracking"]),
        "weight_grams": rows["grams"], "delivered_at": ids.written_times(delivered, first_day),
        "handover": ids.named(signs.PLACES, rows["scan"]),
    }


def reviews(rows: Rows, first_day: np.datetime64) -> dict:
    """Return the columns of `reviews`."""
    nine = rows["flaw"] == data_faults.numbers("reviews")["rating is nine"]
    return {
        "review_id": ids.numbered("r", rows["number"], 9), "reviewed_at": ids.written_times(rows["time"], first_day),
        "order_id": ids.numbered("o", rows["order"], 9), "user_id": entity_id("user", rows["user"]),
        "seller_id": entity_id("seller", rows["seller"]), "rating": np.where(nine, 9, rows["rating"]),
        "text": texts.spelled(rows["text"]),
    }


def clicks(rows: Rows, first_day: np.datetime64) -> dict:
    """Return the columns of `clicks`."""
    negative = rows["flaw"] == data_faults.numbers("clicks")["dwell is negative"]
    return {
        "click_id": ids.numbered("k", rows["number"], 9), "clicked_at": ids.timestamps(rows["time"], first_day),
        "user_id": entity_id("user", rows["user"]), "device_id": ids.scrambled("d", rows["device"]),
        "ip": ids.network(rows["ip"]), "seller_id": entity_id("seller", rows["seller"]),
        "product_id": ids.numbered("p", rows["product"], 8), "creator_id": entity_id("creator", rows["creator"]),
        "dwell_ms": np.where(negative, -rows["dwell"] - 1, rows["dwell"]),
    }


def logins(rows: Rows, first_day: np.datetime64) -> dict:
    """Return the columns of `logins`."""
    return {
        "login_id": ids.numbered("l", rows["number"], 9), "logged_in_at": ids.timestamps(rows["time"], first_day),
        "user_id": entity_id("user", rows["user"]), "device_id": ids.scrambled("d", rows["device"]),
        "ip": ids.network(rows["ip"]), "succeeded": rows["succeeded"],
        "change": ids.named(sessions.CHANGES, rows["change"]),
    }


def incentives(rows: Rows, first_day: np.datetime64) -> dict:
    """Return the columns of `incentives`."""
    return {
        "grant_id": ids.numbered("g", rows["number"], 9), "granted_at": ids.written_times(rows["time"], first_day),
        "user_id": entity_id("user", rows["user"]), "campaign_id": _campaign(rows["campaign"]),
        "kind": ids.named(grants.KINDS, rows["kind"]), "amount_cents": rows["amount"],
        "order_id": ids.numbered("o", rows["order"], 9), "invitee_id": entity_id("user", rows["invitee"]),
    }


def cases(rows: Rows, first_day: np.datetime64) -> dict:
    """Return the columns of `cases`."""
    bad, at = rows["flaw"], data_faults.numbers("cases")
    kinds = (*claims.KINDS, "exchange")
    return {
        "case_id": ids.numbered("c", rows["number"], 9), "opened_at": ids.written_times(rows["time"], first_day),
        "order_id": ids.numbered("o", rows["order"], 9), "user_id": entity_id("user", rows["user"]),
        "seller_id": entity_id("seller", np.where(bad == at["no seller"], -1, rows["seller"])),
        "kind": ids.named(kinds, np.where(bad == at["unknown kind"], len(kinds) - 1, rows["kind"])),
        "reason": ids.named(claims.REASONS, rows["reason"]),
        "claim_cents": _money(rows["claim"], bad == at["claim is words"]),
        "evidence_id": ids.scrambled("f", rows["evidence"]), "text": texts.spelled(rows["text"]),
        "image_hash": ids.hexadecimal(rows["image"], rows["evidence"] >= 0),
    }


def case_outcomes(rows: Rows, first_day: np.datetime64) -> dict:
    """Return the columns of `case_outcomes`."""
    return {
        "case_id": ids.numbered("c", rows["number"], 9), "closed_at": ids.written_times(rows["time"], first_day),
        "outcome": ids.named(claims.OUTCOMES, rows["outcome"]),
        "responsible": ids.named(claims.PARTIES, rows["responsible"]), "paid_cents": rows["paid"],
        "appealed": rows["appealed"], "second_responsible": ids.named(claims.PARTIES, rows["second_responsible"]),
    }


def messages(rows: Rows, first_day: np.datetime64) -> dict:
    """Return the columns of `messages`."""
    return {
        "message_id": ids.numbered("j", rows["number"], 9), "sent_at": ids.written_times(rows["time"], first_day),
        "case_id": ids.numbered("c", rows["case"], 9), "role": ids.named(conversations.ROLES, rows["role"]),
        "text": texts.spelled(rows["text"]),
    }


def listed(rows: Rows, first_day: np.datetime64) -> dict:
    """Return the columns of `listings`."""
    return {
        "listing_version_id": ids.numbered("z", rows["number"], 9),
        "changed_at": ids.timestamps(rows["time"], first_day), "product_id": ids.numbered("p", rows["product"], 8),
        "seller_id": entity_id("seller", rows["seller"]), "title": listings.titles(rows),
        "description": listings.descriptions(rows), "price_cents": rows["price"],
        "image_hash": ids.hexadecimal(rows["image"], np.ones(len(rows["image"]), bool)),
    }


def accesses(rows: Rows, first_day: np.datetime64) -> dict:
    """Return the columns of `accesses`."""
    return {
        "access_id": ids.numbered("q", rows["number"], 9), "accessed_at": ids.timestamps(rows["time"], first_day),
        "seller_id": entity_id("seller", rows["seller"]), "operator_id": ids.scrambled("n", rows["operator"]),
        "app_id": ids.scrambled("y", rows["app"]), "orders_read": rows["read"], "exported": rows["exported"],
    }


def decisions(rows: Rows, first_day: np.datetime64) -> dict:
    """Return the columns of `verdicts`."""
    unknown = rows["flaw"] == data_faults.numbers("verdicts")["unknown entity"]
    return {
        "verdict_id": ids.numbered("v", rows["number"], 9), "decided_at": ids.written_times(rows["time"], first_day),
        "entity": ids.named((*DECIDED_ON, "shop"), np.where(unknown, len(DECIDED_ON), rows["entity"])),
        "entity_id": entity_ids(rows["entity"], rows["who"]), "risk": ids.named(verdicts.RISK_NAMES, rows["risk"]),
        "confirmed": rows["confirmed"], "incident_from": ids.calendar_days(rows["start"], first_day),
        "incident_to": ids.calendar_days(rows["end"], first_day),
        "source": ids.named(verdicts.SOURCES, rows["source"]), "loss_cents": loss(rows["loss"]),
    }


def actions_taken(rows: Rows, first_day: np.datetime64) -> dict:
    """Return the columns of `actions_taken`."""
    return {
        "action_id": pa.array(rows["action_id"], pa.string()), "taken_at": ids.timestamps(rows["time"], first_day),
        "decision_id": pa.array(rows["decision_id"], pa.string()), "entity": ids.named(DECIDED_ON, rows["entity"]),
        "entity_id": entity_ids(rows["entity"], rows["who"]), "risk": pa.array(rows["risk"], pa.string()),
        "action": pa.array(rows["asked"], pa.string()), "executed": rows["executed"],
        "until": ids.calendar_days(rows["until"], first_day).cast(pa.date32()),
        "operator_id": ids.numbered("op", rows["operator"], 2),
    }


def overrides(rows: Rows, first_day: np.datetime64) -> dict:
    """Return the columns of `overrides`, without a row: strategists write them, and the simulation has none."""
    return {name: pa.array([], pa.string()) for name in (
        "override_id", "created_at", "entity", "entity_id", "risk", "effect", "action", "from_day", "until_day",
        "reason", "author_id")}


def appeals_filed(rows: Rows, first_day: np.datetime64) -> dict:
    """Return the columns of `appeals`."""
    return {
        "appeal_id": pc.binary_join_element_wise("ap", pa.array(rows["action_id"], pa.string()), "-"),
        "filed_at": ids.written_times(rows["time"], first_day), "entity": ids.named(DECIDED_ON, rows["entity"]),
        "entity_id": entity_ids(rows["entity"], rows["who"]), "action_id": pa.array(rows["action_id"], pa.string()),
        "outcome": ids.named(appeals.OUTCOMES, rows["outcome"]),
        "decided_at": ids.written_times(rows["closed_at"], first_day), "compensation_cents": loss(rows["compensation"]),
    }


def review_samples(rows: Rows, first_day: np.datetime64) -> dict:
    """Return the columns of `review_samples`."""
    verdict = np.asarray(rows["verdict"], np.int64)
    return {
        "sample_id": pa.array(rows["sample_id"], pa.string()), "drawn_at": ids.written_times(rows["time"], first_day),
        "entity": ids.named(DECIDED_ON, rows["entity"]), "entity_id": entity_ids(rows["entity"], rows["who"]),
        "risk": pa.array(rows["risk"], pa.string()),
        "inclusion_probability": pa.array(rows["inclusion_probability"], pa.float64()),
        "verdict": pa.array(verdict == 1, pa.bool_(), mask=verdict < 0),
        "reviewed_at": ids.written_times(rows["reviewed_at"], first_day),
    }


def loss(cents: np.ndarray) -> pa.Array:
    """Return losses in minor units; -1, an uncounted loss, becomes null."""
    return pa.array(cents, mask=cents < 0)


OF: dict[str, Callable[[Rows, np.datetime64], dict]] = {
    "users": users, "sellers": sellers, "creators": creators, "orders": placed, "shipments": shipments,
    "reviews": reviews, "clicks": clicks, "logins": logins, "incentives": incentives, "cases": cases,
    "case_outcomes": case_outcomes, "accesses": accesses, "verdicts": decisions, "actions_taken": actions_taken,
    "overrides": overrides, "appeals": appeals_filed, "review_samples": review_samples,
    "messages": messages, "listings": listed,
}
