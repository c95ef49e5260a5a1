"""Images with labels: the sample that all share, scenes, photographs, real data sets, transforms, an audit."""
