"""How large a marketplace is, and how many attackers of each risk are planted in it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """Entities, what honest people do a day, and attackers of each risk of an entity."""

    sellers: int
    users: int
    creators: int
    orders: int
    clicks: int
    logins: int
    seller_attackers: int
    user_attackers: int
    creator_attackers: int

    def attackers(self, entity: str) -> int:
        """Planted attackers for each risk of the entity."""
        return {"seller": self.seller_attackers, "user": self.user_attackers,
                "creator": self.creator_attackers}[entity]


SIZES = {
    "small": Size(120, 1_000, 40, 145, 330, 220, 12, 30, 12),
    "demo": Size(2_000, 14_000, 900, 2_700, 4_500, 2_800, 170, 400, 150),
    "large": Size(40_000, 500_000, 12_000, 97_000, 240_000, 140_000, 2_400, 9_000, 1_500),
}
