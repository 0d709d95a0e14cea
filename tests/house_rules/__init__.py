"""The rules of docs/architecture.md as functions over source files. tests/test_architecture.py holds the code to them."""
