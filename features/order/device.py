"""The earlier orders of the device."""

from features.order.past import amounts, frauds, others

FEATURES = (
    *amounts("device", "from this device"),
    *frauds("device", "from this device"),
    others("device", "user", "accounts that ordered from this device"),
)
