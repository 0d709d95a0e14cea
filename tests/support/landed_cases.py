"""A lake of cases that their conversations explain, for the steps of after-sales cases."""

import random
from pathlib import Path

from features.case.definitions import PARTIES
from tests.support.arrow_lake import land
from tests.support.builders import at
from tests.support.case_tables import case, day, order, outcome
from tests.support.closed_rows import WORDS


def landed_cases(root: Path, count: int = 640, *, reviewed: bool = True, without: tuple[str, ...] = (),
                 seed: int = 5) -> None:
    """Land closed cases of 40 sellers that arrived within the last 40 days, and 30 open ones.

    A third of the cases show a near copy of one of 60 photos.

    Args:
        without: tables that are not there.
    """
    draw = random.Random(seed)
    photos = random.Random(seed + 1)
    shown = [photos.getrandbits(64) for _ in range(60)]
    tables = {"orders": [], "cases": [], "case_outcomes": [], "messages": []}
    for number in range(count + 30):
        name, arrived = f"k{number:04}", draw.randint(-40, -10) if number < count else draw.randint(-3, 0)
        party, seller = draw.choice([0, 0, 1, 1, 2, 3]), f"s{draw.randrange(40)}"
        tables["orders"].append(order(f"o{number}", arrived - 5, seller_id=seller, user_id=f"u{number % 200}"))
        tables["cases"].append(case(name, arrived, order_id=f"o{number}", seller_id=seller, user_id=f"u{number % 200}",
                                    text="please help", image_hash=f"{draw.getrandbits(64):016x}"))
        if number % 3 == 0:
            tables["cases"][-1]["image_hash"] = f"{photos.choice(shown) ^ (1 << photos.randrange(64)):016x}"
        tables["messages"].append({"message_id": f"m{number}", "case_id": name, "role": draw.choice(["buyer", "agent"]),
                                   "sent_at": at(day(arrived), 13), "text": WORDS[party], "ds": day(arrived)})
        if number < count:
            tables["case_outcomes"].append(outcome(
                name, arrived + draw.randint(3, 9), PARTIES[party], paid_cents=0 if party == 0 else 1_000,
                second_responsible=PARTIES[party] if reviewed else None))
    for name, rows in tables.items():
        if name not in without:
            land(root, name, rows)
