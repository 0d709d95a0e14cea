"""From labelled rows to a registered model: training set, boosting, calibration, text topics, MLflow registry."""
