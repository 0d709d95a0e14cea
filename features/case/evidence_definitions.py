"""The evidence of after-sales cases: signs over the feature row of a case, each of which points to a party.

Bounds are those that an operator would name; `python -m jobs.commands.evidence_rates` measures what they are worth.
"""

from features.case.evidence import Evidence

MISSING = "reason = 'item_not_received'"


def _of(name: str, condition: str, points_to: str, strength: str, needs: str, meaning: str) -> Evidence:
    return Evidence(name, condition, points_to, strength, tuple(needs.split()), meaning)


EVIDENCE = (
    _of("photo_shown_before", "photo_copies >= 1", "buyer", "strong", "photo_copies",
        "The photo, or a near copy of it, was shown in an earlier case."),
    _of("photo_of_own_earlier_case", "photo_of_same_buyer = 1", "buyer", "medium", "photo_of_same_buyer",
        "The same buyer showed the photo in an earlier case."),
    _of("buyer_has_it", "buyer_has_it = 1", "buyer", "medium", "buyer_has_it messages",
        "The buyer writes that the goods are there."),
    _of("buyer_changes_story", "buyer_changes_story = 1", "buyer", "strong", "buyer_changes_story messages",
        "The buyer tells the story otherwise than before."),
    _of("wear_is_noted", "wear_is_noted = 1", "buyer", "strong", "wear_is_noted messages",
        "The desk notes wear of the returned goods."),
    _of("handed_over_in_person", f"{MISSING} AND (handed_over_at_door = 1 OR handed_over_at_shop = 1)", "buyer",
        "medium", "reason handed_over_at_door handed_over_at_shop",
        "The carrier's scan says that the parcel was handed over."),
    _of("taken_from_locker", f"{MISSING} AND handed_over_at_locker = 1", "buyer", "medium",
        "reason handed_over_at_locker", "The parcel was taken from a locker."),
    _of("buyer_claims_often", "buyer_case_rate >= 0.3 AND buyer_orders >= 5", "buyer", "weak",
        "buyer_case_rate buyer_orders", "The buyer had a case about every third order or more."),
    _of("buyer_was_responsible_often", "buyer_buyer_share >= 0.6 AND buyer_closed >= 3", "buyer", "weak",
        "buyer_buyer_share buyer_closed", "The buyer was responsible for most of the earlier cases."),
    _of("changed_their_mind", "reason = 'changed_mind'", "buyer", "strong", "reason",
        "The buyer does not want it any more."),
    _of("shipped_after_promise", "hours_past_promise > 0 AND has_parcel = 1", "seller", "medium",
        "hours_past_promise has_parcel", "The seller handed the parcel over after the promised time."),
    _of("not_shipped_as_promised", "hours_past_promise > 72 AND has_parcel = 0", "seller", "medium",
        "hours_past_promise has_parcel", "Three days after the promised time no parcel is known."),
    _of("parcel_is_light", "weight_ratio < 0.5", "seller", "strong", "weight_ratio",
        "The parcel weighed less than half of the usual."),
    _of("seller_admits", "seller_admits = 1", "seller", "strong", "seller_admits messages",
        "The seller admits a fault."),
    _of("listing_is_bold", "bold_words >= 1 AND reason = 'not_as_described'", "seller", "medium",
        "bold_words reason", "The description claims more than goods usually keep."),
    _of("seller_has_many_cases", "seller_case_rate >= 0.25 AND seller_orders >= 20", "seller", "weak",
        "seller_case_rate seller_orders", "The seller had a case about every fourth order or more."),
    _of("reason_is_the_sellers_usual", "seller_reason_rate >= 0.5 AND same_reason_cases >= 5", "seller", "weak",
        "seller_reason_rate same_reason_cases", "Half of the seller's cases have this reason."),
    _of("seller_was_responsible_often", "seller_seller_share >= 0.6 AND seller_closed >= 5", "seller", "weak",
        "seller_seller_share seller_closed", "The seller was responsible for most of the earlier cases."),
    _of("product_has_many_cases", "product_seller_share >= 0.6 AND product_closed >= 3", "seller", "weak",
        "product_seller_share product_closed", "Most cases about this product were the seller's fault."),
    _of("not_handed_out", "days_without_scan >= 10", "carrier", "strong", "days_without_scan",
        "The parcel was not handed out within ten days."),
    _of("left_with_neighbour", "handed_over_at_neighbour = 1", "carrier", "medium", "handed_over_at_neighbour",
        "The carrier's scan names a neighbour."),
    _of("slower_than_usual", "days_past_usual >= 3", "carrier", "medium", "days_past_usual",
        "The parcel was on the way three days longer than this carrier's usually are."),
    _of("carrier_admits", "carrier_admits = 1", "carrier", "strong", "carrier_admits messages",
        "The desk reports that the carrier is at fault."),
    _of("carrier_was_responsible_often", "carrier_carrier_share >= 0.2 AND carrier_closed >= 20", "carrier", "weak",
        "carrier_carrier_share carrier_closed", "The carrier was responsible for a fifth of its cases or more."),
    _of("platform_admits", "platform_admits = 1", "platform", "strong", "platform_admits messages",
        "The desk reports an error of the platform."),
    _of("order_is_denied", "reason = 'unauthorised'", "platform", "weak", "reason",
        "The buyer says that somebody else ordered."),
)
