"""The Fraud Detection Handbook's published table, measured again beside ours: python -m benchmarks.handbook."""
