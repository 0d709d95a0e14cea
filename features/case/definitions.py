"""The features of an after-sales case: what was known of it, and of those who are part of it, on a day.

Each is DuckDB SQL over the views that `jobs.after_sales.case_views` joins to a case: `c` the case, `o` its order, `p`
its parcel, `w` the usual weight of its product, `l` its listing as the buyer saw it, `t` its conversation, `i` the
copies of its photo, and the history of the buyer (`hb`), the seller (`hs`), the product (`hp`), the carrier (`hc`) and
the seller's cases of the same reason (`hr`). Attributes of people, such as region, age or language, are no features.
"""

from dataclasses import dataclass

HISTORY_DAYS = 180  # arrival days of earlier cases that count
PARTIES = ("buyer", "seller", "carrier", "platform")  # who may be at fault, in the order of all arrays


@dataclass(frozen=True)
class CaseFeature:
    """A number of a case as of a day; null where it is not known.

    Attributes:
        sql: DuckDB SQL over the joined views. unit: one of `features.language.feature.UNITS`.
    """

    name: str
    sql: str
    meaning: str
    unit: str = ""


# Words by which somebody admits or reports something: the words of whom, and a pattern in small letters.
PHRASES = {
    "buyer_has_it": ("buyer", "found it|(flatmate|neighbour|family) (had|has|gave)|did arrive|parcel is here|"
                     "i have it now", "whether the buyer writes that the goods are there"),
    "buyer_changes_story": ("buyer", "in fact it|maybe it was not|do not remember when|let us say|"
                            "friend took the photo|do not need it any more",
                            "whether the buyer tells it otherwise than before"),
    "seller_admits": ("seller", "(our|my) (mistake|fault)|left us too late|batch was bad|we ran out|"
                      "description was wrong|packed badly|we apologi", "whether the seller admits a fault"),
    "carrier_admits": ("agent", "carrier (reports|cannot find|confirms|has accepted)|driver left it",
                       "whether the desk reports that the carrier is at fault"),
    "platform_admits": ("agent", "charged twice|coupon was valid|login by somebody else|error of our system",
                        "whether the desk reports an error of the platform"),
    "wear_is_noted": ("agent", "traces of use|tag is missing|scratches on the returned|had been worn",
                      "whether the desk notes wear of returned goods"),
}


def _history(view: str, whose: str) -> tuple[CaseFeature, ...]:
    """Return the features of earlier cases: how many, how many by order, and whom the closed ones were laid at."""
    shares = tuple(CaseFeature(f"{whose}_{party}_share", f"{view}.{party} / nullif({view}.closed, 0)",
                               f"share of the {whose}'s closed cases for which the {party} was responsible")
                   for party in PARTIES)
    return (CaseFeature(f"{whose}_cases", f"{view}.cases", f"earlier cases of the {whose}"),
            CaseFeature(f"{whose}_closed", f"{view}.closed", f"closed cases of the {whose}"), *shares)


