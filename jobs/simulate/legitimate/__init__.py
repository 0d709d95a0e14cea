"""What honest people do on a day."""
