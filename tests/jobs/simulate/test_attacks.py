"""The marks of the attacks in the demo marketplace: where they should be, and in honest lookalikes too."""

import duckdb
import pytest

from jobs.simulate.__main__ import main

pytestmark = pytest.mark.slow

ID = {"seller": "seller_id", "user": "user_id", "creator": "creator_id"}
CASE_TYPES = dict.fromkeys(("case_id", "opened_at", "order_id", "user_id", "seller_id", "kind", "reason", "claim_cents",
                            "evidence_id", "text", "image_hash"), "VARCHAR")

# One row per event, with what can only be seen next to other events. `day` is when it happened.
VIEWS = {
    "bought": """select *, ordered_at::date as day, amount_cents_ + discount_cents as full_cents,
        count(distinct user_id) over (partition by device_id) as on_device,
        count(distinct user_id) over (partition by address_id) as at_address,
        count(distinct user_id) over (partition by payment_id) as on_payment,
        count(distinct user_id) over (partition by ip, ordered_at::date) as on_ip,
        order_id in (select order_id from shipments where delivered_at is not null) as arrived,
        order_id in (select order_id from cases where kind = 'return') as came_back
        from (select *, try_cast(amount_cents as bigint) as amount_cents_ from orders) where amount_cents_ > 0""",
    "sent": "select *, shipped_at::date as day, count(*) over (partition by tracking_id) as on_slip from shipments",
    "written": """select *, reviewed_at::date as day, length(text) > 25 and count(distinct order_id) over
        (partition by text, seller_id) > 2 as repeated from reviews""",
    "clicked": """select *, clicked_at::date as day, count(distinct user_id) over
        (partition by device_id, date_trunc('week', clicked_at)) as on_device from clicks""",
    "entered": """select l.*, logged_in_at::date as day, l.device_id <> u.device_id as elsewhere,
        count(distinct l.user_id) over (partition by l.device_id) as on_device
        from logins l left join users u using (user_id)""",
    "opened": """select *, try_cast(opened_at as timestamp)::date as day, count(*) over (partition by evidence_id) > 2
        and evidence_id is not null as shown_before,
        order_id in (select order_id from shipments where delivered_at is not null) as arrived from cases""",
    "granted": "select *, granted_at::date as day from incentives",
    "read": "select *, accessed_at::date as day from accesses",
    "joined": """select *, registered_at::date as day, count(*) over (partition by device_id) > 3
        or count(*) over (partition by ip, registered_at::date) > 3 as together from users""",
}

# risk, variant, view, the mark, and how many times as often it shows within incidents as elsewhere, at least
MARKS = [
    ("brushing", "%", "sent", "weight_grams < 50", 2),
    ("brushing", "%", "sent", "on_slip > 1", 3),
    ("brushing", "%", "written", "rating = 5 and (repeated or text is null)", 1.4),
    ("brushing", "%", "bought", "campaign_id is not null and full_cents % 1000 < 60", 3),
    ("click_farm", "%", "clicked", "on_device > 3", 5),
    ("click_farm", "%", "clicked", "dwell_ms < 1200", 1.8),
    ("merchant_fraud", "%", "bought", "not arrived", 3),
    ("merchant_fraud", "%", "opened", "reason = 'item_not_received'", 1.5),
    ("information_leakage", "%", "read", "exported and hour(accessed_at) < 6", 4),
    ("information_leakage", "%", "read", "orders_read > 60", 2),
    ("information_leakage", "%", "opened", "text like '%knew%'", 3),
    ("account_integrity", "%takeover", "entered", "not succeeded", 3),
    ("account_integrity", "%takeover", "entered", "change <> 'none'", 3),
    ("account_integrity", "%takeover", "entered", "elsewhere and on_device > 1", 3),
    ("account_integrity", "%bulk", "joined", "together", 2),
    ("incentive_abuse", "%", "bought", "at_address > 3", 2),
    ("incentive_abuse", "stacking", "bought", "campaign_id like 'coupon%'", 3),
    ("incentive_abuse", "referral", "granted", "kind = 'referral'", 2),
    ("incentive_abuse", "cashback", "bought", "came_back", 3),
    ("refund_abuse", "%", "opened", "shown_before", 3),
    ("refund_abuse", "%", "opened", "reason = 'item_not_received' and arrived", 3),
    ("refund_abuse", "hoppers", "bought", "on_payment > 2", 3),
    ("malicious_activity", "extortion", "written", "rating < 3", 3),
    ("malicious_activity", "extortion", "written", "regexp_matches(text, 'pay|50|transfer')", 3),
    ("malicious_activity", "hoarding", "bought", "quantity > 4", 5),
    ("malicious_activity", "scripted", "bought", "hour(ordered_at) between 1 and 4", 3),
    ("traffic_fraud", "b%", "clicked", "on_device > 3", 3),
    ("traffic_fraud", "own_orders", "bought", "came_back", 2),
]


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    """A small marketplace as tables of one database, incidents among them."""
    home = tmp_path_factory.mktemp("attacks")
    main(["--home", str(home), "--until", "2026-11-20", "--size", "small"])
    market = duckdb.connect()
    for folder in sorted((home / "landing").iterdir()):
        kind = next(folder.rglob("part-0.*")).suffix[1:]
        read = {"parquet": "read_parquet", "csv": "read_csv", "jsonl": "read_json"}[kind]
        how = f", auto_detect=false, header=true, null_padding=true, delim=',', quote='\"', columns={CASE_TYPES}" \
            if folder.name == "cases" else ""
        market.execute(f"create table {folder.name} as select * from {read}('{folder}/*/*.{kind}'{how})")
    market.execute(f"create table incidents as from read_parquet('{home}/truth/incidents.parquet')")
    for name, query in VIEWS.items():
        market.execute(f"create table {name} as {query}")
    return market


