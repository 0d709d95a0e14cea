"""Start, log and end of Vigil's processes: arguments, lines for the terminal, signals, plain paths."""
