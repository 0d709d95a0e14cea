"""From probabilities to actions under a policy, and the risk tables that say so."""
