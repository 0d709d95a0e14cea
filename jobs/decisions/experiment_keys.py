"""The keys of the files of experiments, and which values each may have."""

from typing import Any

from features.entities import AS_OF_DAY
from jobs.decisions.experiment_files import DOES
from jobs.decisions.policy_documents import LIVE, RETIRED
from jobs.decisions.policy_keys import CENTS, DAY, NAMED, SHARE, SQL, TABLE, TEXT, TEXTS, Kind, one_of, whole

LONGEST_WINDOW = 365  # days


def _are_shares(value: Any) -> bool:
    return SHARE.fits(value) or isinstance(value, list) and len(value) == 2 and all(map(SHARE.fits, value))


SHARES = Kind("a share from 0 to 1, or two of them: at the bounds of medium and of critical", _are_shares)
ANY_TEXTS = Kind("a list of different texts, which may be empty", lambda value: value == [] or TEXTS.fits(value))
QUANTILE = Kind("a quantile above 0.5, at most 1 (nothing is cut)", lambda value: SHARE.fits(value) and value > 0.5)
WINDOW = Kind(f"a whole number of days from 1 to {LONGEST_WINDOW}",
              lambda value: whole(LONGEST_WINDOW, "days").fits(value) and value >= 1)

# Orders have no experiment: a card's orders would be split over arms.
OF_EXPERIMENT = {
    "entity": one_of(AS_OF_DAY), "risks": TEXTS, "status": one_of((LIVE, RETIRED)), "unit": TEXT, "salt": NAMED,
    "layer": NAMED, "first_day": DAY, "last_day": DAY, "eligible": SQL, "window_days": WINDOW, "metric": TEXT,
    "guard_rails": ANY_TEXTS, "covariates": ANY_TEXTS, "winsorise": QUANTILE, "max_loss_cents_a_day": CENTS,
    "control": NAMED, "arms": TABLE}
OF_SWITCHBACK = {key: kind for key, kind in OF_EXPERIMENT.items()
                 if key not in ("eligible", "window_days", "covariates", "winsorise")} | {
    "block_days": WINDOW, "burn_in_days": whole(LONGEST_WINDOW, "days")}
OF_ARM = {"does": one_of(DOES), "share": SHARES, "policy": NAMED}
OPTIONAL_OF_ARM = ("share", "policy")
OF_SWITCHBACK_ARM = {key: kind for key, kind in OF_ARM.items() if key != "share"}
