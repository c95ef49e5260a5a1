"""What stands in a scene, painted onto its canvas: backdrop, stones, country, traffic."""
