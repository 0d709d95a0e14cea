"""The rooms of the repository from the lowest up, and the rooms that each may import besides itself."""

FEATURES = ("features.frames", "features.inputs", "features.language")
DEFINITIONS = ("features.seller", "features.user", "features.creator", "features.order")
BASE = ("jobs.errors", "jobs.runtime", "jobs.settings", "jobs.failures")
STORES = (*BASE, "jobs.engines", "jobs.storage", "jobs.ingestion", "jobs.feature_store", "jobs.quality")

# Rooms of jobs/ may import every room of features/ too.
ALLOWED: dict[str, tuple[str, ...]] = {
    "features.frames": (),
    "features.risks": (),
    "features.inputs": ("features.frames", "features.risks"),
    "features.language": ("features.frames", "features.inputs"),
    "features.labels": ("features.frames", "features.risks", "features.inputs"),
    "features.case_labels": ("features.risks",),
    "features.splits": ("features.risks",),
    **dict.fromkeys(DEFINITIONS, (*FEATURES, "features.risks")),
    "features.entities": (*FEATURES, *DEFINITIONS),
    "features.aggregation": (*FEATURES, "features.labels", "features.risks"),
    "features.graph": (*FEATURES, "features.aggregation"),
    "features.case": (*FEATURES, "features.aggregation"),
    "jobs.errors": (),
    "jobs.statistics": (),
    "jobs.runtime": ("jobs.errors",),
    "jobs.settings": ("jobs.errors", "jobs.runtime"),
    "jobs.failures": BASE[:3],
    "jobs.engines": BASE,
    "jobs.storage": (*BASE, "jobs.engines"),
    "jobs.ingestion": (*BASE, "jobs.engines", "jobs.storage"),
    "jobs.feature_store": (*BASE, "jobs.engines", "jobs.storage", "jobs.ingestion"),
    "jobs.quality": (*BASE, "jobs.storage", "jobs.ingestion", "jobs.feature_store"),
    "jobs.training": STORES,
    "jobs.integrity": (*BASE, "jobs.storage", "jobs.training"),
    "jobs.scoring": (*BASE, "jobs.storage", "jobs.feature_store", "jobs.training", "jobs.integrity"),
    "jobs.evaluation": (*BASE, "jobs.storage", "jobs.feature_store", "jobs.training"),
    "jobs.graphs": (*BASE, "jobs.engines", "jobs.training", "jobs.evaluation"),
    "jobs.decisions": (*BASE, "jobs.storage", "jobs.feature_store", "jobs.quality", "jobs.integrity", "jobs.scoring"),
    "jobs.effects": (*BASE, "jobs.statistics", "jobs.storage", "jobs.quality", "jobs.decisions"),
    "jobs.ledger": (*BASE, "jobs.statistics", "jobs.storage", "jobs.quality", "jobs.decisions", "jobs.effects"),
    "jobs.after_sales": (*BASE, "jobs.statistics", "jobs.storage", "jobs.quality", "jobs.training", "jobs.scoring",
                         "jobs.decisions"),
    "jobs.reporting": (*BASE, "jobs.statistics", "jobs.storage", "jobs.feature_store", "jobs.training",
                       "jobs.evaluation", "jobs.decisions"),
    "jobs.simulate": (),
    "jobs.step": (*BASE, "jobs.integrity"),
    "jobs.studies": (*STORES, "jobs.statistics", "jobs.training", "jobs.integrity", "jobs.scoring", "jobs.evaluation",
                     "jobs.decisions", "jobs.effects", "jobs.ledger", "jobs.after_sales", "jobs.reporting",
                     "jobs.simulate", "jobs.step"),
    "jobs.commands": (*STORES, "jobs.statistics", "jobs.training", "jobs.integrity", "jobs.scoring", "jobs.evaluation",
                      "jobs.graphs", "jobs.decisions", "jobs.effects", "jobs.ledger", "jobs.after_sales",
                      "jobs.reporting", "jobs.step"),
}

STEPS = tuple(f"jobs.{name}" for name in (
    "ingest", "validate", "build_features", "build_labels", "train", "evaluate", "promote", "score", "decide",
    "publish", "estimate_effects", "update_loss_ledger", "train_cases", "attribute_cases", "audit_cases", "vacuum",
    "spark_server"))
ROOT = ("jobs.step", "jobs.settings", "jobs.errors")

# Commands that run whole steps, through `main`.
ALSO_STEPS = ("jobs.commands.backfill", "jobs.commands.replay")

TRUTH_READERS = ("jobs.evaluation.error_analysis", "jobs.evaluation.model_report", "jobs.commands.report",
                 "jobs.reporting.report_tables", "jobs.studies.attack_recall", "jobs.studies.strategy")
