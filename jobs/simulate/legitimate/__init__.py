"""Events of honest people on a day."""
