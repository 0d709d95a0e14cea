"""What a whole run must find, counted in the raw files by DuckDB and plain loops.

Nothing of Vigil is imported here. `python -m tests.acceptance.raw_counts handbook ../shared/data/handbook` prints the
figures of one run in the form of expected.toml.
"""

import csv
import datetime as dt
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import duckdb
import pyarrow as pa

Figures = dict[str, dict[str, object]]

LOOK_BACK_DAYS = 90  # an entity with an event on one of the last so many days has a row in its risk table
REPEAT_DAYS = 7  # the same key again within so many days is a repetition


def counted(run: str, raw: Path, day: dt.date) -> Figures:
    """{"events": rows in, kept, quarantined, dropped by table; "published": rows of the day by risk table} of a run."""
    with duckdb.connect() as db:
        db.sql("SET TimeZone = 'UTC'")
        return COUNTED[run](db, raw, day)


def account(rows: int, kept: int, quarantined: int) -> dict[str, int]:
    """Where the rows of a table went: what is neither kept nor quarantined is dropped as a repetition."""
    return {"rows_in": rows, "kept": kept, "quarantined": quarantined, "dropped": rows - kept - quarantined}


# The demo: files as the simulator lands them

KEYS = {"users": "user_id", "sellers": "seller_id", "creators": "creator_id", "orders": "order_id",
        "shipments": "shipment_id", "reviews": "review_id", "clicks": "click_id", "logins": "login_id",
        "incentives": "grant_id", "cases": "case_id", "case_outcomes": "case_id", "accesses": "access_id",
        "verdicts": "verdict_id", "messages": "message_id", "listings": "listing_version_id"}

# What the simulator plants that no table can use (jobs/simulate/data_faults.py).
USELESS = {
    "orders": "coalesce(try_cast(amount_cents AS BIGINT), -1) < 0 OR seller_id IS NULL "
              "OR CAST(ordered_at AS TIMESTAMP) >= ds + 1",
    "cases": "coalesce(try_cast(claim_cents AS BIGINT), -1) < 0 OR coalesce(seller_id, '') = '' "
             "OR kind NOT IN ('refund', 'return', 'dispute', 'cancellation')",
    "reviews": "try_cast(rating AS BIGINT) NOT BETWEEN 1 AND 5",
    "shipments": "CAST(nullif(delivered_at, '') AS TIMESTAMP) < CAST(shipped_at AS TIMESTAMP)",
    "clicks": "dwell_ms < 0",
    "verdicts": "entity NOT IN ('seller', 'user', 'creator', 'order')",
}


def of_demo(db: duckdb.DuckDBPyConnection, landing: Path, day: dt.date) -> Figures:
    events = {}
    for table, key in KEYS.items():
        _read(db, landing, table)
        db.sql(f"CREATE VIEW good_{table} AS SELECT * FROM {table} WHERE NOT coalesce({USELESS.get(table, 'false')}, "
               "false)")
        (rows, good), = db.sql(f"SELECT (SELECT count(*) FROM {table}), count(*) FROM good_{table}").fetchall()
        kept = sum(times_kept(days) for (days,) in db.sql(
            f"SELECT list(ds ORDER BY ds) FROM good_{table} GROUP BY {key}").fetchall())
        events[table] = account(rows, kept, rows - good)
    published = {f"{entity}_risk_daily": entities(db, f"{entity}_id", [f"good_{table}" for table in tables], day)
                 for entity, tables in DEMO_TABLES.items()}
    published["order_risk_daily"] = _kept_on(db, "good_orders", "order_id", day)
    return {"events": events, "published": published}


# Where an event of an entity may stand.
DEMO_TABLES = {
    "seller": ("sellers", "orders", "cases", "shipments", "reviews", "clicks", "accesses"),
    "user": ("users", "orders", "logins", "cases", "incentives", "reviews", "clicks"),
    "creator": ("creators", "clicks", "orders"),
}


def _read(db: duckdb.DuckDBPyConnection, landing: Path, table: str) -> None:
    """A view of all landed rows of a table, `ds` from the folder's name. A line cut short is null from the cut on."""
    files = sorted((landing / table).glob("ds=*/*"))
    if files[0].suffix == ".csv":
        db.register(table, pa.Table.from_pylist(list(lines(files))))
        return
    reader = {".parquet": "read_parquet(?, hive_partitioning = true)",
              ".jsonl": "read_json(?, hive_partitioning = true, format = 'newline_delimited')"}[files[0].suffix]
    glob = str(landing / table / "*" / f"*{files[0].suffix}")
    db.sql(f"CREATE VIEW {table} AS SELECT * FROM {reader.replace('?', repr(glob))}")


