"""From a feature row to a calibrated probability, its level and its reason codes."""
