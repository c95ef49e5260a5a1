// The lines between the regions of a map. Pure, no DOM.

// The lines between pixels of different values, as [x0, y0, x1, y1] in pixel edges, runs joined. `closed`: outside of the image all is 0.
export function edgesOf(values, height, width, closed = false) {
  const lines = [];
  scanEdges(values, [height, width], [width, 1], closed, (row, from, to) =>
    lines.push([from, row, to, row]),
  );
  scanEdges(values, [width, height], [1, width], closed, (col, from, to) =>
    lines.push([col, from, col, to]),
  );
  return lines;
}

// Walks along each line between neighbors; `count` and `stride` across the line first, along it second.
function scanEdges(values, [across, along], [step, stride], closed, push) {
  for (let line = closed ? 0 : 1; line <= (closed ? across : across - 1); line++) {
    let start = -1;
    for (let place = 0; place < along; place++) {
      const at = line * step + place * stride;
      const differs = (line > 0 ? values[at - step] : 0) !== (line < across ? values[at] : 0);
      if (differs && start < 0) start = place;
      if (!differs && start >= 0) {
        push(line, start, place);
        start = -1;
      }
    }
    if (start >= 0) push(line, start, along);
  }
}
