"""The page of a back-test: what a policy would have changed, for the person who decides whether to ship it."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from jobs.decisions.caught_loss import LEAST_EFFECTIVE
from jobs.decisions.policy_documents import PARTIES
from jobs.decisions.strategy_comparison import AGAINST, ALL, NEW, POLICY, RELEASED, SIDES
from jobs.decisions.strategy_results import KEPT, Comparison

WIDTH = 100  # characters of a line
LABEL = 36  # of a line's name
NUMBER = 16
MOST_SEGMENTS = 12  # of each column
READING = (
    f"'{POLICY}' and '{AGAINST}' are all decisions that act. '{NEW}' are those of the policy alone, '{RELEASED}' those "
    "of the other one alone.",
    "Loss caught has bounds, because nobody knows what rows without a verdict are, and an action may have ended the "
    f"loss. Random reviews give an estimate, if their effective sample size is {LEAST_EFFECTIVE} or more.",
    'All figures, by segment too: make sql Q="from strategy_backtest"')


def page(comparisons: Sequence[Comparison]) -> str:
    """Return the page of back-tests of one policy, one part for each kind of scores. No line is longer than WIDTH.

    Where today's champions have made the scores that were kept, as after a backfill, there is one part.
    """
    first, *others = comparisons
    parts = [_part(first)] + [f"{_title(other)}: the same figures" if _figures(other) == _figures(first)
                              else _part(other) for other in others]
    return "\n\n".join([_head(first), *parts, "\n".join(map(_filled, READING))]) + "\n"


def _head(comparison: Comparison) -> str:
    policy, days = comparison.policy, comparison.days
    return "\n".join(map(_filled, (
        f"{policy.name} ({policy.version}) against {comparison.against_name} ({comparison.against_version})",
        f"{policy.entity}: {', '.join(policy.risks)}; queue {policy.queue}",
        f"{len(days)} {'day' if len(days) == 1 else 'days'} with scores, {days[0]} to {days[-1]}; verdicts as of "
        f"{comparison.as_of}", "All money is estimated, in minor units.")))


def _figures(comparison: Comparison) -> tuple:
    return comparison.rows, comparison.days_over_capacity


def _title(comparison: Comparison) -> str:
    return "With scores as kept on each day" if comparison.scores == KEPT else "With scores of today's champions"


def _part(comparison: Comparison) -> str:
    by_side = {row["side"]: row for row in comparison.rows if row["segment_by"] == ALL}
    days = len(comparison.days)
    lines = [_title(comparison), _line("", SIDES)]
    for label, value in (
        ("decisions that act", lambda row: f"{row['rows']:,}"),
        ("  different entities", lambda row: f"{row['entities']:,}"),
        ("  guilty by a verdict", lambda row: f"{row['guilty_rows']:,}"),
        ("  cleared", lambda row: f"{row['innocent_rows']:,}"),
        ("  without a verdict", lambda row: f"{row['unknown_rows']:,}"),
        ("  verdict may still come", lambda row: f"{row['unsettled_rows']:,}"),
        ("  honest, if scores are right", lambda row: f"{row['honest_expected']:,.1f}"),
        ("loss caught, unknown are honest", lambda row: _money(row["caught_lower_cents"])),
        ("loss caught, unknown are guilty", lambda row: _money(row["caught_upper_cents"])),
        ("  interval of 95 % of both, from", lambda row: _money(row["caught_lo_cents"])),
        ("  interval of 95 % of both, to", lambda row: _money(row["caught_hi_cents"])),
        ("loss caught, if scores are right", lambda row: _money(row["caught_expected_cents"])),
        ("loss caught, by random reviews", _sampled),
        ("  effective sample size", lambda row: f"{row['effective_samples']:,.0f}"),
        *((f"honest money disturbed, {party}", lambda row, party=party: _money(row[f"friction_{party}_cents"]))
          for party in PARTIES),
        ("reviewer minutes a day", lambda row: f"{row['minutes'] / days:,.1f}"),
    ):
        lines.append(_line(label, [value(by_side[side]) for side in SIDES]))
    over = comparison.days_over_capacity
    lines.append(_line("days over capacity", [over[POLICY], over[AGAINST], "", ""]))
    return "\n".join(lines + _segments(comparison.rows))


def _segments(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return, for each column of segments, the decisions that each side makes in it, most changed segments first."""
    lines: list[str] = []
    columns = dict.fromkeys(row["segment_by"] for row in rows if row["segment_by"] != ALL)
    for by in columns:
        counts: dict[str, dict[str, int]] = {}
        for row in rows:
            if row["segment_by"] == by:
                counts.setdefault(row["segment"], {})[row["side"]] = row["rows"]
        changed = sorted(counts.items(), key=lambda item: (
            -item[1].get(NEW, 0) - item[1].get(RELEASED, 0), -item[1].get(POLICY, 0), item[0]))
        lines += ["", _line(f"decisions that act, by {by}", SIDES)]
        lines += [_line(f"  {segment}", [f"{of_side.get(side, 0):,}" for side in SIDES])
                  for segment, of_side in changed[:MOST_SEGMENTS]]
        if more := len(changed) - MOST_SEGMENTS:
            lines += [f"  and {more} more in strategy_backtest"] * (more > 0)
    return lines


def _sampled(row: Mapping[str, Any]) -> str:
    value = row["caught_sampled_cents"]
    return "none" if value is None or value != value else _money(value)


def _filled(text: str) -> str:
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def _line(label: str, values: Sequence[Any]) -> str:
    label = label if len(label) < LABEL else f"{label[:LABEL - 4]}..."
    return f"{label:<{LABEL}}{''.join(f'{value!s:>{NUMBER}}' for value in values)}".rstrip()


def _money(cents: float) -> str:
    return f"{cents:,.0f}"
