"""The expectation suites. The comment above an expectation gives its reason.

A suite is a list of Great Expectations expectations. A failed expectation of severity `critical` stops the commit. A
failed `warning` is stored and logged.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from features.inputs.contract import Table
from features.language.feature import Attribute, Audience, Component, Feature, SharedIdentifier
from features.language.feature_set import FeatureSet
from features.risks import Risk
from jobs.storage import catalog
from jobs.storage.catalog import OutputColumn, OutputTable

if TYPE_CHECKING:
    from great_expectations.expectations import Expectation

# The smallest and the largest value of a unit of the catalog.
# A forced action may be worth less than nothing, and what is taken back in the books is below 0.
SIGNED = ("value_cents", "amount_cents", "gross_cents")
BOUNDS = {"cents": (0, None), "probability": (0, 1), "share": (0, 1), "minutes": (0, None)}


def _unique_key(table: OutputTable) -> "Expectation":
    """Return the expectation that no two rows have the key of the catalog."""
    import great_expectations.expectations as gxe

    return gxe.ExpectCompoundColumnsToBeUnique(column_list=list(table.key), severity="critical")


def _in_bounds(column: OutputColumn) -> "Expectation":
    """Return the expectation that each value lies in the bounds of its unit."""
    import great_expectations.expectations as gxe

    least, most = BOUNDS[column.unit]
    return gxe.ExpectColumnValuesToBeBetween(column=column.name, min_value=least, max_value=most, severity="critical")


def events(table: Table) -> list["Expectation"]:
    """Return the expectations of every row of an event table, which follow from its contract and the catalog."""
    import great_expectations.expectations as gxe

    # Ingest has quarantined every row that breaks the contract: a failure here is a fault of Vigil.
    suite = [_unique_key(catalog.events(table.name))]
    suite += [gxe.ExpectColumnValuesToNotBeNull(column=c.name, severity="critical")
              for c in table.columns if c.required]
    suite += [gxe.ExpectColumnValuesToBeInSet(column=c.name, value_set=list(c.values), severity="critical")
              for c in table.columns if c.values]
    suite += [gxe.ExpectColumnValuesToBeBetween(column=rule.column, min_value=rule.bounds[0],
                                                max_value=rule.bounds[1], strict_min=rule.is_above,
                                                severity="critical")
              for rule in table.rules if rule.bounds]
    return suite


def day_statistics(table: Table, columns: Sequence[str]) -> list["Expectation"]:
    """Return the expectations of each day of a table, over the statistics of `jobs.quality.day_statistics`."""
    import great_expectations.expectations as gxe

    severity = "warning" if table.optional else "critical"
    bounds = {
        # A third of the usual rows is a broken feed or a holiday. A flash sale rarely has ten times the usual rows.
        "row_count_ratio": {"min_value": 0.33, "max_value": 10.0, "severity": "warning"},
        # No holiday of the last four weeks was so small.
        "row_count_to_smallest": {"min_value": 0.33, "severity": severity},
        # Yesterday's file landed again under today's date has no event of today.
        "newest_event_age_days": {"max_value": 0, "severity": severity},
        # One bad row in twenty is a changed format, not bad luck.
        "quarantined_share": {"max_value": 0.05, "severity": severity},
        # A column is no key if one in twenty of its values stands for two different rows.
        "conflicting_share": {"max_value": 0.05, "severity": severity},
        # If verdicts stop or arrive in a flood, a model learns another question.
        "verdict_count_ratio": {"min_value": 0.2, "max_value": 5.0, "severity": "warning"},
    }
    suite = []
    for column in columns:
        # A column that suddenly has nulls was renamed, or its source is down.
        bound = bounds.get(column, {"max_value": 0.2, "severity": "warning"})
        suite.append(gxe.ExpectColumnValuesToBeBetween(column=column, **bound))
    return suite


def features(feature_set: FeatureSet) -> list["Expectation"]:
    """Return the expectations of every row of features."""
    import great_expectations.expectations as gxe

    suite = [
        # One row per entity and day: two rows would count one seller twice.
        _unique_key(catalog.features(feature_set.entity)),
        gxe.ExpectColumnValuesToNotBeNull(column=feature_set.id, severity="critical"),
        # A day without entities is a fault, not a quiet day.
        gxe.ExpectTableRowCountToBeBetween(min_value=1, severity="critical"),
    ]
    # Counts, money and ages have no values below zero.
    suite += [gxe.ExpectColumnValuesToBeBetween(column=column, min_value=0, severity="critical")
              for d in feature_set.of_type(Feature) if d.aggregation in ("count", "sum", "distinct")
              for column in d.columns]
    # An account has zero or more sharers, and its component has at least the account itself.
    suite += [gxe.ExpectColumnValuesToBeBetween(column=d.columns[0], min_value=least, severity="critical")
              for kind, least in ((SharedIdentifier, 0), (Component, 1)) for d in feature_set.of_type(kind)]
    # A share of users lies between 0 and 1.
    suite += [gxe.ExpectColumnValuesToBeBetween(column=column, min_value=0, max_value=1, severity="critical")
              for d in feature_set.of_type(Audience) for column in d.columns if column.endswith("_share")]
    # A negative age is an account that registered after the day: data of the future.
    suite += [gxe.ExpectColumnValuesToBeBetween(column=d.name, min_value=0, severity="critical")
              for d in feature_set.of_type(Attribute)]
    return suite


def scores(feature_set: FeatureSet, risks: tuple[Risk, ...], scored: set[str]) -> list["Expectation"]:
    """Return the expectations of every row of scores. `scored` has the names of the risks with a champion."""
    import great_expectations.expectations as gxe

    table = catalog.scores(feature_set.entity)
    suite = [_unique_key(table), gxe.ExpectTableRowCountToBeBetween(min_value=1, severity="critical")]
    for risk in risks:
        column = f"{risk.name}_score"
        suite.append(_in_bounds(table.column(column)))
        if risk.name in scored:
            # A champion scores every entity.
            suite.append(gxe.ExpectColumnValuesToNotBeNull(column=column, severity="critical"))
            # A mean above one in four is a broken model, not a night of many incidents.
            suite.append(gxe.ExpectColumnMeanToBeBetween(column=column, max_value=0.25, severity="warning"))
    return suite


def labels(feature_set: FeatureSet) -> list["Expectation"]:
    """Return the expectations of labels: one row an entity, day and risk. Step `train` checks for both classes."""
    import great_expectations.expectations as gxe

    table = catalog.labels(feature_set.entity)
    return [
        # Two labels for one row would be a contradiction.
        _unique_key(table),
        gxe.ExpectColumnValuesToBeInSet(column="label", value_set=[0, 1], severity="critical"),
        _in_bounds(table.column("loss_cents")),
    ]


def risk_daily(feature_set: FeatureSet) -> list["Expectation"]:
    """Return the expectations of every row of a risk table."""
    import great_expectations.expectations as gxe

    table = catalog.risk_daily(feature_set.entity)
    levels = table.column("risk_level").values
    return [
        _unique_key(table),
        gxe.ExpectTableRowCountToBeBetween(min_value=1, severity="critical"),
        gxe.ExpectColumnValuesToBeInSet(column="risk_level", value_set=list(levels), severity="critical"),
        _in_bounds(table.column("risk_score")),
        gxe.ExpectColumnValuesToNotBeNull(column="action", severity="critical"),
    ]


def declared(table: OutputTable) -> list["Expectation"]:
    """Return the expectations of an output table of few rows, which follow from the catalog.

    A day may have no rows: a marketplace without champions has none above low.
    """
    import great_expectations.expectations as gxe

    # A row twice would take its minutes twice, or act twice.
    suite = [_unique_key(table)]
    suite += [gxe.ExpectColumnValuesToNotBeNull(column=c.name, severity="critical")
              for c in table.columns if not c.null]
    suite += [gxe.ExpectColumnValuesToBeInSet(column=c.name, value_set=list(c.values), severity="critical")
              for c in table.columns if c.values]
    suite += [_in_bounds(c) for c in table.columns if c.unit in BOUNDS and c.name not in SIGNED]
    return suite
