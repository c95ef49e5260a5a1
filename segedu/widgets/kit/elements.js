// Elements, SVG and canvases in one call each. Views import these from kit.js.
export function element(tag, props = {}, ...children) {
  return build(document.createElement(tag), props, children);
}

export function svgElement(tag, props = {}, ...children) {
  return build(document.createElementNS("http://www.w3.org/2000/svg", tag), props, children);
}

function build(node, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "text") node.textContent = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

// An empty context, scaled for dense screens. New memory is asked for only where the size changed: it costs more than to clear.
export function sharpContext(canvas, width, height) {
  const scale = window.devicePixelRatio || 1,
    context = canvas.getContext("2d"),
    pixels = [width, height].map((side) => Math.round(side * scale));
  if (context.reset && canvas.width === pixels[0] && canvas.height === pixels[1]) context.reset();
  else [canvas.width, canvas.height] = pixels;
  for (const [name, side] of Object.entries({ width, height }))
    if (canvas.style[name] !== `${side}px`) canvas.style[name] = `${side}px`;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  return context;
}