def lines(files: Iterable[Path]) -> Iterator[dict]:
    """Lines of CSV files with headers, `ds` from the folder's name."""
    for file in files:
        day = dt.date.fromisoformat(file.parent.name.removeprefix("ds="))
        with file.open(newline="") as opened:
            yield from (row | {"ds": day} for row in csv.DictReader(opened))


def times_kept(days: Iterable[dt.date]) -> int:
    """How often a key is kept that arrives on these days: again only when it was last kept more than a week before."""
    last, kept = None, 0
    for day in days:
        if last is None or (day - last).days > REPEAT_DAYS:
            last, kept = day, kept + 1
    return kept


def _kept_on(db: duckdb.DuckDBPyConnection, table: str, key: str, day: dt.date) -> int:
    """Rows of one day whose key did not arrive within the week before, each key once."""
    since = day - dt.timedelta(days=REPEAT_DAYS)
    return db.sql(f"SELECT count(*) FROM (SELECT DISTINCT {key} FROM {table} WHERE ds = DATE '{day}') "
                  f"WHERE {key} NOT IN (SELECT {key} FROM {table} WHERE ds BETWEEN DATE '{since}' AND DATE '{day}' - 1)"
                  ).fetchall()[0][0]


def entities(db: duckdb.DuckDBPyConnection, identifier: str, tables: Iterable[str], day: dt.date) -> int:
    """Different values of an identifier in the rows of the last 90 days."""
    since = day - dt.timedelta(days=LOOK_BACK_DAYS - 1)
    rows = " UNION ALL ".join(f"SELECT {identifier} AS entity FROM {table} WHERE ds BETWEEN DATE '{since}' "
                              f"AND DATE '{day}'" for table in tables)
    return db.sql(f"SELECT count(DISTINCT nullif(entity, '')) FROM ({rows})").fetchall()[0][0]


# The Handbook: a fraud is a case and a verdict seven days later, and rules of weeks give the other verdicts

KNOWN_AFTER = 7


def of_handbook(db: duckdb.DuckDBPyConnection, raw: Path, day: dt.date) -> Figures:
    db.sql(f"CREATE VIEW paid AS SELECT * FROM read_parquet('{raw}/*/*.parquet', hive_partitioning = true) "
           f"WHERE ds <= DATE '{day}'")
    known = f"(FROM paid WHERE TX_FRAUD = 1 AND ds <= DATE '{day}' - {KNOWN_AFTER})"
    (orders,), (frauds,) = (db.sql(f"SELECT count(*) FROM {what}").fetchall()[0] for what in ("paid", known))
    both = ("(SELECT CUSTOMER_ID, TERMINAL_ID, ds FROM paid UNION ALL "
            f"SELECT CUSTOMER_ID, TERMINAL_ID, ds + {KNOWN_AFTER} FROM {known})")
    tables = {"orders": orders, "cases": frauds, "verdicts": frauds + weekly_verdicts(db, day)}
    return {"events": {table: account(rows, rows, 0) for table, rows in tables.items()},
            "published": {"seller_risk_daily": entities(db, "CAST(TERMINAL_ID AS VARCHAR)", [both], day),
                          "user_risk_daily": entities(db, "CAST(CUSTOMER_ID AS VARCHAR)", [both], day),
                          "order_risk_daily": _kept_on(db, "paid", "TRANSACTION_ID", day)}}


def weekly_verdicts(db: duckdb.DuckDBPyConnection, day: dt.date) -> int:
    """Verdicts on terminals and customers by the rules of examples/README.md, by loops over days."""
    payments = {who: _by_day(db.sql(f"SELECT {who}, ds, count(*) FROM paid GROUP BY ALL").fetchall())
                for who in ("TERMINAL_ID", "CUSTOMER_ID")}
    frauds = _by_day(db.sql("SELECT ds, ds, (TERMINAL_ID, CUSTOMER_ID) FROM paid WHERE TX_FRAUD = 1").fetchall())
    true_on = {"TERMINAL_ID": defaultdict(list), "CUSTOMER_ID": defaultdict(list)}
    for today in _days(min(frauds), day):
        week = [today - dt.timedelta(days=n) for n in range(KNOWN_AFTER, KNOWN_AFTER + 7)]
        found = [fraud for past in week for fraud in frauds.get(past, {}).get(past, ())]
        for who, suspects in (("TERMINAL_ID", suspect_terminals(found)), ("CUSTOMER_ID", suspect_customers(found))):
            for suspect, (count, share) in suspects.items():
                paid = sum(sum(payments[who][suspect].get(past, ())) for past in week)
                if share(count, paid):
                    true_on[who][suspect].append(today)
    return (sum(times_said(days, 28) for days in true_on["TERMINAL_ID"].values())
            + sum(times_said(days, 14) for days in true_on["CUSTOMER_ID"].values()))


