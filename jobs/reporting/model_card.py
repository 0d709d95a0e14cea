"""Model cards: what a registered model and each of its versions are for, were trained on, and cannot do.

The headings follow Mitchell et al. 2019, "Model cards for model reporting" (arXiv:1810.03993).
"""

from collections.abc import Sequence

from jobs.evaluation.metric_text import HEADLINES, estimate_of, format_interval
from jobs.evaluation.slices import SliceMetrics, weakest
from jobs.reporting.markdown_sections import format_table
from jobs.training.models import Model
from jobs.training.run_records import RunRecord

OF_VERDICTS = ("Cases that nobody reported have no verdict, and count as negative. Verdicts are more frequent where "
               "somebody acted. An attack that begins after the training period is unknown to the model.")
OF_CASES = ("A case that was opened later than the horizon counts as negative. A case says that a buyer asked, and not "
            "whose fault it was.")


def version_card(model: Model, run: RunRecord, slices: Sequence[SliceMetrics], outcome: str) -> str:
    """Return the card of a version, Markdown.

    Args:
        slices: metrics of the test rows by slice.
        outcome: the verdict of promotion with its reason, a sentence.
    """
    risk, params, counts = model.declared_risk, run.params, run.metrics
    labels = "cases" if risk.is_after_sales else "verdicts"
    positives, found = counts.get("positives", 0.0), counts.get("recall_at_capacity", 0.0) * counts.get("positives", 0)
    return "\n".join([
        f"**{outcome}**", "",
        f"**Use.** Ranks {model.entity}s by the probability of {risk.name.replace('_', ' ')}: {risk.meaning}. People "
        f"review the first {risk.capacity} of a day. The score alone is no reason to stop anybody.", "",
        f"**Data.** Trained on {params.get('train_from')} to {params.get('train_to')} "
        f"({counts.get('train_rows', 0):,.0f} rows, {counts.get('train_positives', 0):,.0f} positive). Stopped and "
        f"calibrated on {params.get('validation_from')} to {params.get('validation_to')} "
        f"({counts.get('validation_rows', 0):,.0f} rows, {counts.get('validation_positives', 0):,.0f} positive). "
        f"Tested on {params.get('test_from')} to {params.get('test_to')} ({counts.get('rows', 0):,.0f} rows, "
        f"{positives:,.0f} positive). Labels: {labels} that had arrived by {run.tags.get('vigil.ds')}.", "",
        "**Results on the test rows**", "",
        format_table(("metric", "value with its 95 % interval"),
                     [[words, format_interval(name, estimate_of(counts, name))] for name, words in HEADLINES.items()]),
        "",
        f"**Calibration.** Platt scaling on the validation rows, slope {_rounded(params, 'calibration_slope')}, "
        f"intercept {_rounded(params, 'calibration_intercept')}. The picture `plots/calibration.png` is in the run.",
        "",
        f"**Known misses.** A review at capacity finds {found:.0f} of {positives:,.0f} confirmed cases of the test "
        f"weeks. Weakest slices: {_weak(slices)}.", "",
        f"**Limits.** {OF_CASES if risk.is_after_sales else OF_VERDICTS} A version scores only with the feature "
        "definitions that it was trained on."])


def model_text(model: Model, champion: str | None, ds: str) -> str:
    """Return the description of the registered model, Markdown: what it is, which version is live, how to use it.

    Args:
        champion: the champion's version; None without one.
        ds: the day of the last training.
    """
    live = f"version {champion} is the champion and scores every night." if champion else "no version is live."
    return "\n".join([
        f"**{model.entity}, {model.risk.replace('_', ' ')}:** {model.declared_risk.meaning}.", "",
        f"Since the training of {ds}, {live} The alias `champion` decides.", "",
        f"- Compare two versions: `make compare MODEL={model.name} VERSIONS=1,2`",
        f"- Calibrated probabilities: `mlflow.pyfunc.load_model('models:/{model.registered_name}@champion')` in a "
        "checkout of Vigil",
        f"- Serve it: `make serve MODEL={model.name}`", "",
        "The description of each version is its model card."])


def _weak(slices: Sequence[SliceMetrics]) -> str:
    found = [f"{part.dimension} {part.value} ({part.found} of {part.positives} found)" for part in weakest(slices)]
    return "; ".join(found) or "no slice has 5 positives"


def _rounded(params, name: str) -> str:
    return f"{float(params[name]):.3f}" if name in params else "unknown"
