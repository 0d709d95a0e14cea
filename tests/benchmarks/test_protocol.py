"""The Handbook's split has the counts that it published, and its card precision is what its words say."""

import datetime as dt

import duckdb
import numpy as np
import pytest

from benchmarks.handbook.protocol import Split, card_precision

PUBLISHED = Split(dt.date(2018, 7, 25))


def test_the_published_split_has_its_counts(real_data):
    day, customer, fraud = duckdb.sql(
        f"SELECT ds, CUSTOMER_ID, TX_FRAUD FROM read_parquet('{real_data}/handbook/*/*.parquet', "
        "hive_partitioning = true) WHERE ds >= DATE '2018-07-25'").fetchnumpy().values()
    day = day.astype("datetime64[D]")
    train, test = PUBLISHED.train(day), PUBLISHED.test(day, customer, fraud)
    assert (train.sum(), fraud[train].sum(), test.sum(), fraud[test].sum()) == (67_240, 598, 58_264, 385)
    assert day[test].max() == np.datetime64(PUBLISHED.test_last) == np.datetime64("2018-08-14")


def rows(*told):
    """(day, customer, score, fraud) as columns."""
    day, *rest = zip(*told)
    return np.array(day, "datetime64[D]"), *(np.array(column) for column in rest)


@pytest.mark.parametrize(("told", "expected"), [
    # A card has its best score, and is defrauded when any payment of the day is.
    ([("2018-08-08", 1, 0.9, 0), ("2018-08-08", 1, 0.1, 1), ("2018-08-08", 2, 0.8, 0), ("2018-08-08", 3, 0.7, 1)], 0.5),
    # Found on the first day, a card leaves its place to the next on the second.
    ([("2018-08-08", 1, 0.9, 1), ("2018-08-08", 2, 0.8, 0),
      ("2018-08-09", 1, 0.9, 1), ("2018-08-09", 3, 0.8, 1), ("2018-08-09", 4, 0.7, 1)], 0.75),
    # Looked at in vain, it is looked at again.
    ([("2018-08-08", 1, 0.9, 0), ("2018-08-08", 2, 0.8, 0), ("2018-08-09", 1, 0.9, 1), ("2018-08-09", 2, 0.8, 1)], 0.5),
    # Places nobody fills count.
    ([("2018-08-08", 1, 0.9, 1)], 0.5),
])
def test_card_precision_with_two_cards_a_day(told, expected):
    assert card_precision(*rows(*told), cards=2) == expected
