"""Conversations: who says what, and that a sign is said exactly where a case shows it."""

import numpy as np

from jobs.simulate.after_sales import conversations
from jobs.simulate.after_sales.signs import OF_MESSAGES
from jobs.simulate.rows import count
from jobs.simulate.texts import TALK, spelled


def cases(size, **shown):
    rows = {"number": np.arange(size), "order": np.arange(size), "kind": np.zeros(size, int),
            "time": np.zeros(size, np.int64), "lot": np.zeros(size), "incident": np.full(size, -1),
            "user": np.zeros(size, int), "talks": np.ones(size, bool)}
    return rows | {name: np.zeros(size, bool) for name in OF_MESSAGES} | shown


def said(rows):
    """The texts of each case, by case."""
    texts = {}
    for case, text in zip(rows["case"].tolist(), spelled(rows["text"]).to_pylist()):
        texts.setdefault(case, []).append(text)
    return texts


def has(texts, pool):
    return any(text.startswith(one) for text in texts for one in TALK[pool])


def test_every_sign_of_messages_is_said_exactly_where_it_is_shown():
    shown = {name: np.arange(400) % 7 == nth for nth, name in enumerate(OF_MESSAGES)}
    texts = said(conversations.of_cases(7, cases(400, **shown)))
    for name, mask in shown.items():
        assert [has(texts[case], name) for case in range(400)] == mask.tolist(), name


def test_a_case_without_a_conversation_has_no_message():
    assert count(conversations.of_cases(7, cases(50, talks=np.zeros(50, bool)))) == 0


def test_messages_follow_each_other_within_three_days():
    rows = conversations.of_cases(7, cases(400))
    assert (rows["time"] > 0).all() and (rows["time"] < 3 * 86_400).all()
    assert (rows["arrives"] == rows["time"] // 86_400).all()
    first = {case: rows["role"][rows["case"] == case][np.argmin(rows["time"][rows["case"] == case])]
             for case in range(400)}
    assert set(first.values()) == {conversations.BUYER}


def test_an_admission_replaces_the_usual_answer_and_other_cases_keep_theirs():
    admits = np.arange(400) % 2 == 0
    texts = said(conversations.of_cases(7, cases(400, seller_admits=admits)))
    usual = np.array([has(texts[case], "talk_seller") for case in range(400)])
    assert not usual[admits].any() and 0.6 < usual[~admits].mean() < 0.8
