"""Verdicts on honest entities, in marketplaces of any seed."""

from jobs.simulate.__main__ import checked, parser, prepare


def test_a_marketplace_without_an_unusual_week_of_a_kind_is_planned():
    # In this one no shop looks like a brushing one in the first two thirds of the days.
    arguments = ["--home", "unused", "--until", "2026-11-20", "--size", "small", "--days", "70", "--seed", "208"]
    assert prepare(checked(parser("simulate", ""), arguments)).desk.agenda.planned
