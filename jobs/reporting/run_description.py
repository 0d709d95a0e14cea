"""The description of a training run in MLflow: is it better, by how much, on which rows, and may it go live."""

from collections.abc import Mapping

from jobs.evaluation.metric_text import COMPARED, HEADLINES, VS_CHAMPION, estimate_of, format_interval, format_value
from jobs.evaluation.run_changes import changes
from jobs.reporting.markdown_sections import format_table
from jobs.training.run_records import RunRecord


def run_name(run: RunRecord, version: str, promoted: bool) -> str:
    """Return the run's name for MLflow's lists: version, gain in average precision on the champion, promotion, day.

    A list shows about 17 signs of a name, so the gain comes early.
    """
    gain = run.metrics.get(f"average_precision{VS_CHAMPION}")
    size = "first" if gain is None else format_value("", gain, sign=True)
    return f"v{version} {size}, {'promoted' if promoted else 'not promoted'}, {run.tags.get('vigil.ds')}"


def describe(run: RunRecord, champion: RunRecord | None, versions: tuple[str, str | None], outcome: str) -> str:
    """Return the description, Markdown.

    Args:
        run: the run of the challenger, as `evaluate` logged it.
        champion: the run of the champion that it was compared with; None without one.
        versions: of the challenger, and of the champion or None.
        outcome: the verdict of promotion with its reason, a sentence.
    """
    version, champion_version = versions
    compared = champion is not None and f"average_precision{VS_CHAMPION}" in run.metrics
    lines = [f"**Version {version}: {outcome}**", "",
             _against_champion(run, str(champion_version)) if compared else _against_rule(run), "",
             f"Rows: {_number(run.metrics, 'rows')} test rows of {run.params.get('test_from')} to "
             f"{run.params.get('test_to')}, {_number(run.metrics, 'positives')} positive, the same for both. "
             f"Capacity: {run.params.get('capacity')} a day. Intervals: 95 %, paired cluster bootstrap.", ""]
    if champion is not None:
        lines += [f"**Changed since version {champion_version}**", "", *_changed(changes(run, champion))]
    return "\n".join(lines)


def _against_champion(run: RunRecord, version: str) -> str:
    rows = []
    for name in COMPARED:
        difference, value = estimate_of(run.metrics, f"{name}{VS_CHAMPION}"), run.metrics.get(name, float("nan"))
        rows.append([HEADLINES[name], format_value(name, value), format_value(name, value - difference.value),
                     format_interval(name, difference, sign=True)])
    return format_table(("", "this run", f"champion, version {version}", "difference"), rows)


def _against_rule(run: RunRecord) -> str:
    rule = estimate_of(run.metrics, "rule_average_precision")
    lift = estimate_of(run.metrics, "advantage_over_rule")
    rows = [[HEADLINES[name], format_interval(name, estimate_of(run.metrics, name)), "", ""] for name in COMPARED]
    rows[0][2:] = format_interval("", rule), format_interval("", lift, sign=True)
    direction, feature = run.params.get("rule_direction", ""), run.params.get("rule_feature", "")
    return format_table(("", "this run", f"best rule: {direction} `{feature}`", "difference"), rows)


def _changed(found: Mapping[str, list[str]]) -> list[str]:
    return [f"- {kind}: {'; '.join(said) or 'nothing'}" for kind, said in found.items()]


def _number(metrics: Mapping[str, float], name: str) -> str:
    return f"{metrics.get(name, float('nan')):,.0f}"
