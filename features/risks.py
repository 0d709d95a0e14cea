"""The risks: the meaning, horizon and decision delay of each."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Risk:
    """One way in which an entity can be risky.

    A row (entity, as_of) is positive when a confirmed incident touches the `horizon_days` days after as_of. A row of an
    order is positive when the order is confirmed: such an order is an event without a horizon.

    An after-sales risk of orders has a `case_kind`, and no verdict about it exists. An order is positive when a case of
    this kind about it is opened by `horizon_days` after the day it arrived. A returned order is no fraud: such a risk
    is never confirmed, and counts neither in `risk_score` nor in the ledger.

    Attributes:
        horizon_days: days after as_of in which an incident, or a case, makes a row positive; 0 for an order that
            verdicts label.
        delay_days: days from an incident to its usual decision, or from the opening of a case to its arrival. Until
            horizon and delay have passed, a missing verdict or case means nothing.
        capacity: entities a day that people can review.
        case_kind: the kind of the cases that make an order positive; empty where verdicts do.
        sampling_days: days between two as-of days of the training rows. Orders are sampled more often than weekly, so
            that every day of the week is among them.
    """

    entity: str
    name: str
    meaning: str
    horizon_days: int
    delay_days: int
    capacity: int
    sampling_days: int = 7
    case_kind: str = ""

    @property
    def is_after_sales(self) -> bool:
        """Return whether cases label the risk's orders, and no verdicts."""
        return bool(self.case_kind)

    @property
    def label_maturity_days(self) -> int:
        """Days after as_of from which the labels of that as_of may be used."""
        return self.horizon_days + self.delay_days


RISKS = (
    Risk("seller", "brushing", "fake orders, shipments and reviews to climb the ranking",
         horizon_days=7, delay_days=10, capacity=20),
    Risk("seller", "click_farm", "bought traffic on its listings",
         horizon_days=7, delay_days=10, capacity=20),
    Risk("seller", "merchant_fraud", "takes money and does not deliver what was sold",
         horizon_days=7, delay_days=10, capacity=20),
    Risk("seller", "information_leakage", "buyers' order data leaves through its accounts",
         horizon_days=7, delay_days=10, capacity=20),
    Risk("user", "account_integrity", "account taken over, or never a person",
         horizon_days=7, delay_days=10, capacity=50),
    Risk("user", "incentive_abuse", "coupons, referrals and cashback farmed in groups",
         horizon_days=7, delay_days=10, capacity=50),
    Risk("user", "refund_abuse", "refunds and returns claimed in bad faith",
         horizon_days=7, delay_days=10, capacity=50),
    Risk("user", "malicious_activity", "harassment, extortion by review, hoarding stock, scripted buying",
         horizon_days=7, delay_days=10, capacity=50),
    Risk("creator", "traffic_fraud", "bought engagement, own-orders for commission",
         horizon_days=7, delay_days=10, capacity=10),
    Risk("order", "payment_fraud", "paid with a card or an account that is somebody else's",
         horizon_days=0, delay_days=14, capacity=20, sampling_days=3),
    # Cases arrive on the day they are opened, and a few a day later. In the demo 14 days have nine of ten returns and
    # five of six disputes; a longer horizon would leave fewer days to train on.
    Risk("order", "dispute", "its buyer disputes it",
         horizon_days=14, delay_days=1, capacity=20, sampling_days=3, case_kind="dispute"),
    # A case of kind `refund` does not say whether the goods came back, so that it makes no return.
    Risk("order", "return", "its buyer sends it back",
         horizon_days=14, delay_days=1, capacity=20, sampling_days=3, case_kind="return"),
    Risk("order", "cancellation", "it is called off after the day it was placed",
         horizon_days=3, delay_days=1, capacity=20, sampling_days=3, case_kind="cancellation"),
)

# After-sales risks are scored, explained and decided on. What reads verdicts, incidents or guilt reads the others.
AFTER_SALES = tuple(risk for risk in RISKS if risk.is_after_sales)
BY_VERDICT = tuple(risk for risk in RISKS if not risk.is_after_sales)

# Orders are scored as of the moment they are placed, entities as of a day. The two are sampled on different days.
OF_ORDERS = tuple(risk for risk in RISKS if risk.entity == "order")
OF_ENTITIES = tuple(risk for risk in RISKS if risk.entity != "order")


def of_entity(entity: str) -> tuple[Risk, ...]:
    """Return the risks of one entity, in declared order."""
    return tuple(risk for risk in RISKS if risk.entity == entity)


def by_verdict(entity: str) -> tuple[Risk, ...]:
    """Return the risks of one entity that verdicts confirm, in declared order."""
    return tuple(risk for risk in BY_VERDICT if risk.entity == entity)


def after_sales(entity: str) -> tuple[Risk, ...]:
    """Return the risks of one entity that cases label, in declared order; none of other entities than orders."""
    return tuple(risk for risk in AFTER_SALES if risk.entity == entity)


def find(entity: str, name: str) -> Risk:
    """Return one risk.

    Raises:
        KeyError: no such risk is declared.
    """
    for risk in RISKS:
        if (risk.entity, risk.name) == (entity, name):
            return risk
    raise KeyError(f"no risk {entity}/{name}; declared: {', '.join(f'{r.entity}/{r.name}' for r in RISKS)}")
