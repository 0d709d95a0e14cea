"""Runner of expectation suites over frames, with Great Expectations."""

import datetime as dt
import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from great_expectations.expectations import Expectation
    from pyspark.sql import DataFrame

# Without this setting, Great Expectations sends usage statistics.
os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")

DAYS_NAMED = 3


@dataclass(frozen=True)
class ExpectationResult:
    """The result of one expectation. `observed` has counts or the observed value of a failed expectation."""

    table: str
    expectation: str
    about: str
    severity: str
    success: bool
    expected: str
    observed: str

    def sentence(self) -> str:
        """Return the failed expectation as a sentence."""
        return f"{self.about}: expected {self.expected}, found {self.observed} ({self.severity})"

    def as_dict(self) -> dict:
        return asdict(self)


def audit(df: "DataFrame | pd.DataFrame", table: str, suite: Sequence["Expectation"]) -> list[ExpectationResult]:
    """Validate every row of a frame.

    Args:
        df: the written rows, not yet committed.
        table: its name, for the results.
        suite: expectations with their severities.
    """
    results = _run(df, table, suite, "BOOLEAN_ONLY")
    failed = [expectation for expectation, result in zip(suite, results) if not result.success]
    if not failed:
        return results
    # The observed value costs a query an expectation, so only failed expectations run again for it.
    return [r for r in results if r.success] + _run(df, table, failed, "SUMMARY")


def audit_days(by_day: Mapping[dt.date, Mapping[str, float | None]], table: str,
               suite: Sequence["Expectation"]) -> list[ExpectationResult]:
    """Validate statistics of each day by name. A statistic that is None fails no expectation.

    Returns:
        One result an expectation. `observed` of a failed expectation has values and days of the first failures.
    """
    rows = pd.DataFrame(list(by_day.values()), dtype=float)
    results = _run(rows, table, suite, "BOOLEAN_ONLY")
    return [result if result.success else replace(result, observed=_failures(by_day, expectation))
            for expectation, result in zip(suite, results)]


def _failures(by_day: Mapping[dt.date, Mapping[str, float | None]], expectation: "Expectation") -> str:
    least, most = (-math.inf if expectation.min_value is None else expectation.min_value,
                   math.inf if expectation.max_value is None else expectation.max_value)
    values = [(day, day_statistics[expectation.column]) for day, day_statistics in sorted(by_day.items())]
    outside = [f"{value:.3g} on {day}" for day, value in values if value is not None and not least <= value <= most]
    more = f" and on {len(outside) - DAYS_NAMED} more days" if len(outside) > DAYS_NAMED else ""
    return ", ".join(outside[:DAYS_NAMED]) + more


def _run(df: "DataFrame | pd.DataFrame", table: str, suite: Sequence["Expectation"],
         result_format: str) -> list[ExpectationResult]:
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = (context.data_sources.add_pandas("pandas") if isinstance(df, pd.DataFrame)
              else context.data_sources.add_spark("spark", persist=False))
    batch = source.add_dataframe_asset(table).add_batch_definition_whole_dataframe("all")
    expectations = context.suites.add(gx.ExpectationSuite(
        name=table, expectations=[expectation.model_copy() if hasattr(expectation, "model_copy")
                                  else expectation.copy() for expectation in suite]))
    definition = context.validation_definitions.add(
        gx.ValidationDefinition(name=table, data=batch, suite=expectations))
    outcome = definition.run(batch_parameters={"dataframe": df}, result_format=result_format)
    by_expectation = {_identity(result.expectation_config): result for result in outcome.results}
    return [_result(table, by_expectation[_identity(e.configuration)]) for e in suite]


def _identity(config) -> tuple:
    """Return type and parameters of an expectation, by which its result is found: results have another order."""
    kwargs = {k: v for k, v in config.kwargs.items() if k != "batch_id"}
    return config.type, json.dumps(kwargs, sort_keys=True, default=str)


def _result(table: str, outcome) -> ExpectationResult:
    config = outcome.expectation_config
    settings = {k: v for k, v in config.kwargs.items() if k not in ("batch_id", "column", "column_list")}
    about = config.kwargs.get("column") or "+".join(config.kwargs.get("column_list", [])) or "the table"
    severity = getattr(config.severity, "value", config.severity)
    return ExpectationResult(table, config.type, about, str(severity), bool(outcome.success),
                             _expected(config.type, settings), _observed(outcome))


def _expected(kind: str, settings: dict) -> str:
    if kind == "expect_column_values_to_be_between":
        bounds = (("above" if settings.get("strict_min") else "at least", settings.get("min_value")),
                  ("at most", settings.get("max_value")))
        return " and ".join(f"{comparison} {bound}" for comparison, bound in bounds if bound is not None)
    bounds = ", ".join(f"{k.replace('_', ' ')} {v}" for k, v in settings.items() if v is not None)
    return kind.removeprefix("expect_").replace("_", " ") + (f" ({bounds})" if bounds else "")


def _observed(outcome) -> str:
    """Return the counts of a failed expectation. Row values could identify a person and are left out."""
    if outcome.exception_info and outcome.exception_info.get("raised_exception"):
        return str(outcome.exception_info.get("exception_message"))[:300]
    result = outcome.result or {}
    if "unexpected_count" in result:
        return f"{result['unexpected_count']} of {result.get('element_count', '?')} rows break it"
    return str(result.get("observed_value", "nothing"))[:300]
