"""From labelled rows to a registered model: training set, boosting, calibration, topics of texts, MLflow registry."""
