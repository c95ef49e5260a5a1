// What an act makes a page do, counted where the page asks the browser for it. `countWork(acts)` calls each act
// eight times, lets what it put off until the next frames happen, and gives the most that one call did.
const work = { created: 0, written: 0, painted: 0, pixels: 0 };

const countCalls = (owner, name, count) => {
  const original = owner[name];
  owner[name] = function (...args) {
    count(args, this);
    return original.apply(this, args);
  };
};

const countWrites = (owner, name) => {
  const { get, set, ...rest } = Object.getOwnPropertyDescriptor(owner, name);
  const write = function (value) {
    work.written += 1;
    set.call(this, value);
  };
  Object.defineProperty(owner, name, { get, set: write, ...rest });
};

for (const name of ["createElement", "createElementNS"]) {
  countCalls(Document.prototype, name, () => (work.created += 1));
}
countCalls(Element.prototype, "setAttribute", () => (work.written += 1));
countWrites(Node.prototype, "textContent");
for (const name of ["fillRect", "strokeRect", "fillText", "fill", "stroke", "drawImage"]) {
  countCalls(CanvasRenderingContext2D.prototype, name, () => (work.painted += 1));
}
countCalls(CanvasRenderingContext2D.prototype, "putImageData", ([image]) => {
  work.pixels += image.width * image.height;
});

const frames = () =>
  new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));

const countWork = async (acts) => {
  const most = {};
  for (const [name, act] of Object.entries(acts)) {
    most[name] = { created: 0, written: 0, painted: 0, pixels: 0 };
    for (let at = 0; at < 8; at++) {
      for (const kind of Object.keys(work)) work[kind] = 0;
      act(at);
      await frames();
      for (const kind of Object.keys(work))
        most[name][kind] = Math.max(most[name][kind], work[kind]);
    }
  }
  return most;
};
