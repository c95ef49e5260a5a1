// () => [[ratio, text], …] for every text that can be seen on the page: the WCAG 2 contrast of its color with what lies behind it.
() => {
  const parse = (color) => {
    const parts = (color.match(/-?[\d.]+/g) ?? []).map(Number);
    if (color.startsWith("color(srgb"))
      return [...parts.slice(0, 3).map((part) => part * 255), parts[3] ?? 1];
    return [parts[0] ?? 0, parts[1] ?? 0, parts[2] ?? 0, parts[3] ?? 1];
  };
  const over = ([r, g, b, a], below) => [r, g, b].map((part, at) => part * a + below[at] * (1 - a));
  const luminance = (color) => {
    const [r, g, b] = color
      .map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (a, b) =>
    (Math.max(luminance(a), luminance(b)) + 0.05) / (Math.min(luminance(a), luminance(b)) + 0.05);
  const behind = (node) => {
    if (node?.nodeType !== 1) return [255, 255, 255];
    const style = getComputedStyle(node);
    return over(parse(style.backgroundColor), behind(node.parentElement));
  };
  const visible = (node) => {
    const box = node.getBoundingClientRect(),
      style = getComputedStyle(node);
    return (
      box.width > 1 &&
      box.height > 1 &&
      style.visibility !== "hidden" &&
      !node.closest(".sg-live, [hidden], style, script")
    );
  };
  const readable = (canvas) => {
    const copy = Object.assign(document.createElement("canvas"), {
      width: canvas.width,
      height: canvas.height,
    });
    const context = copy.getContext("2d", { willReadFrequently: true });
    context.drawImage(canvas, 0, 0);
    return context;
  };
  const asComputed = (color) => Object.assign(document.createElement("i").style, { color }).color;
  const found = [];
  for (const node of document.querySelectorAll(".segedu *")) {
    const own = [...node.childNodes]
      .filter((child) => child.nodeType === 3)
      .map((child) => child.textContent.trim())
      .join("");
    const text = own || (node.matches("input[type=text], textarea") ? node.value : "");
    if (!text || !visible(node) || node.matches("option")) continue;
    const style = getComputedStyle(node),
      svg = node.closest("svg");
    if (!svg) {
      const back = behind(node);
      found.push([ratio(over(parse(style.color), back), back), text]);
      continue;
    }
    let back = behind(svg.parentElement);
    for (const shape of node.parentElement.querySelectorAll("rect")) {
      const fill = parse(
        getComputedStyle(shape).fill === "none" ? "rgba(0, 0, 0, 0)" : getComputedStyle(shape).fill,
      );
      back = over(
        [...fill.slice(0, 3), fill[3] * Number(getComputedStyle(shape).fillOpacity)],
        back,
      );
    }
    found.push([ratio(over(parse(style.fill), back), back), text]);
  }
  for (const canvas of document.querySelectorAll(".segedu .sg-grid canvas")) {
    if (!canvas.painted || !visible(canvas)) continue; // a picture, no grid
    const { cols, size, texts, inks } = canvas.painted,
      context = readable(canvas),
      dense = canvas.width / parseFloat(canvas.style.width);
    texts.forEach((text, at) => {
      if (text === "") return;
      const corner = [at % cols, Math.floor(at / cols)].map((place) =>
        Math.round((1 + place * size + 5) * dense),
      ); // free of text and rim
      found.push([
        ratio(parse(asComputed(inks[at])), [...context.getImageData(...corner, 1, 1).data]),
        text,
      ]);
    });
  }
  return found;
};
