"""The risk areas: what each means, how far ahead it is looked for, and how late it is decided."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Risk:
    """A way in which an entity can be risky.

    A row (entity, as_of) is positive when a confirmed incident touches the `horizon_days` days
    after as_of; one of an order, which is an event itself and has no days to come, when the order stands
    confirmed. `delay_days` is how long a decision usually takes after the incident: until
    horizon and delay have passed, the absence of a verdict says nothing.
    `capacity` is how many entities a day people can look at. Rows to learn from are taken every
    `grid_days` days: of orders more often than weekly, so that every day of the week is among them.
    """

    entity: str
    name: str
    meaning: str
    horizon_days: int
    delay_days: int
    capacity: int
    sampling_days: int = 7

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
)

# Of orders as of the moment they are placed, and of entities as of a day: rows of the two are taken on other days.
OF_ORDERS = tuple(risk for risk in RISKS if risk.entity == "order")
OF_ENTITIES = tuple(risk for risk in RISKS if risk.entity != "order")


def of_entity(entity: str) -> tuple[Risk, ...]:
    """The risk areas of one entity, in declared order."""
    return tuple(risk for risk in RISKS if risk.entity == entity)


def find(entity: str, name: str) -> Risk:
    """One risk area.

    Raises:
        KeyError: no such risk is declared.
    """
    for risk in RISKS:
        if (risk.entity, risk.name) == (entity, name):
            return risk
    raise KeyError(f"no risk {entity}/{name}; declared: {', '.join(f'{r.entity}/{r.name}' for r in RISKS)}")
