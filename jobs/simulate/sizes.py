"""How large a marketplace is, and how many attackers and stolen cards are planted in it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """Entities, what honest people do a day, attackers of each risk of an entity, and cards stolen a day."""

    sellers: int
    users: int
    creators: int
    orders: int
    clicks: int
    logins: int
    seller_attackers: int
    user_attackers: int
    creator_attackers: int
    stolen_cards: float

    def attackers(self, entity: str) -> int:
        """Planted attackers for each risk of the entity."""
        return {"seller": self.seller_attackers, "user": self.user_attackers,
                "creator": self.creator_attackers}[entity]


SIZES = {
    "small": Size(120, 1_000, 40, 145, 330, 220, 12, 30, 12, 0.6),
    "demo": Size(2_000, 12_000, 900, 2_250, 3_300, 2_100, 190, 420, 160, 5),
    "large": Size(40_000, 500_000, 12_000, 97_000, 240_000, 140_000, 2_400, 9_000, 1_500, 200),
}
