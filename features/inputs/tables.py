"""The input tables. Schema, row rules and expectations follow from these declarations."""

from features.inputs.case_tables import CASE_INPUTS, IMAGE_HASH, LISTINGS, MESSAGES
from features.inputs.contract import Column, Rule, Table, between, count, money
from features.inputs.response_tables import (
    ACTIONS_TAKEN,
    APPEALS,
    DECISION_INPUTS,
    OVERRIDES,
    REVIEW_SAMPLES,
    VERDICTS,
)

USERS = Table(
    name="users", key="user_id", event_time="registered_at",
    meaning="A person's account, as registered.",
    quirks="A fact that changes is delivered again as a new row more than seven days later; the "
           "latest arrival by a day is what was known on it.",
    columns=(
        Column("user_id", "string", "the account", required=True),
        Column("registered_at", "timestamp", "when it was registered", required=True),
        Column("region", "string", "where it was registered"),
        Column("device_id", "string", "device of the registration", private=True),
        Column("ip", "string", "address of the registration", private=True),
        Column("phone_id", "string", "telephone number", private=True),
        Column("referrer_id", "string", "the account that invited it"),
    ),
)

SELLERS = Table(
    name="sellers", key="seller_id", event_time="registered_at",
    meaning="A shop, as registered.",
    quirks="As for users: the latest arrival by a day is what was known on it.",
    columns=(
        Column("seller_id", "string", "the shop", required=True),
        Column("registered_at", "timestamp", "when it was registered", required=True),
        Column("region", "string", "where it sells from"),
        Column("category", "string", "its main line of goods"),
        Column("payout_id", "string", "where its money goes", private=True),
        Column("device_id", "string", "device of the registration", private=True),
        Column("owner_id", "string", "the person behind it"),
    ),
)

CREATORS = Table(
    name="creators", key="creator_id", event_time="registered_at",
    meaning="Somebody who shows goods to followers and earns a commission on what they buy.",
    quirks="As for users. `followers` is the number at the time of the row, so a creator that grows is "
           "delivered again, more than seven days later.",
    columns=(
        Column("creator_id", "string", "the creator", required=True),
        Column("registered_at", "timestamp", "when they were registered", required=True),
        Column("region", "string", "where they are"),
        Column("user_id", "string", "their own account as a buyer"),
        Column("followers", "bigint", "how many accounts follow them"),
    ),
    rules=(count("followers"),),
)

ORDERS = Table(
    name="orders", key="order_id", event_time="ordered_at", optional=False,
    meaning="One product bought by one buyer from one seller.",
    quirks="user_id is empty for a guest: such an order counts for its seller alone. An order of a "
           "user or seller that no table knows is kept, because registrations arrive late too; "
           "the validation warns when many are unknown.",
    columns=(
        Column("order_id", "string", "the order", required=True),
        Column("ordered_at", "timestamp", "when it was placed", required=True),
        Column("user_id", "string", "the buyer"),
        Column("seller_id", "string", "the seller", required=True),
        Column("creator_id", "string", "the creator who led the buyer here"),
        Column("product_id", "string", "the product"),
        Column("category", "string", "its category"),
        Column("quantity", "bigint", "pieces", required=True),
        Column("amount_cents", "bigint", "paid, minor units, after discounts", required=True),
        Column("discount_cents", "bigint", "given by coupons, minor units"),
        Column("campaign_id", "string", "the promotion it came through"),
        Column("payment_id", "string", "the card or account that paid", private=True),
        Column("device_id", "string", "the device that ordered", private=True),
        Column("ip", "string", "its address", private=True),
        Column("address_id", "string", "where it is sent", private=True),
        Column("ship_by", "timestamp", "by when the seller promised to hand the parcel over", added=True),
    ),
    rules=(
        count("quantity", least=1),
        money("amount_cents"),
        money("discount_cents"),
    ),
)

