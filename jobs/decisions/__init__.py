"""From probabilities to actions under a policy, and the published risk tables."""
