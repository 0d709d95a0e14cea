"""Sizes of marketplaces, with the numbers of attackers and stolen cards."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """Numbers of entities, of honest events a day, of attackers per risk of an entity, and of stolen cards a day."""

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
        """Return the number of planted attackers per risk of the entity."""
        return {"seller": self.seller_attackers, "user": self.user_attackers,
                "creator": self.creator_attackers}[entity]


SIZES = {
    "small": Size(120, 1_000, 40, 145, 330, 220, 12, 30, 12, 0.6),
    "demo": Size(2_000, 12_000, 900, 2_250, 3_300, 2_100, 190, 420, 160, 5),
    "large": Size(40_000, 500_000, 12_000, 97_000, 240_000, 140_000, 2_400, 9_000, 1_500, 200),
}
