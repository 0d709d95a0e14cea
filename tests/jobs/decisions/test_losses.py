"""Expected losses, from confirmed incidents."""


import numpy as np
import pytest

from features.inputs.tables import VERDICTS
from jobs.decisions import losses
from jobs.decisions.losses import band, confirmed_incidents, fit, within_horizon
from jobs.decisions.open_money import duckdb_type
from jobs.storage.query import connect
from tests.support.builders import TODAY, ago, at

NOTHING = np.zeros(0)
FIRST, LAST = ago(20), ago(11)


def test_without_an_incident_the_prior_serves_in_every_band():
    model = fit(NOTHING, NOTHING, prior=700)
    assert model.by_band.tolist() == [700.0] * 5 and model.incidents == 0


def test_the_mean_of_a_risk_is_shrunk_towards_the_prior_and_a_band_towards_the_mean():
    model = fit(np.array([1_000.0, 3_000.0]), np.array([5_000, 5_000]), prior=500)
    mean = (4_000 + 5 * 500) / (2 + 5)
    assert model.by_band[band(np.array([5_000]))[0]] == pytest.approx((4_000 + 10 * mean) / (2 + 10))
    assert model.by_band[band(np.array([50_000]))[0]] == pytest.approx(mean)


def test_many_incidents_outweigh_the_prior():
    assert fit(np.full(1_000_000, 80.0), np.full(1_000_000, 5_000), 1_000_000).of(np.array([5_000]))[0] < 90


def test_bands_begin_at_their_bounds():
    assert band(np.array([np.nan, 0, 1, 9_999, 10_000, 999_999, 1_000_000])).tolist() == [0, 0, 1, 1, 2, 3, 4]


@pytest.mark.parametrize("days", [1, 3, 7, 30])
def test_the_part_within_the_horizon_is_the_mean_over_all_positive_days(days):
    horizon, incident = 7, range(1, days + 1)
    shares = [len([day for day in incident if as_of < day <= as_of + horizon]) / days
              for as_of in range(-horizon - 1, days + 1)]
    positive = [share for share in shares if share]
    assert within_horizon(np.array([1.0]), np.array([days]), horizon)[0] == pytest.approx(np.mean(positive))


def test_an_order_is_lost_as_a_whole():
    assert within_horizon(np.array([800]), np.array([1]), 0).tolist() == [800]


def verdict(number, entity_id, confirmed, decided, loss=100, first=FIRST, last=LAST, arrived=None):
    return {"verdict_id": f"v{number}", "decided_at": at(decided), "entity": "seller", "entity_id": entity_id,
            "risk": "brushing", "confirmed": confirmed, "incident_from": first, "incident_to": last, "source": "audit",
            "loss_cents": loss, "ds": arrived or decided}


def incidents(*rows: dict) -> list[tuple]:
    with connect() as db:
        columns = [*VERDICTS.columns]
        db.execute("CREATE TABLE verdicts (" + ", ".join(f"{c.name} {duckdb_type(c.type)}" for c in columns)
                   + ", ds DATE)")
        for row in rows:
            db.execute(f"INSERT INTO verdicts VALUES ({', '.join('?' * (len(columns) + 1))})",
                       [row[c.name] for c in columns] + [row["ds"]])
        return confirmed_incidents(db, "seller", TODAY).fetchall()


def test_an_incident_counts_with_its_days_and_the_day_before_it():
    assert incidents(verdict(1, "s1", True, ago(5))) == [("s1", ago(21), "brushing", 100, 10)]


def test_a_reversal_takes_every_earlier_confirmation_back():
    assert incidents(verdict(1, "s1", True, ago(9)), verdict(2, "s1", True, ago(8)),
                     verdict(3, "s1", False, ago(7), None, None, None)) == []


def test_a_confirmation_after_a_reversal_counts():
    found = incidents(verdict(1, "s1", True, ago(9)), verdict(2, "s1", False, ago(8), None, None, None),
                      verdict(3, "s1", True, ago(7), loss=70))
    assert [row[3] for row in found] == [70]


def test_a_loss_that_nobody_counted_teaches_nothing():
    assert incidents(verdict(1, "s1", True, ago(5), loss=None)) == []


def test_an_old_incident_is_left_out():
    assert incidents(verdict(1, "s1", True, ago(5), first=ago(losses.LEARNT_DAYS), last=ago(170))) == []
    assert len(incidents(verdict(1, "s1", True, ago(5), first=ago(losses.LEARNT_DAYS - 1), last=ago(170)))) == 1


def test_an_incident_without_a_last_day_lasts_one_day():
    assert incidents(verdict(1, "s1", True, ago(5), last=None))[0][4] == 1
