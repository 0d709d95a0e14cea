"""The whole story of the marketplace, in the order in which it has to be told.

Attacks and lookalikes bend the market first; then people buy and complain; then some of the truth is
found out, and what was found out ends: a closed shop takes no more orders.
"""

import numpy as np
import pandas as pd

from jobs.simulate import (
    account_takeover,
    cases,
    lookalikes,
    merchant_fraud,
    orders,
    refund_abuse,
    registrations,
    verdicts,
    world,
)
from jobs.simulate.rhythm import DAY
from jobs.simulate.seeds import Streams, streams


def tell(size: world.Size, first_day: np.datetime64, days: int,
         seed: int) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """The events of every input table, not yet delivered, and the incidents behind them."""
    draws = streams(seed)
    market = world.build(size, first_day, days, draws["world"])
    incidents, odd, sprees = _plan(market, draws)
    bought = _orders(market, incidents, sprees, draws)
    opened = _cases(market, bought, incidents, draws)
    right = verdicts.decide(draws["verdicts"], market, incidents, opened)
    wrong = verdicts.mistakes(draws["verdicts"], market, odd, right)
    bought, opened = _without_closed(market, bought, opened, right)
    incidents = _as_they_went(incidents, right, bought)
    return {
        "users": registrations.of_users(draws["registrations"], market),
        "sellers": registrations.of_sellers(draws["registrations"], market),
        "orders": bought, "cases": opened, "verdicts": _decisions(right, wrong, incidents),
    }, incidents.rename(columns={"number": "who"})


def _plan(market: world.Market, draws: Streams) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Incidents, honest oddities (both with their risk), and the orders of honest sprees."""
    everyone = np.arange(market.size.users)
    fraud = merchant_fraud.plan(draws["merchant_fraud"], market)
    abuse = refund_abuse.plan(draws["refund_abuse"], market, everyone)
    free = np.setdiff1d(everyone, abuse["number"])
    taken = account_takeover.plan(draws["account_takeover"], market, free)
    honest_users = np.setdiff1d(free, taken["number"])
    honest_sellers = np.setdiff1d(np.arange(market.size.sellers), fraud["number"])
    rng = draws["lookalikes"]
    shops = [bend(rng, market, honest_sellers)
             for bend in (lookalikes.growing_sellers, lookalikes.bad_batches, lookalikes.lost_parcels)]
    returners = lookalikes.heavy_returners(rng, market, honest_users)
    spenders, sprees = lookalikes.sprees(rng, market, np.setdiff1d(honest_users, returners["number"]))
    odd = [pd.concat(shops).assign(risk=merchant_fraud.RISK), returners.assign(risk=refund_abuse.RISK),
           spenders.assign(risk=account_takeover.RISK)]
    incidents = pd.concat([fraud, taken, abuse], ignore_index=True)
    return incidents, pd.concat(odd, ignore_index=True), sprees


def _orders(market: world.Market, incidents: pd.DataFrame, sprees: pd.DataFrame,
            draws: Streams) -> pd.DataFrame:
    rng = draws["orders"]
    stolen = account_takeover.purchases(draws["account_takeover"], market, incidents)
    bought = pd.concat([orders.everyday(rng, market), sprees, stolen], ignore_index=True)
    bought = _numbered(bought.sort_values("time", kind="stable"))
    bought["incident"] = refund_abuse.mark(draws["refund_abuse"], market, bought, incidents)
    bought["incident"] = merchant_fraud.mark(draws["merchant_fraud"], market, bought, incidents)
    bought = refund_abuse.share_things(draws["refund_abuse"], market, bought, incidents)
    return orders.some_guests(rng, bought)


def _cases(market: world.Market, bought: pd.DataFrame, incidents: pd.DataFrame,
           draws: Streams) -> pd.DataFrame:
    opened = [cases.honest(draws["cases"], market, bought),
              merchant_fraud.complaints(draws["merchant_fraud"], bought, incidents),
              account_takeover.disputes(draws["account_takeover"], bought, incidents),
              account_takeover.cancellations(draws["account_takeover"], bought),
              refund_abuse.claims(draws["refund_abuse"], bought, incidents)]
    return _numbered(pd.concat(opened, ignore_index=True).sort_values(["time", "order"], kind="stable"))


def _numbered(events: pd.DataFrame) -> pd.DataFrame:
    events = events.reset_index(drop=True)
    return events.assign(number=np.arange(len(events)))


def _without_closed(market: world.Market, bought: pd.DataFrame, opened: pd.DataFrame,
                    right: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Orders and cases that still happen: what was confirmed ends with the day of the decision."""
    never = market.days * DAY
    closing = (right["time"] // DAY + 1) * DAY
    # A shop or an abuser is closed for good; a stolen account goes back to its owner, who shops on.
    shut = right["risk"] != account_takeover.RISK
    seller, user = np.full(market.size.sellers + 1, never), np.full(market.size.users + 1, never)
    for last, entity in ((seller, "seller"), (user, "user")):
        closed = shut & (right["entity"] == entity)
        last[right.loc[closed, "number"]] = closing[closed]
    stolen = bought["incident"].map(closing).fillna(never)
    kept = ((bought["time"] < seller[bought["seller"]]) & (bought["time"] < user[bought["user"]])
            & (bought["time"] < stolen)).to_numpy()
    still = kept[opened["order"]] & (opened["time"] < user[opened["user"]]).to_numpy()
    return bought[kept], opened[still]


def _as_they_went(incidents: pd.DataFrame, right: pd.DataFrame, bought: pd.DataFrame) -> pd.DataFrame:
    # Where nothing was taken in the end, nothing happened.
    end = right["end"].reindex(incidents.index).fillna(incidents["end"]).astype(np.int64)
    loss = bought.groupby("incident")["amount"].sum().reindex(incidents.index, fill_value=0)
    return incidents.assign(end=end, loss=loss)[loss > 0]


def _decisions(right: pd.DataFrame, wrong: pd.DataFrame, incidents: pd.DataFrame) -> pd.DataFrame:
    decided = pd.concat([right, wrong]).sort_values(["time", "entity", "number"], kind="stable")
    loss = incidents["loss"].reindex(decided["incident"].to_numpy()).fillna(-1).to_numpy()
    return _numbered(decided.assign(loss=loss).rename(columns={"number": "who"}))
