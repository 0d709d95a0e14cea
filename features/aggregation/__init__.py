"""From events to columns: daily tiles, as-of windows over them, point-in-time windows at an event, peers, texts."""
