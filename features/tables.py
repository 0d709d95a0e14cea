"""The input tables, declared once: schema, row rules and expectation suite all follow from here.

A rule is a Spark SQL predicate that a good row makes true. A row for which it is false or null
goes to quarantine, whole, with the rule's name. Rules may use every column of the table and `ds`.
"""

from dataclasses import dataclass

# Longest text a row may carry. An identifier longer than this is a mistake upstream, and a review
# of a megabyte is an attack on the reader, so the row is put aside rather than cut.
ID_LENGTH = 256
TEXT_LENGTH = 20_000

MONEY_LIMIT = 1_000_000_000_000  # ten billion units: sums of a million such rows still fit a bigint


@dataclass(frozen=True)
class Column:
    """One column: `type` is a Spark SQL type name, `values` the closed set it is drawn from."""

    name: str
    type: str
    meaning: str
    required: bool = False
    values: tuple[str, ...] = ()

    @property
    def longest(self) -> int:
        """Most characters that a string may have."""
        return TEXT_LENGTH if self.name == "text" else ID_LENGTH


@dataclass(frozen=True)
class Rule:
    """A promise about every row. `name` is what the quarantine shows to a person."""

    name: str
    predicate: str


@dataclass(frozen=True)
class Table:
    """An input table. `key` names one event; `event_time` is when it happened (`ds`: arrived)."""

    name: str
    key: str
    event_time: str
    columns: tuple[Column, ...]
    meaning: str
    quirks: str
    rules: tuple[Rule, ...] = ()
    optional: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def ddl(self) -> str:
        """The table's schema as Spark DDL, `ds` (the arrival day) last."""
        return ", ".join([f"{c.name} {c.type}" for c in self.columns] + ["ds date"])

    @property
    def row_rules(self) -> tuple[Rule, ...]:
        """Every rule of the table: those that follow from its columns, then its own."""
        return (*_required(self), *_values(self), *_lengths(self), _not_in_future(self), *self.rules)


def _required(table: Table) -> list[Rule]:
    return [Rule(f"{c.name} is present", f"{c.name} IS NOT NULL") for c in table.columns if c.required]


def _values(table: Table) -> list[Rule]:
    rules = []
    for c in (c for c in table.columns if c.values):
        listed = ", ".join(f"'{value}'" for value in c.values)
        rules.append(Rule(f"{c.name} is one of {', '.join(c.values)}",
                          f"{c.name} IS NULL OR {c.name} IN ({listed})"))
    return rules


def _lengths(table: Table) -> list[Rule]:
    rules = []
    for c in (c for c in table.columns if c.type == "string" and not c.values):
        rules.append(Rule(f"{c.name} has at most {c.longest} characters",
                          f"{c.name} IS NULL OR length({c.name}) <= {c.longest}"))
    return rules


def _not_in_future(table: Table) -> Rule:
    # An event cannot arrive before it happened: its time must lie before the end of its arrival day.
    return Rule(f"{table.event_time} is not after the day of arrival",
                f"{table.event_time} IS NULL OR {table.event_time} < date_add(ds, 1)")


def _money(name: str) -> Rule:
    return Rule(f"{name} is between 0 and {MONEY_LIMIT}",
                f"{name} IS NULL OR {name} BETWEEN 0 AND {MONEY_LIMIT}")


USERS = Table(
    name="users", key="user_id", event_time="registered_at",
    meaning="A person's account, as registered.",
    quirks="A fact that changes is delivered again as a new row more than seven days later; the "
           "latest arrival by a day is what was known on it.",
    columns=(
        Column("user_id", "string", "the account", required=True),
        Column("registered_at", "timestamp", "when it was registered", required=True),
        Column("region", "string", "where it was registered"),
        Column("device_id", "string", "device of the registration"),
        Column("ip", "string", "address of the registration"),
        Column("phone_id", "string", "telephone number"),
        Column("referrer_id", "string", "the account that invited it"),
    ),
)

SELLERS = Table(
    name="sellers", key="seller_id", event_time="registered_at",
    meaning="A shop, as registered.",
    quirks="As for users: the latest arrival by a day is what was known on it.",
    columns=(
        Column("seller_id", "string", "the shop", required=True),
        Column("registered_at", "timestamp", "when it was registered", required=True),
        Column("region", "string", "where it sells from"),
        Column("category", "string", "its main line of goods"),
        Column("payout_id", "string", "where its money goes"),
        Column("device_id", "string", "device of the registration"),
        Column("owner_id", "string", "the person behind it"),
    ),
)

