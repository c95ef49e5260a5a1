"""A trained network for a page: `export.py` writes steps and weights, `kit/network.js` runs them without Python."""
