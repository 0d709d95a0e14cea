"""Listings: some promise more than what is delivered. A listing changes once, or never.

Every draw is a lot of the product, so that the listing of any product on any day is known without its history.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.simulate import rhythm
from jobs.simulate.after_sales import photos
from jobs.simulate.ids import BLOCK
from jobs.simulate.people import CATEGORIES
from jobs.simulate.rows import Rows
from jobs.simulate.seeds import lots
from jobs.simulate.world import PRODUCTS, World

BOLD = 0.16  # share of the versions that promise much
CHANGES = 0.35  # share of the listings that change within the simulated days
COPIED_PICTURE = 0.05  # share of pictures that are near-copies of another shop's
PICTURES = 60  # pictures that shops copy
IS_BOLD, CHANGE, CHANGE_DAY, PRICE, WORDS, PICTURE, COPY = range(7)  # first keys of the lots

NOUNS = ("jacket", "cream", "lamp", "pan", "puzzle", "ball", "headphones", "phone", "novel", "spade", "ring", "leash")
STYLES = ("classic", "small", "large", "light", "blue", "red", "grey", "simple", "new")
PLAIN = ("Size and material as in the table below.", "Sent within some days. Colours can differ a little.",
         "One piece, without accessories.", "Please compare the measures before you order.",
         "For use at home. Clean with a damp cloth.", "A solid product for every day.", "Box opened, goods unused.")
PROMISES = ("Lasts a lifetime, guaranteed!", "100 % original brand, better than in the shop.",
            "Completely waterproof and unbreakable.", "The best quality in the world, or your money back.",
            "Works with every device, no exceptions.", "Real gold, real leather, real bargain!",
            "Professional grade, used by champions.")


def is_bold(world: World, product: np.ndarray, day: int) -> np.ndarray:
    """Return whether the version that is shown on the day promises much."""
    return lots(world.seed, "listings", IS_BOLD, product, version(world, product, day)) < BOLD


def version(world: World, product: np.ndarray, day: int) -> np.ndarray:
    """Return 1 for listings that have changed by the day, else 0."""
    return (_change_day(world, product) <= day).astype(np.int64)


def _change_day(world: World, product: np.ndarray) -> np.ndarray:
    # A listing does not change on the first day of its shop, nor before it.
    opened = np.maximum(world.sellers["registered"][product // PRODUCTS] // rhythm.DAY, 0)
    day = (lots(world.seed, "listings", CHANGE_DAY, product) * world.days).astype(np.int64)
    changes = (lots(world.seed, "listings", CHANGE, product) < CHANGES) & (day > opened)
    return np.where(changes, day, 2**40)


def of_day(world: World, day: int) -> Rows:
    """Return today's versions: first ones of the shops that open, on the first day of older ones too; changed ones."""
    registered = world.sellers["registered"] // rhythm.DAY
    opened = np.flatnonzero((registered == day) | ((registered < 0) & (day == 0)))
    fresh = (opened[:, None] * PRODUCTS + np.arange(PRODUCTS)).ravel()
    every = np.arange(len(world.sellers["weight"]) * PRODUCTS)
    changed = every[_change_day(world, every) == day]
    product = np.concatenate([fresh, changed])
    return written(world, product, world.sellers["registered"][product // PRODUCTS], day)


def written(world: World, product: np.ndarray, opened: np.ndarray, day: int) -> Rows:
    """Return the versions of products that are shown from today on; a first one from the shop's registration on."""
    now = version(world, product, day)
    usual = world.sellers["base_price"][product // PRODUCTS] * world.factors[product // PRODUCTS, product % PRODUCTS]
    factor = np.where(now > 0, 0.9 + 0.2 * lots(world.seed, "listings", PRICE, product), 1.0)
    return {"number": product * 2 + now, "product": product, "seller": product // PRODUCTS,
            "time": np.where(now > 0, day * rhythm.DAY, opened), "version": now,
            "bold": is_bold(world, product, day), "words": _words(world, product, now),
            "price": (usual * factor).round().astype(np.int64).clip(100),
            "category": world.sellers["category"][product // PRODUCTS], "image": pictures(world.seed, product)}


def _words(world: World, product: np.ndarray, now: np.ndarray) -> np.ndarray:
    return (lots(world.seed, "listings", WORDS, product, now) * BLOCK).astype(np.int64)


def pictures(seed: int, product: np.ndarray) -> np.ndarray:
    """Return 64-bit hashes of the listings' pictures; some are near-copies, which differ in one to three bits."""
    lot = lots(seed, "listings", PICTURE, product)
    copied = lot < COPIED_PICTURE
    base = np.where(copied, -1 - (lot / COPIED_PICTURE * PICTURES).astype(np.int64), product)
    return np.where(copied, photos.altered(photos.hashes(seed, base), lots(seed, "listings", COPY, product)),
                    photos.hashes(seed, base))


def titles(rows: Rows) -> pa.Array:
    """Return the titles of versions."""
    nouns = pa.array(NOUNS).take(pa.array(rows["category"]))
    style = pa.array(STYLES).take(pa.array(rows["words"] % len(STYLES)))
    number = pa.array(rows["product"] % PRODUCTS + 1).cast(pa.string())
    return pc.binary_join_element_wise(style, nouns, pc.binary_join_element_wise("no.", number, " "), " ")


def descriptions(rows: Rows) -> pa.Array:
    """Return the descriptions of versions: plain words, before which some have a promise."""
    plain = pa.array(PLAIN).take(pa.array(rows["words"] // 16 % len(PLAIN)))
    promise = pa.array(PROMISES).take(pa.array(rows["words"] // 256 % len(PROMISES)))
    category = pa.array(CATEGORIES).take(pa.array(rows["category"]))
    usual = pc.binary_join_element_wise("For ", category, ". ", plain, "")
    return pc.if_else(pa.array(rows["bold"]), pc.binary_join_element_wise(promise, usual, " "), usual)
