"""Where the money went: losses that are not reported yet, and displacement. Plain functions on arrays."""
