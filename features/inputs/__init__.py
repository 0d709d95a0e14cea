"""What comes in: how a raw value becomes what its column's contract asks for."""
