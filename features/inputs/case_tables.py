"""The input tables that only after-sales cases read: what was said about a case, and what a listing promised."""

from features.inputs.contract import Column, Table, money, pattern

IMAGE_HASH = pattern("image_hash", "^[0-9a-fA-F]{16}$", "16 hex digits")

MESSAGES = Table(
    name="messages", key="message_id", event_time="sent_at",
    meaning="One message of the conversation about a case.",
    quirks="A conversation ends when its case is closed, and many cases have none. A reader as of day D sees the "
           "messages that had arrived by D, so that an open case has the beginning of its conversation. text is prose "
           "and stays as it was written: names in it are not recognised.",
    columns=(
        Column("message_id", "string", "the message", required=True),
        Column("sent_at", "timestamp", "when it was sent", required=True),
        Column("case_id", "string", "the case that it is about", required=True),
        Column("role", "string", "who wrote it", required=True, values=("buyer", "seller", "agent")),
        Column("text", "string", "what it says", prose=True),
    ),
)

LISTINGS = Table(
    name="listings", key="listing_version_id", event_time="changed_at",
    meaning="A version of a listing: what a seller promised about a product from this time on.",
    quirks="A change is a new row with a new listing_version_id, never an edit. The latest version of a product that "
           "was changed by the time of an order is what its buyer saw. image_hash is not masked, because near-copies "
           "are found by the number of bits in which two hashes differ.",
    columns=(
        Column("listing_version_id", "string", "the version", required=True),
        Column("changed_at", "timestamp", "from when on it was shown", required=True),
        Column("product_id", "string", "the product", required=True),
        Column("seller_id", "string", "whose listing", required=True),
        Column("title", "string", "its title", prose=True),
        Column("description", "string", "its description", prose=True),
        Column("price_cents", "bigint", "asked for one piece, minor units"),
        Column("image_hash", "string", "64-bit perceptual hash of its first picture, as hex"),
    ),
    rules=(money("price_cents"), IMAGE_HASH),
)

# After-sales cases read these. No feature of an entity or order does.
CASE_INPUTS = (MESSAGES, LISTINGS)
