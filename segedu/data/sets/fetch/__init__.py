"""Real data sets from the network to the disk: transfer from a mirror, check, unpack, move to their place."""
