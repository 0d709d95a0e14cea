"""The rooms of the house, from the ground up, and what each may import."""

FEATURES = ("features.frames", "features.inputs", "features.language")
DEFINITIONS = ("features.seller", "features.user", "features.creator", "features.order")
BASE = ("jobs.errors", "jobs.runtime", "jobs.settings", "jobs.failures")

# Each room with the rooms it may import besides itself. A room stands above all that it may import, so that no circle
# can be declared: `floors` refuses one.
ALLOWED: dict[str, tuple[str, ...]] = {
    "features.frames": (),
    "features.risks": (),
    "features.inputs": ("features.frames", "features.risks"),
    "features.language": ("features.frames", "features.inputs"),
    "features.labels": ("features.frames", "features.risks", "features.inputs"),
    "features.splits": ("features.risks",),
    **dict.fromkeys(DEFINITIONS, FEATURES),
    "features.entities": (*FEATURES, *DEFINITIONS),
    "features.aggregation": (*FEATURES, "features.labels"),
    "features.graph": (*FEATURES, "features.aggregation"),
    "jobs.errors": (),
    "jobs.runtime": ("jobs.errors",),
    "jobs.settings": ("jobs.errors", "jobs.runtime"),
    "jobs.failures": BASE[:3],
    "jobs.engines": BASE,
    "jobs.storage": (*BASE, "jobs.engines"),
    "jobs.ingestion": (*BASE, "jobs.engines", "jobs.storage"),
    "jobs.feature_store": (*BASE, "jobs.engines", "jobs.storage", "jobs.ingestion"),
    "jobs.quality": (*BASE, "jobs.storage", "jobs.ingestion", "jobs.feature_store"),
    "jobs.training": (*BASE, "jobs.engines", "jobs.storage", "jobs.ingestion", "jobs.feature_store", "jobs.quality"),
    "jobs.integrity": (*BASE, "jobs.storage", "jobs.training"),
    "jobs.scoring": (*BASE, "jobs.storage", "jobs.feature_store", "jobs.training", "jobs.integrity"),
    "jobs.evaluation": (*BASE, "jobs.storage", "jobs.feature_store", "jobs.training"),
    "jobs.graphs": (*BASE, "jobs.engines", "jobs.training", "jobs.evaluation"),
    "jobs.decisions": (*BASE, "jobs.storage", "jobs.feature_store", "jobs.quality", "jobs.integrity", "jobs.scoring"),
    "jobs.reporting": (*BASE, "jobs.storage", "jobs.feature_store", "jobs.evaluation", "jobs.decisions"),
    "jobs.simulate": (),
}
