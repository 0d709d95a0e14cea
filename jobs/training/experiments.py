"""MLflow experiments: one per model and one per study, each with a description and a place for its artifacts."""

from jobs.settings import Settings
from jobs.training.models import Model

DESCRIPTION = "mlflow.note.content"  # the tag that MLflow shows as the description of an experiment or a run
BASE_RATE = "**Base rate:**"  # what follows changes with each training
# Without this tag some versions of MLflow's UI open an experiment as a workspace for language models.
KIND = {"mlflow.experimentKind": "custom_model_development"}


def find_or_create(client, settings: Settings, name: str, description: str) -> str:
    """Return the id of an experiment, after setting its kind and its description.

    A description that somebody has edited in MLflow stays: it is replaced only where it begins as ours does.

    Args:
        client: MLflow's client, as `registry.connect` returns it.
    """
    experiment = client.get_experiment_by_name(name)
    if experiment is None:
        return client.create_experiment(name, artifact_location=_artifacts(settings, name),
                                        tags={**KIND, DESCRIPTION: description})
    ours = experiment.tags.get(DESCRIPTION, "").split(BASE_RATE)[0] in ("", description.split(BASE_RATE)[0])
    for key, value in {**({DESCRIPTION: description} if ours else {}), **KIND}.items():
        if experiment.tags.get(key) != value:
            client.set_experiment_tag(experiment.experiment_id, key, value)
    return experiment.experiment_id


def describe(model: Model, rows: int, positives: int) -> str:
    """Return the description of a model's experiment, Markdown: what positive means, and how the model is used.

    Args:
        rows: training rows, and the positive ones among them, for the base rate.
    """
    risk = model.declared_risk
    if risk.is_after_sales:
        row, positive = ("one order", f"a case of kind {risk.case_kind} about it is opened by {risk.horizon_days} days "
                                      "after the day it arrived")
    elif risk.horizon_days:
        row, positive = (f"one {model.entity} on one day (`as_of`)",
                         f"a confirmed incident touches the {risk.horizon_days} days after `as_of`")
    else:
        row, positive = "one order", "the order is confirmed"
    return "\n".join([
        f"**{model.entity}, {risk.name.replace('_', ' ')}:** {risk.meaning}.", "",
        f"- **Row:** {row}. **Positive:** {positive}.",
        f"- **Horizon:** {risk.horizon_days} days. **Delay of a {'case' if risk.is_after_sales else 'decision'}:** "
        f"{risk.delay_days} days.",
        f"- **Capacity:** {risk.capacity} a day can be reviewed. {BASE_RATE} {positives / rows:.2%} of the last "
        f"{rows:,} training rows.", "",
        f"Labels are {'cases' if risk.is_after_sales else 'verdicts'} that had arrived by the day of the training. A "
        "run's description compares it with the champion on the same rows. "
        f"`make compare MODEL={model.name}` draws both."])


def _artifacts(settings: Settings, name: str) -> str | None:
    """Return the folder of an experiment's artifacts; None for a tracking server, which has its own.

    Beside a bare database MLflow itself would put artifacts into the current folder.
    """
    if settings.tracking_uri.startswith(("http://", "https://")):
        return None
    return (settings.home / "mlartifacts" / name.replace("/", "-")).as_uri()
