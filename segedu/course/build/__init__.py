"""From lectures/ to notebooks/: read the source, execute it, keep the outputs that may be kept, find what is stale."""
