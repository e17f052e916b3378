// A frame of another site may be allowed to keep nothing: to read localStorage throws an error there,
// which gradio does not expect, and the page would never finish loading. Then what is kept lasts as
// long as the page does.
try {
  window.localStorage;
} catch {
  const kept = new Map();
  const memory = {
    getItem: (key) => kept.get(String(key)) ?? null,
    setItem: (key, value) => void kept.set(String(key), String(value)),
    removeItem: (key) => void kept.delete(String(key)),
    clear: () => kept.clear(),
    key: (index) => [...kept.keys()][index] ?? null,
    get length() {
      return kept.size;
    },
  };
  Object.defineProperty(window, "localStorage", { value: memory, configurable: true });
}