SHIPMENTS = Table(
    name="shipments", key="shipment_id", event_time="shipped_at",
    meaning="A parcel on its way from a seller to a buyer.",
    quirks="A row arrives when its parcel is delivered, or weeks later as lost with delivered_at empty. Until then an "
           "order that was not sent and one that is on its way look the same. One tracking_id for several parcels "
           "points to brushing, or to a seller who packs two orders in one box.",
    columns=(
        Column("shipment_id", "string", "the parcel", required=True),
        Column("shipped_at", "timestamp", "when it was handed over", required=True),
        Column("order_id", "string", "the order in it", required=True),
        Column("seller_id", "string", "who sent it", required=True),
        Column("carrier", "string", "who carried it"),
        Column("tracking_id", "string", "the carrier's number"),
        Column("weight_grams", "bigint", "as the carrier weighed it"),
        Column("delivered_at", "timestamp", "when it was handed out; empty: not so far"),
        Column("handover", "string", "to whom or where, by the carrier's scan, such as door, locker, neighbour or shop",
               added=True),
    ),
    rules=(
        count("weight_grams"),
        Rule("it is delivered after it is shipped", "delivered_at IS NULL OR delivered_at >= shipped_at"),
        Rule("delivered_at is not after the day of arrival",
             "delivered_at IS NULL OR delivered_at < date_add(ds, 1)"),
    ),
)

REVIEWS = Table(
    name="reviews", key="review_id", event_time="reviewed_at",
    meaning="What a buyer says of an order in public.",
    quirks="Most buyers say nothing, and many who do write the same two words: a short text repeated by "
           "many is a habit, a long one is a script.",
    columns=(
        Column("review_id", "string", "the review", required=True),
        Column("reviewed_at", "timestamp", "when it was written", required=True),
        Column("order_id", "string", "the order it is about"),
        Column("user_id", "string", "who wrote it"),
        Column("seller_id", "string", "whom it is about", required=True),
        Column("rating", "bigint", "stars, 1 to 5", required=True),
        Column("text", "string", "what it says", prose=True),
    ),
    rules=(between("rating", 1, 5),),
)

CLICKS = Table(
    name="clicks", key="click_id", event_time="clicked_at",
    meaning="Somebody opens a listing.",
    quirks="user_id is empty for a visitor who is not logged in. creator_id is filled when a creator's "
           "post led there. The largest table by far; a platform may deliver a sample of it, as long as "
           "the sample is drawn by user.",
    columns=(
        Column("click_id", "string", "the click", required=True),
        Column("clicked_at", "timestamp", "when", required=True),
        Column("user_id", "string", "who"),
        Column("device_id", "string", "on which device", private=True),
        Column("ip", "string", "from which address", private=True),
        Column("seller_id", "string", "whose listing"),
        Column("product_id", "string", "which listing"),
        Column("creator_id", "string", "whose post led there"),
        Column("dwell_ms", "bigint", "how long the page stayed open, milliseconds"),
    ),
    rules=(count("dwell_ms"),),
)

LOGINS = Table(
    name="logins", key="login_id", event_time="logged_in_at",
    meaning="Somebody enters an account, or tries to, and may change how it is reached or paid.",
    quirks="A failed attempt is a row as well. `change` is what was altered in that session; a session "
           "that alters two things is two rows.",
    columns=(
        Column("login_id", "string", "the attempt", required=True),
        Column("logged_in_at", "timestamp", "when", required=True),
        Column("user_id", "string", "which account", required=True),
        Column("device_id", "string", "on which device", private=True),
        Column("ip", "string", "from which address", private=True),
        Column("succeeded", "boolean", "whether it was let in", required=True),
        Column("change", "string", "what was altered", required=True,
               values=("none", "password", "address", "payout")),
    ),
)

INCENTIVES = Table(
    name="incentives", key="grant_id", event_time="granted_at",
    meaning="Money that the platform gives away: a coupon, a reward for an invitation, cash back.",
    quirks="Counted when it is granted. order_id is the order it was used on or earned by; invitee_id is "
           "filled for invitations alone.",
    columns=(
        Column("grant_id", "string", "the grant", required=True),
        Column("granted_at", "timestamp", "when", required=True),
        Column("user_id", "string", "who got it", required=True),
        Column("campaign_id", "string", "the promotion"),
        Column("kind", "string", "what it is", required=True, values=("coupon", "referral", "cashback")),
        Column("amount_cents", "bigint", "its worth, minor units", required=True),
        Column("order_id", "string", "the order it belongs to"),
        Column("invitee_id", "string", "the account that was invited"),
    ),
    rules=(money("amount_cents"),),
)

