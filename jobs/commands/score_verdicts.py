"""Score verdicts that somebody else, such as an agent, gave on dossiers of cases.

Reads the file of verdicts and the event tables of the lake. Writes nothing. Run again, it shows the same figures.
docs/after-sales.md explains the columns of the file and of the figures.
"""

import argparse
import datetime as dt
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from features.case.evidence import PARTIES
from features.case.evidence_definitions import EVIDENCE
from jobs import step
from jobs.after_sales.case_lake import last_case_day, open_lake
from jobs.after_sales.closed_case_evidence import UNDETERMINED
from jobs.after_sales.known_outcomes import KnownOutcome, dossier_evidence, known_outcomes
from jobs.after_sales.verdict_file import Verdict, read_verdicts, without_repeats
from jobs.after_sales.verdict_scores import agreement, citations, kept_under_swaps
from jobs.errors import UserError
from jobs.runtime import console
from jobs.runtime.terminal_text import aligned
from jobs.settings import load_settings
from jobs.statistics.shares import LEVEL, Interval
from jobs.storage.lake import Lake

Shown = Mapping[str, tuple[dt.date, frozenset[str]]]
ENDS = f"low ({LEVEL:.0%})", "high"


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Arguments of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--verdicts", type=Path, required=True, metavar="FILE", help="CSV, JSON lines or Parquet, a "
                        "row a verdict: case_id, responsible, and perhaps evidence, swapped, as_of")
    parser.add_argument("--ds", type=dt.date.fromisoformat, metavar="YYYY-MM-DD", help="outcomes known by this day "
                        "count; also the day of dossiers without as_of (default: the last day that arrived)")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    verdicts, has_evidence = read_verdicts(args.verdicts)
    if not verdicts:
        raise UserError(f"{args.verdicts}: there is no verdict; expected a row a verdict")
    lake = Lake(load_settings().lake)
    day = args.ds or last_case_day(lake)
    judged = without_repeats(verdicts)
    own = [verdict for verdict in judged if not verdict.swapped]
    with open_lake(lake, day) as cases:
        outcomes = known_outcomes(cases.db)
        shown = dossier_evidence(cases, {verdict.case_id: min(verdict.as_of or day, day) for verdict in own})
    swapped = sum(bool(verdict.swapped) for verdict in verdicts)
    parts = [f"{args.verdicts.name}: {len(verdicts):,} verdicts, {swapped:,} of them on swapped groups; outcomes known "
             f"by {day}", _left_out(own, outcomes, shown, len(verdicts) - len(judged)), "",
             *_agreement(own, outcomes, shown)]
    if has_evidence:
        parts += ["", _citations(own, shown)]
    if swapped:
        parts += ["", *_swaps(judged)]
    console.show("\n".join([*parts, "", "Intervals take cases as independent."]))


def reason_left_out(verdict: Verdict, outcomes: Mapping[str, KnownOutcome], shown: Shown) -> str | None:
    """Return why a verdict has no part in the agreement; None where it has."""
    known = outcomes.get(verdict.case_id)
    if known is None:
        return "no such case"
    if verdict.case_id not in shown:
        return "the case arrived after the day of the dossier"
    if verdict.responsible == UNDETERMINED:
        return "abstained"
    if known.first is None:
        return "no outcome so far"
    if shown[verdict.case_id][0] >= known.first:
        return "the outcome arrived before the case, and the dossier shows it"
    return "the outcome names no party" if known.responsible not in PARTIES else None


def _left_out(own: Sequence[Verdict], outcomes: Mapping[str, KnownOutcome], shown: Shown, repeated: int) -> str:
    reasons = Counter(filter(None, (reason_left_out(verdict, outcomes, shown) for verdict in own)))
    found = [f"{count:,} {reason}" for reason, count in sorted(reasons.items())]
    found += [f"{repeated:,} repeat a case and variant"] if repeated else []
    return f"Left out of the agreement: {'; '.join(found) or 'none'}."


def _agreement(own: Sequence[Verdict], outcomes: Mapping[str, KnownOutcome], shown: Shown) -> list[str]:
    """Return the agreement with the outcomes and second reviews, and by the party of the outcome."""
    scored = [verdict for verdict in own if reason_left_out(verdict, outcomes, shown) is None]
    said, desk, second = ([get(verdict) for verdict in scored] for get in (
        lambda verdict: verdict.responsible, lambda verdict: outcomes[verdict.case_id].responsible,
        lambda verdict: outcomes[verdict.case_id].second))
    reviewed = [place for place, party in enumerate(second) if party in PARTIES]
    pairs = {"verdict and last outcome": (said, desk), "verdict and second review": (said, second),
             "last outcome and second review": (desk, second)}
    rows = [("agreement of", "cases", "agree", *ENDS, "kappa", *ENDS)]
    for name, (one, two) in pairs.items():
        places = range(len(scored)) if two is desk else reviewed
        found = agreement([one[place] for place in places], [two[place] for place in places])
        rows.append((name, f"{found.cases:,}", *_percent(found.share), *_places(found.kappa)))
    return [aligned(rows, left=1), "", _by_party(said, desk)]


def _by_party(said: Sequence[str], desk: Sequence[str]) -> str:
    """Return how often each party of an outcome is found, and what verdicts say of its cases."""
    rows = [("of outcomes that say", "cases", "agree", *ENDS, *(f"says {party}" for party in PARTIES))]
    for party in PARTIES:
        mine = [one for one, outcome in zip(said, desk) if outcome == party]
        found = agreement(mine, [party] * len(mine))
        rows.append((party, f"{found.cases:,}", *_percent(found.share), *(f"{mine.count(each):,}" for each in PARTIES)))
    return aligned(rows, left=1)


def _citations(own: Sequence[Verdict], shown: Shown) -> str:
    known = [verdict for verdict in own if verdict.case_id in shown]
    found = citations([verdict.evidence for verdict in known], [shown[verdict.case_id][1] for verdict in known],
                      {each.name for each in EVIDENCE})
    if not found.cited:
        return "Cited evidence: none."
    share, low, high = _percent(found.there)
    return (f"Cited evidence: {found.cited:,} pieces in {len(known):,} verdicts.\n{share} ({low} to {high}) exist in "
            f"the dossier, {found.absent:,} pieces do not, {found.undefined:,} are no evidence that is defined.")


def _swaps(judged: Sequence[Verdict]) -> list[str]:
    found = kept_under_swaps(*zip(*((verdict.case_id, verdict.swapped, verdict.responsible) for verdict in judged)))
    rows = [("swapped groups", "cases", "verdict stays", *ENDS)]
    for variant, kept in found.items():
        rows.append((variant or "all variants", f"{kept.cases:,}", *_percent(kept.share)))
    alone = len({verdict.case_id for verdict in judged if verdict.swapped}) - found[""].cases
    return [aligned(rows, left=1), f"Left out: {alone:,} cases with a variant, and no verdict on the case as it is."]


def _percent(of: Interval) -> tuple[str, str, str]:
    return ("", "", "") if np.isnan(of.value) else (f"{of.value:.1%}", f"{of.low:.1%}", f"{of.high:.1%}")


def _places(of: Interval) -> tuple[str, str, str]:
    return ("", "", "") if np.isnan(of.value) else (f"{of.value:.3f}", f"{of.low:.3f}", f"{of.high:.3f}")


if __name__ == "__main__":
    sys.exit(step.run(main))
