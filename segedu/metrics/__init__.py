"""Metrics, all from a state that adds up; label maps in, scores out."""