ORDERS = Table(
    name="orders", key="order_id", event_time="ordered_at", optional=False,
    meaning="One product bought by one buyer from one seller.",
    quirks="user_id is empty for a guest: such an order counts for its seller alone. An order of a "
           "user or seller that no table knows is kept, because registrations arrive late too; "
           "the validation warns when many are unknown.",
    columns=(
        Column("order_id", "string", "the order", required=True),
        Column("ordered_at", "timestamp", "when it was placed", required=True),
        Column("user_id", "string", "the buyer"),
        Column("seller_id", "string", "the seller", required=True),
        Column("creator_id", "string", "the creator who led the buyer here"),
        Column("product_id", "string", "the product"),
        Column("category", "string", "its category"),
        Column("quantity", "bigint", "pieces", required=True),
        Column("amount_cents", "bigint", "paid, minor units, after discounts", required=True),
        Column("discount_cents", "bigint", "given by coupons, minor units"),
        Column("campaign_id", "string", "the promotion it came through"),
        Column("payment_id", "string", "the card or account that paid"),
        Column("device_id", "string", "the device that ordered"),
        Column("ip", "string", "its address"),
        Column("address_id", "string", "where it is sent"),
    ),
    rules=(
        Rule("quantity is at least 1", "quantity IS NULL OR quantity >= 1"),
        _money("amount_cents"),
        _money("discount_cents"),
    ),
)

CASES = Table(
    name="cases", key="case_id", event_time="opened_at",
    meaning="A buyer asks for money or goods back, or an order is called off.",
    quirks="Opened days or weeks after the order, and counted from the day it was opened, not "
           "from the day it was settled: settlements lag by weeks.",
    columns=(
        Column("case_id", "string", "the case", required=True),
        Column("opened_at", "timestamp", "when it was opened", required=True),
        Column("order_id", "string", "the order it is about"),
        Column("user_id", "string", "the buyer"),
        Column("seller_id", "string", "the seller", required=True),
        Column("kind", "string", "what is asked for", required=True,
               values=("refund", "return", "dispute", "cancellation")),
        Column("reason", "string", "as the buyer put it"),
        Column("claim_cents", "bigint", "claimed, minor units"),
        Column("evidence_id", "string", "the photo or document shown"),
        Column("text", "string", "what the buyer wrote"),
    ),
    rules=(_money("claim_cents"),),
)

VERDICTS = Table(
    name="verdicts", key="verdict_id", event_time="decided_at",
    meaning="A decision that an entity did, or did not do, what it was suspected of.",
    quirks="Counts from the day it arrived. confirmed = false clears the entity of that risk, or "
           "takes an earlier confirmation back; the latest decision by a day is what was known. "
           "Most of the truth is never decided: no verdict is not innocence.",
    columns=(
        Column("verdict_id", "string", "the decision", required=True),
        Column("decided_at", "timestamp", "when it was taken", required=True),
        Column("entity", "string", "what kind of entity", required=True,
               values=("seller", "user", "creator", "order")),
        Column("entity_id", "string", "which one", required=True),
        Column("risk", "string", "the risk area", required=True),
        Column("confirmed", "boolean", "false: cleared or reversed", required=True),
        Column("incident_from", "date", "first day of what was decided on"),
        Column("incident_to", "date", "last day of it"),
        Column("source", "string", "complaint, audit, chargeback, review, appeal"),
        Column("loss_cents", "bigint", "money lost, minor units"),
    ),
    rules=(
        Rule("a confirmed incident has its first day", "NOT confirmed OR incident_from IS NOT NULL"),
        Rule("the incident ends on or after its first day",
             "incident_from IS NULL OR incident_to IS NULL OR incident_from <= incident_to"),
        Rule("the incident begins by the day of the decision",
             "incident_from IS NULL OR incident_from <= CAST(decided_at AS date)"),
        _money("loss_cents"),
    ),
)

TABLES = {table.name: table for table in (USERS, SELLERS, ORDERS, CASES, VERDICTS)}
