"""Features of an after-sales case: what its photo, its order and its words say, as of the day on which it arrived."""
