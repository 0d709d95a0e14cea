"""What happened: probabilities by reason, parcel and claimant, and draws from them."""

import numpy as np

from jobs.simulate.after_sales.happenings import (
    BUYER,
    CAME,
    FAULTS,
    HAPPENINGS,
    LOST_PARCEL,
    NOT_SENT,
    SELLER,
    Circumstances,
    by_party,
    drawn,
    probabilities,
)
from jobs.simulate.legitimate import claims

USUAL = {"kind": claims.REFUND, "reason": claims.DAMAGED, "by_attacker": False, "is_withheld": False, "fate": CAME,
         "missed": False, "slow": False, "bold": False, "trouble": 1.0, "habit": 1.0, "faulty": 0.0, "carrier": 1}


def chances(**changed):
    """The probability of each happening of one case, by name."""
    case = Circumstances(**{name: np.array([value]) for name, value in (USUAL | changed).items()})
    return dict(zip(HAPPENINGS, probabilities(case)[0]))


def party(chance):
    return by_party(np.array([list(chance.values())]))[0]


def test_probabilities_of_every_reason_and_kind_add_up_to_one():
    for reason in range(len(claims.REASONS)):
        for kind in range(len(claims.KINDS)):
            for by_attacker in (False, True):
                assert np.isclose(sum(chances(reason=reason, kind=kind, by_attacker=by_attacker).values()), 1)


def test_a_parcel_was_sent_late_only_where_the_promise_was_missed():
    assert chances(reason=claims.LATE)["shipped_late"] == 0
    late = chances(reason=claims.LATE, missed=True)
    assert late["shipped_late"] > late["carried_late"] > 0


def test_a_parcel_that_never_came_was_lost_or_never_left_whoever_claims():
    for by_attacker in (False, True):
        chance = chances(reason=claims.NOT_RECEIVED, fate=LOST_PARCEL, by_attacker=by_attacker)
        assert {name for name, value in chance.items() if value} == {"lost_in_transit", "never_shipped"}


def test_goods_that_a_shop_keeps_were_never_shipped():
    for changed in ({"is_withheld": True, "fate": LOST_PARCEL}, {"fate": NOT_SENT}):
        assert chances(reason=claims.LATE, **changed)["never_shipped"] == 1


def test_an_attacker_is_more_often_at_fault_than_an_honest_buyer_with_the_same_reason():
    for reason in (claims.DAMAGED, claims.NOT_AS_DESCRIBED, claims.NOT_RECEIVED):
        honest, attacker = (party(chances(reason=reason, by_attacker=value))[BUYER] for value in (False, True))
        assert attacker > 0.85 > 0.5 > honest


def test_troubled_shops_bold_listings_and_bad_batches_raise_the_chance_of_their_own_happenings():
    assert party(chances(trouble=2.5))[SELLER] > party(chances())[SELLER] > party(chances(trouble=0.4))[SELLER]
    described = {"reason": claims.NOT_AS_DESCRIBED}
    assert chances(**described, bold=True)["oversold"] > 2 * chances(**described)["oversold"]
    assert chances(**described, faulty=0.4)["defective"] > 2 * chances(**described)["defective"]


def test_a_lot_draws_the_happening_into_whose_share_it_falls():
    share = np.tile([0.2, 0.0, 0.5, 0.3], (5, 1))
    assert drawn(np.array([0.0, 0.19, 0.21, 0.69, 0.999]), share).tolist() == [0, 0, 2, 2, 3]
    assert len(FAULTS) == len(HAPPENINGS) >= 15 and set(FAULTS) == {0, 1, 2, 3}
