// Work beside the page: what takes longer than a frame runs in a worker, and only the latest question is answered.
//
//   const job = startCompute(source, setup, { answer: (result, question) => draw(result), fail: (words) => say(words) });
//   job.ask(question);
//   job.stop();
//
// At most one question runs and one waits; a newer one takes the place of the one that waits. `source` is what Python's
// compute.worker_source(module) gives: the module's default export has `start(setup)`, which promises a function from
// question to answer. Where no worker may start, the same code runs in the page, one question per turn.

const RECEIVE = (name) => `
let run;
onmessage = async ({ data: [kind, value] }) => {
  try {
    if (kind === "start") {
      run = await ${name}.default.start(value);
      postMessage(["ready"]);
    } else postMessage(["answer", await run(value)]);
  } catch (error) {
    postMessage(["error", error.message]);
  }
};
`;

/**
 * @param {{ code: string, name: string }} source
 * @param {any} setup
 * @param {{ answer: (result: any, question: any) => void, fail?: (words: string) => void }} listener
 */
export function startCompute(source, setup, { answer, fail = () => {} }) {
  const state = {
    isBusy: false,
    isStopped: false,
    waiting: /** @type {{ question: any } | null} */ (null),
  };
  const engine = startWorker(source, setup).catch(() => startHere(source, setup));
  engine.catch((error) => fail(error.message));

  async function work() {
    if (state.isBusy) return;
    state.isBusy = true;
    const { ask } = await engine;
    while (state.waiting && !state.isStopped) {
      const { question } = state.waiting;
      state.waiting = null;
      try {
        const result = await ask(question);
        if (!state.isStopped) answer(result, question);
      } catch (error) {
        fail(/** @type {Error} */ (error).message);
      }
    }
    state.isBusy = false;
  }

  return {
    ask(question) {
      state.waiting = { question };
      work().catch(() => {}); // that there is no engine was said above
    },
    stop() {
      state.isStopped = true;
      engine.then(({ stop }) => stop()).catch(() => {});
    },
    place: engine.then(({ place }) => place), // "worker" or "page"
  };
}

// Promises { ask, stop, place } of a worker that is ready; rejects where the page's rules or the browser allow none.
function startWorker({ code, name }, setup) {
  const url = urlOf(`${code}\n${RECEIVE(name)}`);
  const worker = new Promise((resolve) => resolve(new Worker(url)));
  return worker.then(async (worker) => {
    const send = (message) =>
      new Promise((resolve, reject) => {
        worker.onmessage = ({ data: [kind, value] }) =>
          kind === "error" ? reject(new Error(value)) : resolve(value);
        worker.onerror = (event) => reject(new Error(event.message || "the worker did not start"));
        worker.postMessage(message);
      });
    await send(["start", setup]);
    URL.revokeObjectURL(url);
    return {
      ask: (question) => send(["ask", question]),
      stop: () => worker.terminate(),
      place: "worker",
    };
  });
}

async function startHere({ code, name }, setup) {
  const url = urlOf(`${code}\nexport default ${name}.default;`);
  const { default: job } = await import(url);
  URL.revokeObjectURL(url);
  const run = await job.start(setup);
  const nextTurn = () => new Promise((resolve) => setTimeout(resolve)); // so that the page can paint between two
  return { ask: (question) => nextTurn().then(() => run(question)), stop: () => {}, place: "page" };
}

function urlOf(text) {
  return URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
}
