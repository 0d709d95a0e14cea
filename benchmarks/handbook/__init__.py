"""The Fraud Detection Handbook's published table, measured again, and Vigil's model: python -m benchmarks.handbook."""
