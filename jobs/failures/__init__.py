"""What is said of an exception that is no refusal: whether it can pass by itself, and a line that quotes no value."""
