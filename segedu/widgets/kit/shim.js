// The model of an explorer that lives alone on a page: what anywidget's model does, without a kernel behind it.
export function modelShim(state) {
  const listeners = {};
  const names = (events) => events.split(/\s+/);
  return {
    get: (name) => state[name],
    set(name, value) {
      state[name] = value;
      for (const listener of [...(listeners[`change:${name}`] ?? [])]) listener();
    },
    on: (events, listener) =>
      names(events).forEach((event) => {
        listeners[event] ??= [];
        listeners[event].push(listener);
      }),
    off: (events, listener) =>
      names(events).forEach((event) => {
        listeners[event] = (listeners[event] ?? []).filter((other) => other !== listener);
      }),
    save_changes() {},
    send() {},
  };
}
