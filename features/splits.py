"""The as-of days of training rows, and their split by time."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from features.risks import Risk

# With fewer days of history not even the window of a week is full.
WARM_UP_DAYS = 7
TEST_WEEKS = 2
VALIDATION_WEEKS = 2


@dataclass(frozen=True)
class Split:
    """The as-of days of each part, in order, for a training that reads nothing after `cutoff`.

    Between the last training day and the first test day lies the label maturity of the risk: the training labels use
    only verdicts that had arrived when the test begins.
    """

    cutoff: dt.date
    train: tuple[dt.date, ...]
    validation: tuple[dt.date, ...]
    test: tuple[dt.date, ...]

    def label_cutoff(self, part: str) -> dt.date:
        """Return the last arrival day of the verdicts that label a part."""
        return self.cutoff if part == "test" else min(self.test)

    def parts(self) -> dict[str, tuple[dt.date, ...]]:
        """Return the as-of days of each part by its name."""
        return {"train": self.train, "validation": self.validation, "test": self.test}


def as_of_days(first: dt.date, cutoff: dt.date, every: int = 7) -> list[dt.date]:
    """Return the as-of days between the first day of data and the cutoff, by default weekly.

    The days depend on the calendar and not on the cutoff, so that they are the same for every training.
    """
    start = first + dt.timedelta(days=WARM_UP_DAYS)
    return [dt.date.fromordinal(n) for n in range(start.toordinal(), cutoff.toordinal() + 1) if n % every == 0]


def training_days(first: dt.date, cutoff: dt.date, risks: Iterable[Risk]) -> list[dt.date]:
    """Return the as-of days of any of the risks' rows. Days whose labels have not matured for any risk are left out."""
    splits = (split(first, cutoff, risk) for risk in risks)
    return sorted({day for risk_split in splits if risk_split for days in risk_split.parts().values() for day in days})


def split(first: dt.date, cutoff: dt.date, risk: Risk) -> Split | None:
    """Return the split of one risk's rows, None while there are too few days with mature labels."""
    mature = [t for t in as_of_days(first, cutoff, risk.sampling_days)
              if t + dt.timedelta(days=risk.label_maturity_days) <= cutoff]
    in_test, in_validation = (weeks * 7 // risk.sampling_days for weeks in (TEST_WEEKS, VALIDATION_WEEKS))
    test = mature[-in_test:]
    before = [t for t in mature if test and t + dt.timedelta(days=risk.label_maturity_days) <= test[0]]
    validation, train = before[-in_validation:], before[:-in_validation]
    if len(test) < in_test or len(validation) < in_validation or not train:
        return None
    return Split(cutoff, tuple(train), tuple(validation), tuple(test))
