"""What happened in each new case, and the evidence that it leaves on its parcel, its photo and its conversation.

Evidence follows the columns that exist: a parcel that never came has no scan, and a missed promise is the order's own.
"""

import numpy as np

from jobs.simulate import rhythm
from jobs.simulate.after_sales import happenings, listings, photos, signs
from jobs.simulate.after_sales.happenings import CAME, FALSE_CLAIMANTS, LOST_PARCEL, NOT_SENT, UNKNOWN, Circumstances
from jobs.simulate.ids import NEVER
from jobs.simulate.legitimate import claims, parcels
from jobs.simulate.rows import Rows, count, take
from jobs.simulate.seeds import lots
from jobs.simulate.world import World

LONG_UNDER_WAY = 4 * rhythm.DAY
PLACE, LIGHT, TALKS, SIGN = 0, 1, 2, 10  # first keys of the lots of this room; each sign has one after SIGN


def establish(world: World, attacks: list[str], cases: Rows, placed: Rows, sent: Rows) -> tuple[Rows, Rows]:
    """Return today's new cases with what happened, and the parcels of today's orders as it left them.

    Args:
        attacks: the names of the attacks, in the order of `placed["attack"]`.
        placed: today's orders.
        sent: their parcels; `place` and `grams` change.

    Returns:
        Cases gain happening, fault, by_attacker, whether each sign is shown, `talks`, `image` and posterior, shape
        (cases, 4): the probability of each party's fault by the planted model, given everything that the case shows.
    """
    order, parcel = _positions(placed["number"], cases["order"]), _positions(sent["order"], cases["order"])
    seen = _circumstances(world, attacks, cases, placed, sent, order, parcel)
    prior = happenings.probabilities(seen)
    happening = happenings.drawn(cases["chance"], prior)
    sent = _handed_over(world, cases, sent, parcel, happening)
    shown, could_show = _signs(world, cases, happening)
    weights = prior * signs.likelihood_of_scan(np.where(parcel >= 0, _at(sent["scan"], parcel), -1))
    weights *= signs.likelihood_of_weight(_log_ratio(world, placed, sent, order, parcel))
    for name in signs.SIGNS:
        weights *= signs.likelihood_of(name, shown[name], could_show[name])
    party = happenings.by_party(weights)
    cases = cases | {
        "happening": happening, "fault": happenings.FAULTS[happening], "by_attacker": seen.by_attacker,
        "posterior": party / party.sum(axis=1, keepdims=True), "talks": could_show["seller_admits"],
        **{name: shown[name] & could_show[name] for name in signs.SIGNS}}
    return cases | {"image": photos.of_cases(world.seed, cases)}, sent


def _positions(numbers: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return the position of each wanted number, -1 where there is none."""
    if not len(numbers):
        return np.full(len(wanted), -1)
    order = np.argsort(numbers)
    at = order[np.searchsorted(numbers, wanted, sorter=order).clip(0, len(numbers) - 1)]
    return np.where(numbers[at] == wanted, at, -1)


def _at(column: np.ndarray, position: np.ndarray) -> np.ndarray:
    return column[position.clip(0)] if len(column) else np.zeros(len(position), column.dtype)


def _circumstances(world: World, attacks: list[str], cases: Rows, placed: Rows, sent: Rows, order: np.ndarray,
                   parcel: np.ndarray) -> Circumstances:
    known, is_sent = order >= 0, parcel >= 0
    delivered, shipped = _at(sent["delivered"], parcel), _at(sent["time"], parcel)
    lost = is_sent & (delivered == NEVER)
    attack, user = np.where(known, _at(placed["attack"], order), -1), cases["user"]
    names = np.array([name in FALSE_CLAIMANTS for name in attacks] + [False])
    return Circumstances(
        kind=cases["kind"], reason=cases["reason"], by_attacker=names[attack],
        is_withheld=known & happenings.is_withheld(_at(placed["fate"], order)),
        fate=np.select([~known, ~is_sent, lost], [UNKNOWN, NOT_SENT, LOST_PARCEL], CAME),
        missed=known & is_sent & (shipped > _at(placed["ship_by"], order)),
        slow=is_sent & ~lost & (delivered - shipped > LONG_UNDER_WAY),
        bold=known & listings.is_bold(world, _at(placed["product"], order), world.today.day),
        trouble=world.sellers["trouble"][cases["seller"]],
        habit=np.where(user >= 0, world.users["returns"][user], 1.0),
        faulty=world.today.faulty[cases["seller"]], carrier=np.where(is_sent, _at(sent["carrier"], parcel), 4))


def _handed_over(world: World, cases: Rows, sent: Rows, parcel: np.ndarray, happening: np.ndarray) -> Rows:
    """Return the parcels, handed over where what happened wants it, and lighter where less was sent; with scans."""
    mine = parcel >= 0
    at, what, order = parcel[mine], happening[mine], cases["order"][mine]
    place, grams = sent["place"].copy(), sent["grams"].copy()
    place[at] = happenings.drawn(lots(world.seed, "after_sales", PLACE, order), signs.PLACE_CHANCE[what])
    light = lots(world.seed, "after_sales", LIGHT, order) < signs.LIGHT_CHANCE[what]
    grams[at] = np.where(light, np.maximum(sent["grams"][at] * signs.LIGHT, 4), sent["grams"][at]).astype(np.int64)
    return sent | {"place": place, "grams": grams} | {"scan": parcels.scanned(world, sent | {"place": place})}


def _log_ratio(world: World, placed: Rows, sent: Rows, order: np.ndarray, parcel: np.ndarray) -> np.ndarray:
    """Return the logarithm of each parcel's weight over the usual one; NaN without a parcel."""
    both = (order >= 0) & (parcel >= 0)
    ratio = np.full(len(order), np.nan)
    ratio[both] = np.log(sent["grams"][parcel[both]] / parcels.usual_grams(world, take(placed, order[both])))
    return ratio


def _signs(world: World, cases: Rows, happening: np.ndarray) -> tuple[Rows, Rows]:
    """Return by sign whether each case shows it, and whether it could show it."""
    keys = cases["order"], cases["kind"]
    talks = lots(world.seed, "after_sales", TALKS, *keys) < signs.TALK
    fresh = (cases["evidence"] >= claims.PHOTOS) & ~claims.is_repeated(cases["evidence"])
    could_show = {name: fresh if name in signs.OF_PHOTOS else talks for name in signs.SIGNS}
    shown = {name: lots(world.seed, "after_sales", SIGN + nth, *keys)[:count(cases)] < signs.CHANCES[name][happening]
             for nth, name in enumerate(signs.SIGNS)}
    return shown, could_show
