"""Clicks on a seller's listings: how many, how long, and from how many devices.

Distinct counts look back a week: clicks are the largest table, and a click farm is active every day.
"""

from features.inputs.conditions import IS_BOUNCE
from features.inputs.tables import CLICKS
from features.language import Change, Feature, Peer, Ratio

FEATURES = [
    Feature("click_count", CLICKS, "count()", meaning="clicks", windows=(1, 7, 30)),
    Feature("bounce_count", CLICKS, "count()", where=IS_BOUNCE, meaning="clicks of less than a second",
            windows=(7,)),
    Feature("timed_click_count", CLICKS, "count()", where="dwell_ms IS NOT NULL",
            meaning="clicks whose duration is known", windows=(7,)),
    Feature("dwell_ms", CLICKS, "sum(dwell_ms)", meaning="time on listings, milliseconds", windows=(7,)),
    Feature("clicker_distinct", CLICKS, "distinct(user_id)", meaning="different users who clicked", windows=(7,)),
    Feature("click_device_distinct", CLICKS, "distinct(device_id)", meaning="different devices that clicked",
            windows=(7,)),
    Feature("click_ip_distinct", CLICKS, "distinct(ip)", meaning="different network addresses that clicked",
            windows=(7,)),
    # Phones in a rack tap at once: many clicks fall into few minutes. Only values of short clicks are stored: few are.
    Feature("bounce_minute_distinct", CLICKS, "distinct(unix_timestamp(clicked_at) div 60)", where=IS_BOUNCE,
            meaning="different minutes with a click of less than a second", windows=(7,)),
    Ratio("bounce_rate", of="bounce_count", to="timed_click_count", meaning="share of clicks of less than a second",
          windows=(7,)),
    Ratio("dwell_ms_mean", of="dwell_ms", to="timed_click_count", meaning="mean time on a listing, milliseconds",
          windows=(7,)),
    Ratio("clicks_per_device", of="click_count", to="click_device_distinct", meaning="clicks per device",
          windows=(7,)),
    Ratio("users_per_device", of="clicker_distinct", to="click_device_distinct", meaning="clicking users per device",
          windows=(7,)),
    Ratio("devices_per_ip", of="click_device_distinct", to="click_ip_distinct",
          meaning="clicking devices per network address", windows=(7,)),
    Ratio("bounces_per_minute", of="bounce_count", to="bounce_minute_distinct",
          meaning="clicks of less than a second per minute that has any", windows=(7,)),
    # Bought visitors do not buy.
    Ratio("orders_per_click", of="order_count", to="click_count", meaning="orders per click", windows=(7, 30)),
    Change("click_count_change", of="click_count", meaning="clicks today against the seller's own month"),
    Change("click_count_growth", of="click_count", short=7, long=30,
           meaning="clicks this week against the seller's own month"),
    Change("orders_per_click_change", of="orders_per_click", short=7, long=30,
           meaning="orders per click this week against the seller's own month"),
    Peer("click_count_vs_peers", of="click_count", by=("region", "category"), window=7,
         meaning="clicks against shops of the same region and category"),
    Peer("bounce_rate_vs_peers", of="bounce_rate", by=("region", "category"), window=7,
         meaning="share of short clicks against shops of the same region and category"),
    Peer("orders_per_click_vs_peers", of="orders_per_click", by=("region", "category"), window=7,
         meaning="orders per click against shops of the same region and category"),
]
