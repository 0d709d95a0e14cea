"""A small folder of policies without mistakes, for tests that change a thing in it."""

from pathlib import Path

SELLER = """entity = "seller"
risks = ["brushing", "click_farm"]
status = "live"
first_day = 2026-01-01
queue = "shops"
cooldown_days = 7
holdout = 0.0

[prior_loss_cents]
brushing = 20_000
click_farm = 0

[[ladder]]
action = "hold_payouts"
when = "score >= 0.6 and level = 'critical'"
control_point = "payout"
minutes = 2
stops = 0.8
costs = { seller = 0.25, platform = 0.02 }
days = 14
source = "a guess"

[[ladder]]
action = "watch"
when = "score >= 0.1"
control_point = "listing"
minutes = 0
stops = 0
costs = {}
days = 0
source = "no effect"
"""
EXPERIMENT = """entity = "seller"
risks = ["brushing"]
status = "live"
unit = "group"
salt = "one"
layer = "sellers"
first_day = 2026-01-01
last_day = 2026-12-31
eligible = "score >= 0.1"
window_days = 14
metric = "loss_cents"
guard_rails = ["trade_cents", "appeals"]
covariates = ["order_amount_30d"]
winsorise = 0.99
max_loss_cents_a_day = 1_000_000
control = "holdout"

[arms.holdout]
does = "nothing"
share = [0.15, 0.01]

[arms.treated]
does = "policy"
"""
SWITCHBACK = """entity = "seller"
risks = ["brushing"]
status = "live"
unit = "region"
salt = "one"
layer = "sellers"
first_day = 2026-01-01
last_day = 2026-12-30
block_days = 7
burn_in_days = 2
metric = "loss_cents"
guard_rails = ["trade_cents"]
max_loss_cents_a_day = 1_000_000_000
control = "holdout"

[arms.holdout]
does = "nothing"

[arms.treated]
does = "policy"
"""
QUEUES = """[shops]
minutes_a_day = 480
risks = ["seller/brushing", "seller/click_farm"]
price_cents_a_minute = 60
sample_share = 0.05
sample_minutes = 6
"""
_PARTIES = 'seller = "{0}"\nuser = "0"\ncreator = "0"\nplatform = "0"\n'
WORTH = "\n".join(f"[{entity}]\n{_PARTIES.format(worth)}" for entity, worth in (
    ("seller", "coalesce(order_amount_30d, 0) * 7 / 30"), ("user", "0"), ("creator", "0"), ("order", "amount")))
FILES = {"seller.toml": SELLER, "queues.toml": QUEUES, "worth.toml": WORTH}


def policy_folder(folder: Path, files: dict[str, str] | None = None) -> Path:
    """Write the files without mistakes, those of `files` in place of or beside them, and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (FILES | (files or {})).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return folder


def changed(text: str, old: str, new: str) -> str:
    """Return a text with one place changed."""
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the text"
    return text.replace(old, new)
