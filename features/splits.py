"""The days on which training rows are taken, and how they are split by time."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from features.risks import Risk

# Before this many days of history even the window of a week is not full.
WARM_UP_DAYS = 7
TEST_WEEKS = 2
VALIDATION_WEEKS = 2


@dataclass(frozen=True)
class Split:
    """As-of days of each part, in order, for a training that may know nothing after `cut`.

    Between the last day of training and the first of test lies the time in which the labels of
    training become known, so that training uses only what was known when the test begins.
    """

    cutoff: dt.date
    train: tuple[dt.date, ...]
    validation: tuple[dt.date, ...]
    test: tuple[dt.date, ...]

    def label_cutoff(self, part: str) -> dt.date:
        """Until when verdicts are read to label a part."""
        return self.cutoff if part == "test" else min(self.test)

    def parts(self) -> dict[str, tuple[dt.date, ...]]:
        return {"train": self.train, "validation": self.validation, "test": self.test}


def as_of_days(first: dt.date, cutoff: dt.date, every: int = 7) -> list[dt.date]:
    """As-of days between the first day of data and the cut, by default weekly.

    The days are the same whenever training runs: they hang on the calendar, not on the cut.
    """
    start = first + dt.timedelta(days=WARM_UP_DAYS)
    return [dt.date.fromordinal(n) for n in range(start.toordinal(), cutoff.toordinal() + 1) if n % every == 0]


def training_days(first: dt.date, cutoff: dt.date, risks: Iterable[Risk]) -> list[dt.date]:
    """The days that any risk's rows are taken on. The weeks in which labels settle are of no use to any."""
    splits = (split(first, cutoff, risk) for risk in risks)
    return sorted({day for found in splits if found for days in found.parts().values() for day in days})


def split(first: dt.date, cutoff: dt.date, risk: Risk) -> Split | None:
    """The split of one risk's rows; None while there is too little settled history."""
    settled = [t for t in as_of_days(first, cutoff,
                                     risk.sampling_days) if t + dt.timedelta(days=risk.label_maturity_days) <= cutoff]
    in_test, in_validation = (weeks * 7 // risk.sampling_days for weeks in (TEST_WEEKS, VALIDATION_WEEKS))
    test = settled[-in_test:]
    before = [t for t in settled if test and t + dt.timedelta(days=risk.label_maturity_days) <= test[0]]
    validation, train = before[-in_validation:], before[:-in_validation]
    if len(test) < in_test or len(validation) < in_validation or not train:
        return None
    return Split(cutoff, tuple(train), tuple(validation), tuple(test))
