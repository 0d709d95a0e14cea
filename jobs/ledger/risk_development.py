"""Developed losses of several risks from their verdicts: which pattern, which periods, and when there is no estimate.

A risk with fewer than MIN_PERIODS periods or MIN_VERDICTS verdicts takes the pattern of all risks together. Where
review capacity changed, the estimate is refused: of one risk by its own test, of all risks by the test of all reviewers
together. With several risks each kind takes half of SIGNIFICANCE, and single risks share theirs (Bonferroni).
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from jobs.errors import UserError
from jobs.ledger import chain_ladder, development, periods, review_capacity, triangles, verdict_pattern
from jobs.ledger.chain_ladder import Mack
from jobs.ledger.development import Development, Interval
from jobs.ledger.review_capacity import CapacityTest
from jobs.ledger.verdict_pattern import VerdictPattern

MIN_PERIODS = 8
MIN_VERDICTS = 30
MIN_AMOUNTS = 10  # a risk with fewer draws from the amounts of all risks
SIGNIFICANCE = 0.05
QUICK, NO_DOUBT = 99, 0.15  # simulated triangles of a first look, and the p-value above which it is enough
OWN, POOLED = "own", "pooled"


@dataclass(frozen=True)
class Verdicts:
    """The verdicts of one risk: day of the loss, day of the verdict (datetime64[D]), and amount; negative: reversed."""

    incurred: np.ndarray
    reported: np.ndarray
    amount: np.ndarray


@dataclass(frozen=True)
class RiskDevelopment:
    """Developed losses of one risk. A row is a period, or the part of a week that lies in one month.

    Attributes:
        begin, end: (rows,) first and last day of each row; back: (rows,) periods before the last one.
        reported: (rows,) losses booked so far; verdicts: (rows,) their number.
        pattern: `OWN` or `POOLED`; learned_from: number of verdicts behind the pattern.
        refused: why there is no estimate; empty where there is one.
        estimate: None where refused.
        mack: the chain ladder beside it, a row a whole period; None where refused.
        test: of the risk's own reviewers; None where the risk has too few verdicts.
    """

    begin: np.ndarray
    end: np.ndarray
    back: np.ndarray
    reported: np.ndarray
    verdicts: np.ndarray
    pattern: str
    learned_from: int
    refused: str
    estimate: Development | None
    mack: Mack | None
    test: CapacityTest | None

    def within(self, first: dt.date, last: dt.date) -> np.ndarray:
        """Return the mask of rows that lie in a range of days, such as a month."""
        return (self.begin >= np.datetime64(first)) & (self.end <= np.datetime64(last))

    def by_mack(self, of: np.ndarray, level: float = 0.8) -> Interval:
        """Return the unreported loss of some rows by the chain ladder, with Mack's lognormal interval.

        A part of a week has its share of the week's days.
        """
        days = (self.end - self.begin).astype(int) + 1.0
        in_period = np.bincount(self.back, days)
        weights = np.bincount(self.back[of], days[of], len(in_period)) / np.where(in_period > 0, in_period, 1.0)
        value, error = self.mack.total(weights[::-1])
        return Interval(value, *chain_ladder.lognormal(value, error, level))


@dataclass(frozen=True)
class _Run:
    """A risk's verdicts in periods, the oldest first."""

    incurred: np.ndarray
    delay: np.ndarray
    amount: np.ndarray
    day: np.ndarray
    number: int

    @property
    def counts(self) -> np.ndarray:
        return triangles.increments(self.incurred, self.delay, np.ones(len(self.incurred)), self.number)

    @property
    def amounts(self) -> np.ndarray:
        return triangles.increments(self.incurred, self.delay, self.amount, self.number)

    @property
    def is_enough(self) -> bool:
        return self.number >= MIN_PERIODS and len(self.incurred) >= MIN_VERDICTS


def develop_risks(verdicts: Mapping[str, Verdicts], as_of: dt.date, period: str = "week", tail: float = 1.0,
                  draws: int = development.DRAWS, significance: float = SIGNIFICANCE) -> dict[str, RiskDevelopment]:
    """Return the developed losses of each risk, as known on a day.

    Args:
        verdicts: by risk. Verdicts after the last complete period are left out.
        as_of: the day; months and years count to the last one that is over.
        period: `week`, `month` or `year`.
        tail: verdicts and losses in the end, divided by those within the oldest period's age; 1: nothing comes later.
        significance: of the tests of review capacity; 0 leaves them out.

    Raises:
        UserError: a verdict is older than its loss, or no risk has a verdict by that day.
    """
    last = periods.last_day(as_of, period)
    runs = {risk: run for risk, of in sorted(verdicts.items()) if (run := _run(risk, of, last, period)) is not None}
    if not runs:
        raise UserError(f"no verdict by {last}, the end of the last {period} as of {as_of}; expected at least one")
    everyone = list(runs.values())
    tests = _tests(runs, significance)
    together = _refusal(tests[None], significance / 2, last, period, everyone)
    each_bound = significance if len(runs) == 1 else significance / 2 / len(runs)
    pooled = verdict_pattern.learn([run.counts for run in everyone], tail)
    pooled_factors = chain_ladder.factors(_pooled_triangle(everyone), tail)
    result = {}
    for risk, run in runs.items():
        own = run.is_enough
        pattern = verdict_pattern.learn([run.counts], tail) if own else pooled
        alone = _refusal(tests[risk], each_bound, last, period, [run])
        refused = _nothing_to_learn(pattern, everyone, period) or alone or together
        result[risk] = _developed(run, everyone, pattern, None if own else pooled_factors, tail, refused,
                                  tests[risk], last, period, draws)
    return result


