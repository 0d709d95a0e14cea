"""Statistics of counts for several rooms: intervals of shares, and many tests at once. Imports nothing of ours."""