def suspect_terminals(frauds: list[tuple]) -> dict:
    """Terminals with three frauds of a week, of two customers: more than half of all payments must be frauds."""
    victims = defaultdict(list)
    for terminal, customer in frauds:
        victims[terminal].append(customer)
    return {terminal: (len(hit), lambda count, paid: count * 2 > paid) for terminal, hit in victims.items()
            if len(hit) >= 3 and len(set(hit)) >= 2}


def suspect_customers(frauds: list[tuple]) -> dict:
    """Customers defrauded at two terminals where nobody else was: a fifth of all payments must be frauds."""
    victims = defaultdict(set)
    for terminal, customer in frauds:
        victims[terminal].add(customer)
    own = defaultdict(list)
    for terminal, customer in frauds:
        if len(victims[terminal]) == 1:
            own[customer].append(terminal)
    return {customer: (len(hit), lambda count, paid: count * 5 >= paid) for customer, hit in own.items()
            if len(set(hit)) >= 2}


def times_said(days: list[dt.date], quiet: int) -> int:
    """Verdicts of a rule that is true on these days: the first day, one after quiet days, and every Sunday."""
    before = [None, *days[:-1]]
    return sum(last is None or (day - last).days > quiet or day.isoweekday() == 7 for last, day in zip(before, days))


def _by_day(rows: Iterable[tuple]) -> Mapping:
    """{key: {day: [values]}} of (key, day, value)."""
    found = defaultdict(lambda: defaultdict(list))
    for key, day, value in rows:
        found[key][day].append(value)
    return found


def _days(first: dt.date, last: dt.date) -> list[dt.date]:
    return [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]


# The shop: a line that takes goods back is a case, every other one an order


def of_shop(db: duckdb.DuckDBPyConnection, raw: Path, day: dt.date) -> Figures:
    db.sql(f"CREATE TABLE lines AS SELECT *, CAST(parse_filename(filename, true) AS DATE) AS ds FROM read_csv("
           f"'{raw}/*.csv', all_varchar = true, header = true, filename = true) "
           f"WHERE CAST(parse_filename(filename, true) AS DATE) <= DATE '{day}'")
    bad = "CAST(Quantity AS INT) <= 0 OR CAST(UnitPrice AS DECIMAL(16, 4)) < 0"
    db.sql(f"CREATE VIEW orders AS SELECT *, {bad} AS bad FROM lines WHERE InvoiceNo NOT LIKE 'C%'")
    db.sql("CREATE VIEW cases AS SELECT *, false AS bad FROM lines WHERE InvoiceNo LIKE 'C%'")
    events = {}
    for table in ("orders", "cases"):
        (rows, aside), = db.sql(f"SELECT count(*), count(*) FILTER (bad) FROM {table}").fetchall()
        (kept,), = db.sql(f"SELECT count(*) FROM (SELECT DISTINCT * FROM {table} WHERE NOT bad)").fetchall()
        events[table] = account(rows, kept, aside)
    both = ("(SELECT Country, CustomerID, ds FROM orders WHERE NOT bad "
            "UNION ALL SELECT Country, CustomerID, ds FROM cases)")
    (today,), = db.sql(f"SELECT count(*) FROM (SELECT DISTINCT * FROM orders WHERE NOT bad AND ds = DATE '{day}')"
                       ).fetchall()
    return {"events": events, "published": {"seller_risk_daily": entities(db, "Country", [both], day),
                                            "user_risk_daily": entities(db, "CustomerID", [both], day),
                                            "order_risk_daily": today}}


COUNTED: dict[str, Callable] = {"demo": of_demo, "handbook": of_handbook, "shop": of_shop}


def main(argv: list[str]) -> None:
    run, raw, day = argv[0], Path(argv[1]), dt.date.fromisoformat(argv[2])
    for part, figures in counted(run, raw, day).items():
        sys.stdout.write(f"[{run}.{part}]\n" + "".join(f"{name} = {_toml(value)}\n" for name, value in figures.items()))


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_toml(each)}" for name, each in value.items()) + " }"
    return f"{value:_}"


if __name__ == "__main__":
    main(sys.argv[1:])
