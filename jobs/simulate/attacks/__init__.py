"""Attacks, one file per kind. Each file has the same functions, called by `jobs.simulate.days`:

plan(rng, world) -> the crew: one row per attacker with number, ring, kit, start, end, begin, variant, and its style.
    kit owns the devices and addresses in use; begin is the first day of any activity, by default the start.
step(rng, world, mine, out): events of today's active attackers; adds rows to out["orders"], out["clicks"], ...
assign_orders(rng, world, crew, placed): optional; assigns orders of honest buyers to an attacker.
after(rng, world, crew, placed, out): optional; events after the attackers' own orders, which have numbers then.
"""

from jobs.simulate.attacks import (
    account_takeover,
    brushing,
    bulk_accounts,
    click_farm,
    incentive_abuse,
    information_leakage,
    malicious_activity,
    merchant_fraud,
    refund_abuse,
    traffic_fraud,
)

ATTACKS = {
    "brushing": brushing, "click_farm": click_farm, "merchant_fraud": merchant_fraud,
    "information_leakage": information_leakage, "account_takeover": account_takeover, "bulk_accounts": bulk_accounts,
    "incentive_abuse": incentive_abuse, "refund_abuse": refund_abuse, "malicious_activity": malicious_activity,
    "traffic_fraud": traffic_fraud,
}
