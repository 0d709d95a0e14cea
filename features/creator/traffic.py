"""Clicks on a creator's posts: how many, how long, and from how many devices.

Distinct counts look back a week: clicks are the largest table, and a click farm is active every day.
"""

from features.inputs.conditions import IS_BOUNCE, at_night
from features.inputs.tables import CLICKS
from features.language import Change, Feature, Peer, Ratio

FEATURES = [
    Feature("click_count", CLICKS, "count()", meaning="clicks",
            windows=(1, 7, 30)),
    Feature("bounce_count", CLICKS, "count()", where=IS_BOUNCE, meaning="clicks of less than a second",
            windows=(7, 30)),
    Feature("timed_click_count", CLICKS, "count()", where="dwell_ms IS NOT NULL",
            meaning="clicks whose duration is known",
            windows=(7, 30)),
    Feature("dwell_ms", CLICKS, "sum(dwell_ms)", meaning="time on listings, milliseconds", windows=(7, 30)),
    Feature("night_click_count", CLICKS, "count()", where=at_night("clicked_at"),
            meaning="clicks between midnight and six", windows=(7,)),
    Feature("anonymous_click_count", CLICKS, "count()", where="user_id IS NULL", meaning="clicks without a login",
            windows=(7,)),
    Feature("last_click_age_days", CLICKS, "last()", meaning="days since the latest click", unit="days", windows=(90,)),
    Feature("clicker_distinct", CLICKS, "distinct(user_id)", meaning="different users who clicked", windows=(7,)),
    Feature("click_device_distinct", CLICKS, "distinct(device_id)", meaning="different devices that clicked",
            windows=(7,)),
    Feature("click_ip_distinct", CLICKS, "distinct(ip)", meaning="different network addresses that clicked",
            windows=(7,)),
    Ratio("bounce_rate", of="bounce_count", to="timed_click_count", meaning="share of clicks of less than a second",
          windows=(7, 30)),
    Ratio("dwell_ms_mean", of="dwell_ms", to="timed_click_count", meaning="mean time on a listing, milliseconds",
          windows=(7, 30)),
    Ratio("night_click_rate", of="night_click_count", to="click_count",
          meaning="share of clicks between midnight and six", windows=(7,)),
    Ratio("anonymous_click_rate", of="anonymous_click_count", to="click_count",
          meaning="share of clicks without a login", windows=(7,)),
    Ratio("clicks_per_user", of="click_count", to="clicker_distinct", meaning="clicks per user", windows=(7,)),
    Ratio("clicks_per_device", of="click_count", to="click_device_distinct", meaning="clicks per device",
          windows=(7,)),
    Ratio("users_per_device", of="clicker_distinct", to="click_device_distinct", meaning="clicking users per device",
          windows=(7,)),
    Ratio("devices_per_ip", of="click_device_distinct", to="click_ip_distinct",
          meaning="clicking devices per network address", windows=(7,)),
    Change("click_count_change", of="click_count", meaning="clicks today against the creator's own month"),
    Change("click_count_growth", of="click_count", short=7, long=30,
           meaning="clicks this week against the creator's own month"),
    Change("bounce_rate_change", of="bounce_rate", short=7, long=30,
           meaning="share of short clicks this week against the creator's own month"),
    Change("dwell_ms_mean_change", of="dwell_ms_mean", short=7, long=30,
           meaning="time on a listing this week against the creator's own month"),
    Peer("click_count_vs_peers", of="click_count", by=("region",), window=7,
         meaning="clicks against creators of the same region"),
    Peer("bounce_rate_vs_peers", of="bounce_rate", by=("region",), window=7,
         meaning="share of short clicks against creators of the same region"),
    Peer("dwell_ms_mean_vs_peers", of="dwell_ms_mean", by=("region",), window=7,
         meaning="time on a listing against creators of the same region"),
]
