"""How a user browses before buying: a person reads, a script does not.

There are no distinct counts, because clicks are many.
"""

from features.inputs.conditions import IS_BOUNCE
from features.inputs.tables import CLICKS
from features.language import Change, Feature, Ratio

FEATURES = [
    Feature("click_count", CLICKS, "count()", meaning="clicks", windows=(1, 7, 30)),
    Feature("bounce_count", CLICKS, "count()", where=IS_BOUNCE, meaning="clicks of less than a second",
            windows=(7,)),
    Feature("timed_click_count", CLICKS, "count()", where="dwell_ms IS NOT NULL",
            meaning="clicks whose duration is known", windows=(7,)),
    Feature("dwell_ms", CLICKS, "sum(dwell_ms)", meaning="time on listings, milliseconds", windows=(7,)),
    Ratio("bounce_rate", of="bounce_count", to="timed_click_count", meaning="share of clicks of less than a second",
          windows=(7,)),
    Ratio("dwell_ms_mean", of="dwell_ms", to="timed_click_count", meaning="mean time on a listing, milliseconds",
          windows=(7,)),
    # A buyer with many orders and hardly a click knew the product beforehand.
    Ratio("orders_per_click", of="order_count", to="click_count", meaning="orders per click", windows=(7, 30)),
    Change("click_count_change", of="click_count", meaning="clicks today against the user's own month"),
]