CASE_FEATURES = (
    CaseFeature("claim_cents", "c.claim_cents", "what the buyer claims", "cents"),
    CaseFeature("claim_share", "c.claim_cents / nullif(o.amount_cents, 0)", "the claim divided by the order's amount"),
    CaseFeature("days_to_case", "date_diff('hour', o.ordered_at, c.opened_at) / 24.0",
                "from the order to the case", "days"),
    CaseFeature("opened_at_night", "hour(c.opened_at) < 6", "whether it was opened before six o'clock", "flag"),
    CaseFeature("text_length", "length(c.text)", "characters of the complaint"),
    CaseFeature("has_document", "c.evidence_id IS NOT NULL", "whether the buyer showed a document or photo", "flag"),
    CaseFeature("has_photo", "c.image_hash IS NOT NULL", "whether the buyer showed a photo", "flag"),
    CaseFeature("photo_copies", "CASE WHEN c.image_hash IS NOT NULL THEN coalesce(i.image_copies, 0) END",
                "earlier cases with the same photo or a near copy"),
    CaseFeature("photo_distance", "i.image_distance", "bits between the photo and the nearest earlier one"),
    CaseFeature("photo_of_same_buyer", "i.image_first_same_buyer", "whether the same buyer showed it first", "flag"),
    CaseFeature("order_cents", "o.amount_cents", "amount of the order", "cents"),
    CaseFeature("discount_share", "o.discount_cents / nullif(o.amount_cents + o.discount_cents, 0)",
                "share of the price that was taken off"),
    CaseFeature("quantity", "o.quantity", "pieces of the order"),
    CaseFeature("has_parcel", "p.shipped_at IS NOT NULL", "whether a parcel is known", "flag"),
    CaseFeature("hours_to_ship", "date_diff('minute', o.ordered_at, p.shipped_at) / 60.0",
                "hours from the order to the handing over by the seller"),
    CaseFeature("hours_past_promise", "date_diff('minute', o.ship_by, coalesce(p.shipped_at, c.opened_at)) / 60.0",
                "hours from the promised to the actual shipping, or to the opening of the case without one"),
    CaseFeature("days_on_the_way", "date_diff('hour', p.shipped_at, p.delivered_at) / 24.0",
                "from shipping to delivery", "days"),
    CaseFeature("days_past_usual", "date_diff('hour', p.shipped_at, p.delivered_at) / 24.0 - hc.mean_days",
                "days on the way beyond the mean of the carrier", "days"),
    CaseFeature("days_from_delivery", "date_diff('hour', p.delivered_at, c.opened_at) / 24.0",
                "from delivery to the case", "days"),
    CaseFeature("is_delivered", "CASE WHEN p.shipped_at IS NOT NULL THEN p.delivered_at IS NOT NULL END",
                "whether the known parcel was handed out", "flag"),
    CaseFeature("days_without_scan", "CASE WHEN p.shipped_at IS NOT NULL AND p.delivered_at IS NULL "
                "THEN date_diff('day', p.shipped_at, c.opened_at) END",
                "from shipping to the case, of a parcel that was not handed out", "days"),
    *(CaseFeature(f"handed_over_at_{place}", f"p.handover = '{place}'",
                  f"whether the carrier's scan names the {place}", "flag")
      for place in ("door", "locker", "neighbour", "shop")),
    CaseFeature("weight_ratio", "p.weight_grams / nullif(w.usual_grams, 0)",
                "weight divided by the usual weight of the product's other parcels"),
    CaseFeature("listing_length", "length(l.description)", "characters of the description"),
    CaseFeature("bold_words", "l.bold_words", "bold words of the description"),
    CaseFeature("listing_versions", "l.versions", "versions of the listing before the order"),
    CaseFeature("price_over_listing", "(o.amount_cents + coalesce(o.discount_cents, 0)) "
                "/ nullif(l.price_cents * o.quantity, 0)", "the price paid divided by that of the listing"),
    CaseFeature("messages", "coalesce(t.messages, 0)", "messages of the conversation"),
    *(CaseFeature(f"messages_of_{role}", f"coalesce(t.of_{role}, 0)", f"messages of the {role}")
      for role in ("buyer", "seller", "agent")),
    *(CaseFeature(name, f"CASE WHEN t.messages > 0 THEN coalesce(regexp_matches(t.{role}_words, '{pattern}'), false) "
                  "END", meaning, "flag") for name, (role, pattern, meaning) in PHRASES.items()),
    *_history("hb", "buyer"), *_history("hs", "seller"), *_history("hp", "product"), *_history("hc", "carrier"),
    *_history("hr", "same_reason"),
    CaseFeature("buyer_orders", "hb.orders", "orders of the buyer"),
    CaseFeature("buyer_case_rate", "hb.cases / nullif(hb.orders, 0)", "earlier cases of the buyer by order"),
    CaseFeature("buyer_paid_share", "hb.paid / nullif(hb.claimed, 0)", "share of the buyer's claims that was paid"),
    CaseFeature("seller_orders", "hs.orders", "orders of the seller"),
    CaseFeature("seller_case_rate", "hs.cases / nullif(hs.orders, 0)", "earlier cases of the seller by order"),
    CaseFeature("seller_reason_rate", "hr.cases / nullif(hs.cases, 0)",
                "share of the seller's earlier cases with the same reason"),
)
NAMES = tuple(each.name for each in CASE_FEATURES)
