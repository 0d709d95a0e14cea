"""Honest reviews: most are short, many repeat the same few words, some are angry."""

import numpy as np

from jobs.simulate import honest_lookalikes, rhythm, texts
from jobs.simulate.ids import NEVER
from jobs.simulate.rows import Rows, take
from jobs.simulate.world import World

REVIEWED = 0.3  # share of delivered orders


def reviews(rng: np.random.Generator, world: World, placed: Rows, parcels: Rows, odd: Rows) -> Rows:
    """Return reviews some days after delivery, for orders without `silent`."""
    at = np.searchsorted(placed["number"], parcels["order"], sorter=(order := np.argsort(placed["number"])))
    about = take(placed, order[at]) | {"delivered": parcels["delivered"]}
    chance = REVIEWED * (1 + (_angry(world, odd, about["user"]) > 0))
    may_review = (about["silent"] == 0) & (about["user"] >= 0) & (about["delivered"] != NEVER)
    about = take(about, may_review & (rng.random(len(may_review)) < chance))
    time = about["delivered"] + (rng.gamma(1.3, 1.8, len(about["user"])) * rhythm.DAY).astype(np.int64) + 3_600
    rating = _rating(rng, world, about, odd)
    return review(about, time, rating, _words(rng, rating, _angry(world, odd, about["user"])))


def review(about: Rows, time: np.ndarray, rating: np.ndarray, text: np.ndarray) -> Rows:
    """Return reviews of orders; a review arrives on the day it is written."""
    return {"number": about["number"], "order": about["number"], "user": about["user"], "seller": about["seller"],
            "rating": rating, "text": text, "time": time, "arrives": time // rhythm.DAY, "lot": about["lot"],
            "incident": about["incident"]}


def _angry(world: World, odd: Rows, user: np.ndarray) -> np.ndarray:
    anger = np.zeros(len(world.users["weight"]))
    weeks = honest_lookalikes.on(odd, "anger", world.today.day)
    anger[weeks["number"]] = weeks["strength"]
    return np.where(user >= 0, anger[user], 0)


def _rating(rng: np.random.Generator, world: World, about: Rows, odd: Rows) -> np.ndarray:
    bad = 0.05 * world.sellers["trouble"][about["seller"]] * (0.6 + 0.4 * world.users["harsh"][about["user"]])
    bad = bad + 0.6 * world.today.faulty[about["seller"]] + 0.8 * _angry(world, odd, about["user"])
    draw = rng.random(len(bad))
    middling = rng.choice([3, 4, 5], len(bad), p=[0.1, 0.22, 0.68])
    return np.where(draw < bad, np.where(rng.random(len(bad)) < 0.6, 1, 2), middling)


def _words(rng: np.random.Generator, rating: np.ndarray, anger: np.ndarray) -> np.ndarray:
    count, pick = len(rating), rng.random(len(rating))
    happy = np.select([pick < 0.2, pick < 0.55, pick < 0.6], [0, texts.write(rng, "good", count),
                      texts.write(rng, "copied", count, 0.4)], texts.write(rng, "liked", count, 0.8))
    unhappy = np.where(pick < 0.15, 0, texts.write(rng, "disliked", count, 0.5))
    unhappy = np.where(((anger > 0) & (pick < 0.55)) | (pick > 0.85), texts.write(rng, "angry", count, 0.3), unhappy)
    return np.select([rating >= 4, rating == 3], [happy, texts.write(rng, "mixed", count, 0.6)], unhappy)
