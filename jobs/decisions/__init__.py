"""From probabilities to actions under policies: values, reviewers, suppression, back-tests, and the risk tables."""
