"""What a lecture must have: its shape, its cells, its exercises."""