CASES = Table(
    name="cases", key="case_id", event_time="opened_at",
    meaning="A buyer asks for money or goods back, or an order is called off.",
    quirks="A case is opened days or weeks after the order. It counts from the day it was opened and not from the day "
           "of its outcome, which is often weeks later. image_hash is not masked, because near-copies of a photo are "
           "found by the number of bits in which two hashes differ.",
    columns=(
        Column("case_id", "string", "the case", required=True),
        Column("opened_at", "timestamp", "when it was opened", required=True),
        Column("order_id", "string", "the order it is about"),
        Column("user_id", "string", "the buyer"),
        Column("seller_id", "string", "the seller", required=True),
        Column("kind", "string", "what is asked for", required=True,
               values=("refund", "return", "dispute", "cancellation")),
        Column("reason", "string", "as the buyer put it"),
        Column("claim_cents", "bigint", "claimed, minor units"),
        Column("evidence_id", "string", "the photo or document shown", private=True),
        Column("text", "string", "what the buyer wrote", prose=True),
        Column("image_hash", "string", "64-bit perceptual hash of the photo shown, as hex", added=True),
    ),
    rules=(money("claim_cents"), IMAGE_HASH),
)

CASE_OUTCOMES = Table(
    name="case_outcomes", key="case_id", event_time="closed_at",
    meaning="How a case ended.",
    quirks="An outcome arrives days to weeks after the case. A reopened case has another one, more than seven days "
           "later; a feature that counts decisions counts both, because tiles of past days never change. It says who "
           "pays, not who lied: a platform often pays to keep the peace. second_responsible is the verdict of a second "
           "reviewer, who does not know the first; it is filled for cases drawn at random.",
    columns=(
        Column("case_id", "string", "the case", required=True),
        Column("closed_at", "timestamp", "when it was closed", required=True),
        Column("outcome", "string", "how, in the platform's words"),
        Column("responsible", "string", "who is held responsible", required=True,
               values=("buyer", "seller", "carrier", "platform", "undetermined")),
        Column("paid_cents", "bigint", "paid to the buyer, minor units"),
        Column("appealed", "boolean", "whether somebody objected"),
        Column("second_responsible", "string", "whom a second reviewer holds responsible; empty: not drawn",
               values=("buyer", "seller", "carrier", "platform", "undetermined"), added=True),
    ),
    rules=(money("paid_cents"),),
)

ACCESSES = Table(
    name="accesses", key="access_id", event_time="accessed_at",
    meaning="An operator or an app of a seller reads buyers' orders.",
    quirks="A large shop's software reads every order several times a day; what counts is how much is read "
           "beyond what is shipped, by whom, and when.",
    columns=(
        Column("access_id", "string", "the access", required=True),
        Column("accessed_at", "timestamp", "when", required=True),
        Column("seller_id", "string", "whose orders", required=True),
        Column("operator_id", "string", "the person or the software's account"),
        Column("app_id", "string", "the software it went through"),
        Column("orders_read", "bigint", "orders whose buyer was shown", required=True),
        Column("exported", "boolean", "whether they left as a file"),
    ),
    rules=(count("orders_read"),),
)

TABLES = {table.name: table for table in (
    USERS, SELLERS, CREATORS, ORDERS, SHIPMENTS, REVIEWS, CLICKS, LOGINS, INCENTIVES, CASES, CASE_OUTCOMES,
    ACCESSES, VERDICTS, ACTIONS_TAKEN, OVERRIDES, APPEALS, REVIEW_SAMPLES, MESSAGES, LISTINGS)}

# Features read these tables and no others.
FEATURE_INPUTS = tuple(name for name in TABLES if TABLES[name] not in (*DECISION_INPUTS, *CASE_INPUTS))