def _run(risk: str, of: Verdicts, last: dt.date, period: str) -> _Run | None:
    wrong = of.reported < of.incurred
    if wrong.any():
        raise UserError(f"{risk}: {wrong.sum()} of {len(wrong)} verdicts are older than their loss, such as "
                        f"{of.reported[wrong][0]} for {of.incurred[wrong][0]}; expected a verdict on the day of the "
                        "loss or later")
    known = of.reported <= np.datetime64(last)
    if not known.any():
        return None
    incurred, reported = (periods.numbered(days[known], last, period) for days in (of.incurred, of.reported))
    number = int(incurred.max()) + 1
    amount, day = of.amount[known].astype(float), of.incurred[known]
    order = np.lexsort((amount, reported, day))  # draws and float sums must not depend on the order of rows
    return _Run((number - 1 - incurred)[order], (incurred - reported)[order], amount[order], day[order], number)


def _tests(runs: Mapping[str, _Run], significance: float) -> dict[str | None, CapacityTest | None]:
    """Return the test of each risk with a pattern of its own, and by None that of all risks together."""
    if not significance:
        return dict.fromkeys([*runs, None])
    # A p-value must be able to fall below its share of the significance.
    simulated = max(review_capacity.SIMULATED, int(np.ceil(4 * len(runs) / significance)))
    is_one = len(runs) == 1
    alone = {risk: _test([run], simulated) if run.is_enough or is_one else None for risk, run in runs.items()}
    return {**alone, None: None if is_one else _test(list(runs.values()), simulated)}


def _test(runs: Sequence[_Run], simulated: int) -> CapacityTest | None:
    """Return the test with so many simulated triangles, or with few where these leave no doubt that nothing changed."""
    counts = [run.counts for run in runs]
    quick = review_capacity.capacity_test(counts, QUICK)
    if quick is None or quick.p > NO_DOUBT:
        return quick
    return review_capacity.capacity_test(counts, simulated)


def _refusal(test: CapacityTest | None, bound: float, last: dt.date, period: str, runs: Sequence[_Run]) -> str:
    if test is None or test.p > bound:
        return ""
    longest = max(run.number for run in runs)
    first, end = (periods.begins(longest - 1 - number, last, period) for number in (test.first, test.last + 1))
    many = test.last - test.first + 1
    of = "of all risks together " if len(runs) > 1 else ""
    return (f"review capacity changed: {test.found} verdicts {of}came in the {many} {period}{'s' if many > 1 else ''} "
            f"from {first} to {end - 1}, and the pattern of the others expects {test.expected:.0f} "
            f"(scan statistic {test.statistic:.1f}, p = {test.p:.3f}, bound {bound:.4f})")


def _nothing_to_learn(pattern: VerdictPattern, runs: Sequence[_Run], period: str) -> str:
    longest = max(run.number for run in runs)
    if longest > 1:
        return ""
    return (f"all {pattern.verdicts} verdicts are of one {period}, and no other {period} says how many are still to "
            "come; expected two or more")


def _pooled_triangle(runs: Sequence[_Run]) -> np.ndarray:
    longest = max(run.number for run in runs)
    cells = np.where(triangles.known_cells(longest), 0.0, np.nan)
    for run in runs:
        cells[longest - run.number:, :run.number] += run.amounts
    return triangles.cumulative(cells)


def _developed(run: _Run, everyone: Sequence[_Run], pattern: VerdictPattern, pooled: chain_ladder.Factors | None,
               tail: float, refused: str, test: CapacityTest | None, last: dt.date, period: str,
               draws: int) -> RiskDevelopment:
    begin, end, back = _rows(run.number, last, period)
    row = np.searchsorted(begin, run.day, side="right") - 1
    counts, reported = np.bincount(row, minlength=len(begin)), np.bincount(row, run.amount, len(begin))
    estimate = mack = None
    if not refused:
        whole = np.bincount(back, (end - begin).astype(int) + 1.0)[back]
        of = [run] if len(run.amount) >= MIN_AMOUNTS else everyone
        amounts, delay = (np.concatenate([getattr(each, name) for each in of]) for name in ("amount", "delay"))
        estimate = development.develop(counts, reported, back, pattern, amounts, delay,
                                       ((end - begin).astype(int) + 1) / whole, draws)
        mack = chain_ladder.mack(triangles.cumulative(run.amounts), pooled, tail)
    return RiskDevelopment(begin, end, back, reported, counts, OWN if pooled is None else POOLED, pattern.verdicts,
                           refused, estimate, mack, test)


def _rows(number: int, last: dt.date, period: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return first day, last day and periods before the last one of each row; weeks are cut where a month begins."""
    first = periods.begins(np.arange(number - 1, -1, -1), last, period)
    begin = first
    if period == "week":
        months = np.arange(first[0].astype("datetime64[M]") + 1, np.datetime64(last, "M") + 1).astype("datetime64[D]")
        begin = np.union1d(first, months)
    end = np.append(begin[1:] - 1, np.datetime64(last, "D"))
    return begin, end, periods.numbered(begin, last, period)
