"""What a guilty row loses over the horizon of its risk, learnt from confirmed losses."""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import numpy as np

from features.inputs.verdict_precedence import TAKEN_BACK
from features.risks import of_entity

# Lower bounds of the bands of open money, minor units: losses differ by orders of magnitude, so the bands do too.
BAND_BOUNDS = np.array([1, 10_000, 100_000, 1_000_000])
# A prior weighs as many confirmed incidents: the policy's loss for the risk's mean, the risk's mean for a band's.
PRIOR_INCIDENTS = 5
BAND_INCIDENTS = 10
LEARNT_DAYS = 180  # incidents that began earlier are left out: prices and attackers have changed


@dataclass(frozen=True)
class LossModel:
    """Expected losses of one risk.

    Attributes:
        by_band: (bands,) minor units, by band of open money.
        incidents: number of confirmed incidents with a counted loss behind the estimates.
    """

    by_band: np.ndarray
    incidents: int

    def of(self, open_cents: np.ndarray) -> np.ndarray:
        """Return the expected loss of each row by its open money, minor units."""
        return self.by_band[band(open_cents)]


def band(open_cents: np.ndarray) -> np.ndarray:
    """Return the band of each amount of open money, from 0; NaN counts as no money."""
    return np.searchsorted(BAND_BOUNDS, np.nan_to_num(open_cents), side="right")


def fit(loss: np.ndarray, open_cents: np.ndarray, prior: float) -> LossModel:
    """Fit the expected losses of one risk, shrunk towards its mean, and its mean towards the prior.

    The mean of a band is (sum of its losses + k * mean of the risk) / (incidents + k): the estimate of a normal model
    with k incidents' worth of prior knowledge (Buehlmann 1967, credibility with a fixed k).

    Args:
        loss: (incidents,) minor units over the risk's horizon.
        open_cents: (incidents,) the open money of each entity on the day before its incident.
        prior: the policy's loss, minor units.
    """
    mean = (loss.sum() + PRIOR_INCIDENTS * prior) / (len(loss) + PRIOR_INCIDENTS)
    bands = len(BAND_BOUNDS) + 1
    of_band = band(open_cents) if len(loss) else np.zeros(0, int)
    count = np.bincount(of_band, minlength=bands)
    total = np.bincount(of_band, weights=loss, minlength=bands)
    return LossModel((total + BAND_INCIDENTS * mean) / (count + BAND_INCIDENTS), len(loss))


def within_horizon(loss: np.ndarray, incident_days: np.ndarray, horizon_days: int) -> np.ndarray:
    """Return the part of each incident's loss that falls into the horizon of a positive row, on average.

    A row is positive if the incident touches the h days after it. An incident of d days has h + d - 1 such days, whose
    horizons hold h * d of its days together. Losses are spread evenly over the incident. A risk without a horizon keeps
    the whole loss.
    """
    if not horizon_days:
        return np.asarray(loss, float)
    return loss * horizon_days / (horizon_days + incident_days - 1)


def confirmed_incidents(db: duckdb.DuckDBPyConnection, entity: str, as_of) -> duckdb.DuckDBPyRelation:
    """Return the incidents of an entity that are confirmed as of a day, with a counted loss.

    Args:
        db: has the view `verdicts`, of the arrival days up to `as_of`.

    Returns:
        (entity_id, as_of = the day before the incident, risk, loss_cents, days), one row per confirmation that no
        later verdict takes back. The rule is that of `features.labels.incidents`.
    """
    return db.sql(f"""
        SELECT entity_id, CAST(incident_from - INTERVAL 1 DAY AS DATE) AS as_of, risk, loss_cents,
               coalesce(incident_to, incident_from) - incident_from + 1 AS days
        FROM (SELECT *, {TAKEN_BACK} AS taken_back FROM verdicts WHERE entity = '{entity}')
        WHERE confirmed AND NOT taken_back AND loss_cents IS NOT NULL
              AND incident_from > DATE '{as_of}' - {LEARNT_DAYS}
        ORDER BY entity_id, risk, as_of, loss_cents""")


def fit_all(entity: str, incidents: Mapping[str, np.ndarray], priors: Mapping[str, float]) -> dict[str, LossModel]:
    """Return the loss model of each risk of an entity that has a prior.

    Args:
        incidents: columns risk, loss_cents, days and open_cents of equal length.
        priors: the policy's loss by risk, minor units.
    """
    models = {}
    for risk in of_entity(entity):
        if risk.name in priors:
            mine = incidents["risk"] == risk.name
            loss = within_horizon(incidents["loss_cents"][mine], incidents["days"][mine], risk.horizon_days)
            models[risk.name] = fit(loss, incidents["open_cents"][mine], priors[risk.name])
    return models
