"""One entry per model: what it predicts, from which features, with which parameters, and what it
must show before it is released."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from features.entities import FEATURE_SETS
from features.feature import FeatureSet
from features.risks import Risk, find
from jobs import step

# Shallow trees, slow steps: there are tens to hundreds of positives, and early stopping decides.
PARAMETERS = MappingProxyType({
    "objective": "binary:logistic", "eval_metric": "aucpr", "tree_method": "hist", "max_depth": 4,
    "eta": 0.05, "min_child_weight": 5, "subsample": 0.8, "colsample_bytree": 0.5, "lambda": 5.0,
    "max_bin": 128,
})


@dataclass(frozen=True)
class Gate:
    """What a model must show on the untouched last weeks before it may score anybody."""

    positives: int = 10
    lift: float = 3.0  # average precision over the base rate
    calibration_error: float = 0.05


@dataclass(frozen=True)
class Model:
    """A model of one risk. `features` names definitions; each brings all its windows."""

    entity: str
    risk: str
    features: tuple[str, ...]
    parameters: Mapping[str, object] = field(default_factory=lambda: PARAMETERS)
    rounds: int = 600
    patience: int = 40
    gate: Gate = Gate()

    @property
    def name(self) -> str:
        """The MLflow experiment."""
        return f"{self.entity}/{self.risk}"

    @property
    def registered_name(self) -> str:
        return f"{self.entity}-{self.risk}"

    @property
    def declared_risk(self) -> Risk:
        return find(self.entity, self.risk)

    @property
    def feature_set(self) -> FeatureSet:
        return FEATURE_SETS[self.entity]

    @property
    def columns(self) -> tuple[str, ...]:
        """The feature columns, in the order in which the model sees them."""
        wanted = set(self.features)
        return tuple(c for d in self.feature_set.definitions if d.name in wanted for c in d.columns)


MODELS = (
    Model("seller", "merchant_fraud", (
        "account_age_days", "has_payout",
        "order_count", "order_amount", "order_amount_max", "order_amount_min", "quantity",
        "discount_amount", "product_distinct", "night_order_count", "first_order_age_days",
        "last_order_age_days", "order_amount_mean", "discount_rate", "night_order_rate",
        "order_count_change", "order_count_growth", "order_amount_change", "order_amount_growth",
        "order_amount_mean_change",
        "buyer_distinct", "guest_order_count", "campaign_order_count", "orders_per_buyer",
        "campaign_order_rate",
        "case_count", "claim_amount", "claim_amount_max", "dispute_count", "refund_count",
        "cancellation_count", "not_received_count", "complainant_distinct", "last_case_age_days",
        "case_rate", "claim_rate", "dispute_rate", "not_received_rate", "case_count_change",
        "dispute_count_growth",
    )),
    Model("user", "account_integrity", (
        "account_age_days", "is_referred", "has_phone",
        "order_count", "order_amount", "order_amount_max", "order_amount_min", "seller_distinct",
        "night_order_count", "first_order_age_days", "last_order_age_days", "order_amount_mean",
        "sellers_per_order", "order_count_change", "order_amount_change", "order_amount_growth",
        "order_amount_mean_change", "order_amount_max_change",
        "device_distinct", "address_distinct", "payment_distinct", "ip_distinct", "devices_per_order",
        "addresses_per_order", "device_change", "address_change", "payment_change",
        "case_count", "dispute_count", "claim_amount", "case_rate", "case_count_growth",
    )),
    Model("user", "refund_abuse", (
        "account_age_days", "is_referred", "has_phone",
        "order_count", "order_amount", "order_amount_max", "discount_amount", "seller_distinct",
        "first_order_age_days", "last_order_age_days", "order_amount_mean", "discount_rate",
        "order_count_change", "order_amount_growth",
        "device_distinct", "address_distinct", "payment_distinct",
        "case_count", "claim_amount", "claim_amount_max", "refund_count", "return_count",
        "dispute_count", "not_received_count", "evidence_count", "evidence_distinct",
        "claimed_seller_distinct", "last_case_age_days", "case_rate", "claim_rate",
        "not_received_rate", "evidence_per_claim", "case_count_growth",
    )),
)


def parse(doc: str | None, argv: Sequence[str] | None):
    """Arguments of a step that works on one model."""
    parser = step.parser(doc)
    parser.add_argument("--model", choices=[m.name for m in MODELS], required=True, help="which model")
    return parser.parse_args(argv)


def find_model(name: str) -> Model:
    """The model of an experiment's name, such as `seller/merchant_fraud`.

    Raises:
        KeyError: no such model is declared.
    """
    for model in MODELS:
        if model.name == name:
            return model
    raise KeyError(f"no model {name}; declared: {', '.join(m.name for m in MODELS)}")


def of_entity(entity: str) -> tuple[Model, ...]:
    """The models of one entity, in declared order."""
    return tuple(model for model in MODELS if model.entity == entity)