def shares(market, risk, variant, view, mark):
    """Shares of events with a mark: of entities within their incidents of a risk, and of all others."""
    entity, = market.execute("select distinct entity from incidents where risk = ?", [risk]).fetchone()
    # Parcels, reviews and cases follow days later; a registration comes before the first harm.
    inside = f"""exists (select 1 from incidents i where i.entity_id = e.{ID[entity]} and i.risk = $risk
        and i.variant like $variant and e.day between i.incident_from - {20 if view == 'joined' else 0}
        and i.incident_to + {14 if view == 'opened' else 5 if view in ('sent', 'written') else 0})"""
    who = f"e.{ID[entity]}"
    others = f"{who} is not null and {who} not in (select entity_id from incidents where risk = $risk)"
    marked = f"coalesce({mark}, false)::int"
    query = f"""select avg({marked}) filter (where {inside}), avg({marked}) filter (where {others}),
        count(*) filter (where {inside}) from {view} e"""
    return market.execute(query, {"risk": risk, "variant": variant}).fetchone()


@pytest.mark.parametrize(("risk", "variant", "view", "mark", "times"), MARKS)
def test_a_mark_shows_within_its_attack_and_now_and_then_in_honest_weeks(market, risk, variant, view, mark, times):
    within, elsewhere, events = shares(market, risk, variant, view, mark)
    assert events >= 10
    assert within > times * elsewhere, (within, elsewhere)
    assert elsewhere > 0 or mark.startswith(("text", "on_device")), "a mark that no honest event shows is too easy"


def test_no_mark_shows_in_all_events_of_its_attack(market):
    within = {mark[:4]: shares(market, *mark[:4])[0] for mark in MARKS}
    assert not {mark: share for mark, share in within.items() if share >= 0.95}


def test_attackers_change_their_habits_with_time(market):
    letters = market.execute("""select median(weight_grams) filter (where day < date '2026-09-25'),
        median(weight_grams) filter (where day > date '2026-10-27') from sent join incidents on seller_id = entity_id
        where risk = 'brushing' and weight_grams < 80 and day between incident_from and incident_to""").fetchone()
    assert letters[0] < letters[1]


def test_attackers_who_were_confirmed_come_back_under_new_numbers(market):
    # Numbers from the size of the marketplace on belong to nobody who was there at the beginning.
    new = market.execute("""select count(*), count(distinct i.risk) from incidents i join users u on entity_id = user_id
        where entity_id >= 'u0001000' and registered_at::date > date '2026-08-30'
        and "group" in (select "group" from incidents where entity_id < 'u0001000')""").fetchone()
    assert new[0] >= 5 and new[1] >= 2
