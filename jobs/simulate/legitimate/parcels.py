"""Parcels: days of sending and delivery, rare losses, weight, carrier and tracking number."""

import numpy as np

from jobs.simulate import rhythm
from jobs.simulate.after_sales.signs import PLACED, PLACES, SCAN_WRONG, WEIGHT_NOISE
from jobs.simulate.draws import happens
from jobs.simulate.ids import NEVER
from jobs.simulate.orders import NEVER_DELIVERED, NEVER_SENT
from jobs.simulate.people import GRAMS
from jobs.simulate.rows import Rows, take
from jobs.simulate.seeds import lots
from jobs.simulate.world import World

CARRIERS = ("swift", "post", "northway", "parcelino", "own")
GIVEN_UP = 15  # days after which an undelivered parcel is landed, once
PLACE, SCAN, WRONG = 300, 301, 302  # first keys of the lots


def send(rng: np.random.Generator, world: World, placed: Rows, called_off: np.ndarray) -> Rows:
    """Return one shipment for each sent order. `delivered` is NEVER for an undelivered one; `arrives` is a day."""
    sent = take(placed, (placed["fate"] != NEVER_SENT) & ~called_off)
    seller, count = sent["seller"], len(sent["seller"])
    wait = world.sellers["handling"][seller] * rng.gamma(2, 0.5, count) + world.today.slow[seller] * rng.random(count)
    shipped = sent["time"] + (wait * rhythm.DAY).astype(np.int64) + 1_800
    under_way = ((1 + rng.gamma(2.2, 1.1, count)) * rhythm.DAY).astype(np.int64)
    lost = happens(rng, world.today.lost[seller]) | (sent["fate"] == NEVER_DELIVERED)
    delivered = np.where(lost, NEVER, shipped + under_way)
    arrives = np.where(lost, shipped // rhythm.DAY + GIVEN_UP, delivered // rhythm.DAY)
    return {
        "number": sent["number"], "order": sent["number"], "user": sent["user"], "seller": seller, "time": shipped,
        "delivered": delivered, "arrives": arrives,
        "carrier": np.where(rng.random(count) < 0.85, seller % 5, rng.integers(0, 5, count)),
        "tracking": _tracking(rng, world, sent), "grams": _grams(rng, world, sent), "lot": sent["lot"],
        "incident": sent["incident"], "place": _places(world, sent),
    }


def promised(world: World, placed: Rows) -> np.ndarray:
    """Return when each order's parcel has to be handed over by the seller's promise: the midnight after some days."""
    days = np.ceil(1.4 * world.sellers["handling"][placed["seller"]]).astype(np.int64).clip(1, 7)
    return (placed["time"] // rhythm.DAY + 1 + days) * rhythm.DAY


def _places(world: World, sent: Rows) -> np.ndarray:
    # Positions in PLACES.
    lot = lots(world.seed, "after_sales", PLACE, sent["number"])[:len(sent["number"])]
    return np.searchsorted(np.cumsum(PLACED)[:-1], lot, side="right")


def scanned(world: World, sent: Rows) -> np.ndarray:
    """Return the place that the carrier's scan names for each parcel; -1 where it was not delivered."""
    order, size = sent["order"], len(sent["order"])
    wrong = lots(world.seed, "after_sales", SCAN, order)[:size] < SCAN_WRONG
    other = (lots(world.seed, "after_sales", WRONG, order)[:size] * (len(PLACES) - 1)).astype(np.int64) + 1
    place = np.where(wrong, (sent["place"] + other) % len(PLACES), sent["place"])
    return np.where(sent["delivered"] == NEVER, -1, place)


def usual_grams(world: World, sent: Rows) -> np.ndarray:
    """Return the usual weight of each order's parcel in grams."""
    usual = 0.6 * world.sellers["grams"][sent["seller"]] + 0.4 * GRAMS[sent["category"]]
    return usual * sent["quantity"] ** 0.9


def _tracking(rng: np.random.Generator, world: World, sent: Rows) -> np.ndarray:
    # Shops that combine send a day's orders of one buyer, or of one part of the town, in one parcel.
    joint = happens(rng, world.sellers["combines"][sent["seller"]])
    together = np.where(rng.random(len(joint)) < 0.25, sent["user"] % 4, sent["user"] + 4)
    shared = ((sent["seller"] * 128 + world.today.day % 128) << 20) + together + (1 << 46)
    return np.where(sent["tracking"] >= 0, sent["tracking"], np.where(joint, shared, sent["number"]))


def _grams(rng: np.random.Generator, world: World, sent: Rows) -> np.ndarray:
    # Weights depend on the shop: parcels of samples and letters are as light as brushed parcels.
    usual = usual_grams(world, sent)
    weight = usual * rng.lognormal(0, WEIGHT_NOISE, len(usual))
    return np.where(sent["grams"] >= 0, sent["grams"], weight.astype(np.int64).clip(4, 60_000))
