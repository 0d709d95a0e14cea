"""Counts of audiences in one worker, against plain sets; what links and windows feed them is tested beside these."""

import datetime as dt
from collections import defaultdict

import pyarrow as pa
from hypothesis import example, given
from hypothesis import strategies as st

from features.frames import partition_udf
from features.frames.day_bitmap import DayRange
from features.graph.audience import FLAGS, KINDS, LINKED, MEMBER, count_members
from tests.support.builders import bits

FIRST = dt.date(2026, 9, 1)
AS_OFS = [FIRST + dt.timedelta(days=n) for n in (0, 59, 60, 75)]  # bits of two words
NAMES = ["buyer", "clicker"]

DAYS = st.sets(st.sampled_from(AS_OFS))
PERSON = st.sampled_from([-7, 1, 2, 2**62])  # numbers of their names
MEMBERS = st.dictionaries(st.tuples(st.sampled_from(["s1", "s2"]), st.sampled_from(NAMES), PERSON), DAYS, min_size=1)
FACTS = st.dictionaries(st.one_of(st.tuples(PERSON, st.just(LINKED), st.integers(-2, 2)),
                                  st.tuples(PERSON, st.sampled_from(FLAGS), st.just(0))), DAYS)


# Two people who share two values: each counts once.
@example({("s1", "buyer", who): set(AS_OFS) for who in (1, 2)},
         {(who, LINKED, value): set(AS_OFS) for who in (1, 2) for value in (0, 1)})
@given(MEMBERS, FACTS)
def test_audience_counts_equal_counts_of_python_sets(members, facts):
    rows = [(*member, MEMBER, 0, days) for member, days in members.items()]
    rows += [(owner, audience, who, kind, value, days & facts[who, kind, value])
             for (owner, audience, who), days in members.items() for one, kind, value in facts if one == who]
    found = count_members(table(rows), NAMES, AS_OFS).to_pylist()
    assert sorted(found, key=str) == sorted(by_sets(members, facts), key=str)


def table(rows):
    span = DayRange.covering(AS_OFS)
    columns = list(zip(*[(owner, NAMES.index(audience), who, KINDS.index(kind), value, *bits(span, days))
                         for owner, audience, who, kind, value, days in rows]))
    return pa.table(dict(zip(("owner", "audience", "member", "kind", "value", *span.words), map(pa.array, columns))))


def by_sets(members, facts):
    for as_of in AS_OFS:
        inside = defaultdict(set)
        for (owner, audience, who), days in members.items():
            if as_of in days:
                inside[owner, audience].add(who)
        for owner in {owner for owner, _ in inside}:
            row = {"as_of": as_of, "owner": owner}
            for audience in NAMES:
                row |= {f"{audience}_{kind}": n for kind, n in zip(KINDS, told(inside[owner, audience], facts, as_of))}
            yield row


def told(people, facts, as_of):
    known = {fact for fact, days in facts.items() if as_of in days and fact[0] in people}
    values = defaultdict(set)
    for who, kind, value in known:
        values[kind, value].add(who)
    sharing = {who for (kind, _), all_of_them in values.items() if kind == LINKED and len(all_of_them) > 1
               for who in all_of_them}
    return len(people), len(sharing), *[len(values[flag, 0]) for flag in FLAGS]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("abc")), min_size=1))
def test_a_code_stands_for_one_combination_and_for_no_other(rows):
    one, other = (pa.chunked_array([part]) for part in zip(*rows))
    codes = partition_udf.dictionary_codes(one, other).tolist()
    assert len(set(zip(rows, codes))) == len(set(rows)) == len(set(codes))
