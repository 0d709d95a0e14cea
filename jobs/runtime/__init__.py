"""How a process of ours starts, logs and ends: arguments, lines for the terminal, signals, plain paths."""
