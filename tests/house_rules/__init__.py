"""The rules of docs/architecture.md as functions over source files; tests/test_architecture.py applies them."""
