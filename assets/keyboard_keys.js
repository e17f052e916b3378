// --- The piano ---------------------------------------------------------------------------------

let octaves = 0;
let lowest = null; // the C at the left
let printed = new Map(); // what stands on the computer's keys, where the browser tells

const keyOf = (pitch) => piano.querySelector(`[data-pitch="${pitch}"]`);
const showKey = (pitch, isDown) => keyOf(pitch)?.classList.toggle("is-down", isDown);

function layOut() {
  const fitting = clamp(Math.floor((piano.clientWidth / NARROWEST_KEY - 1) / 7), 1, 3);
  if (fitting === octaves) return;
  releaseAll("pointer");
  octaves = fitting;
  shift(lowest ?? (octaves === 1 ? 60 : 48));
}

function shift(wanted) {
  const focused = Number(piano.contains(document.activeElement) && document.activeElement.dataset.pitch);
  const moved = wanted - (lowest ?? wanted);
  lowest = clamp(wanted, LOWEST_C, HIGHEST_C - 12 * octaves);
  const highest = lowest + 12 * octaves;
  const whites = 7 * octaves + 1;
  let white = 0;
  const keys = [];
  for (let pitch = lowest; pitch <= highest; pitch++) {
    keys.push(newKey(pitch, isBlack(pitch) ? white - 0.31 : white, isBlack(pitch) ? 0.62 : 1, whites));
    if (!isBlack(pitch)) white++;
  }
  piano.replaceChildren(...keys);
  for (const key of held.values()) showKey(key.pitch, true);
  for (const key of playing) if (key.isShown) showKey(key.pitch, true);
  find(".range").textContent = `${nameOf(lowest)} – ${nameOf(highest)}`;
  find(".lower").disabled = lowest <= LOWEST_C;
  find(".higher").disabled = highest >= HIGHEST_C;
  makeTabStop(clamp(focused ? focused + moved : 60, lowest, highest), Boolean(focused));
}

function newKey(pitch, left, width, whites) {
  const key = document.createElement("button");
  key.type = "button";
  key.className = isBlack(pitch) ? "key black" : "key white";
  key.dataset.pitch = pitch;
  key.tabIndex = -1;
  key.style.left = `${(100 * left) / whites}%`;
  key.style.width = `${(100 * width) / whites}%`;
  key.setAttribute("aria-label", nameOf(pitch).replace("#", ` ${texts.sharp} `));
  const letter = document.createElement("span");
  letter.className = "letter";
  const code = UPPER_ROW[pitch - lowest - 12] ?? LOWER_ROW[pitch - lowest];
  letter.textContent = !code ? "" : (printed.get(code) ?? PRINTED[code] ?? code.slice(-1)).toUpperCase();
  const name = document.createElement("span");
  name.className = "name";
  name.textContent = isBlack(pitch) || pitch % 12 ? "" : nameOf(pitch);
  key.append(letter, ...(isBlack(pitch) ? [] : [name]));
  return key;
}

function makeTabStop(pitch, hasFocus) {
  for (const key of piano.children) key.tabIndex = Number(key.dataset.pitch) === pitch ? 0 : -1;
  if (hasFocus) keyOf(pitch)?.focus({ preventScroll: true });
}

function touch(event) {
  const key = document.elementFromPoint(event.clientX, event.clientY)?.closest(".key");
  if (!key || !piano.contains(key)) return release(`pointer:${event.pointerId}`, secondOf(event));
  const pitch = Number(key.dataset.pitch);
  const box = key.getBoundingClientRect();
  const depth = clamp((event.clientY - box.top) / box.height, 0, 1);
  if (held.get(`pointer:${event.pointerId}`)?.pitch === pitch) return;
  const velocity = Math.round(SOFTEST_TOUCH + depth * (LOUDEST_TOUCH - SOFTEST_TOUCH));
  press(`pointer:${event.pointerId}`, pitch, velocity, secondOf(event));
  makeTabStop(pitch, false);
}

// --- Wiring: mouse and fingers -----------------------------------------------------------------

const touching = new Set();
on(piano, "pointerdown", (event) => {
  if (event.button !== 0) return;
  event.preventDefault();
  piano.setPointerCapture(event.pointerId);
  touching.add(event.pointerId);
  touch(event);
  piano.querySelector("[tabindex='0']")?.focus({ preventScroll: true, focusVisible: false });
});
on(piano, "pointermove", (event) => { if (touching.has(event.pointerId)) touch(event); });
on(piano, "pointerup pointercancel lostpointercapture", (event) => {
  touching.delete(event.pointerId);
  release(`pointer:${event.pointerId}`, secondOf(event));
});
on(piano, "contextmenu dragstart", (event) => event.preventDefault());
on(piano, "click", (event) => { // a screen reader's press has no pointer
  if (event.detail > 0 || !event.target.closest(".key")) return;
  press("reader", Number(event.target.closest(".key").dataset.pitch), COMPUTER_KEY_VELOCITY);
  setTimeout(() => release("reader"), 400);
});

// --- Wiring: the computer's keys, while the focus is in here -----------------------------------

const isTyping = (target) => target.matches?.("input[type=number], select");

on(root, "keydown", (event) => {
  if (event.metaKey || event.ctrlKey || event.altKey) return releaseAll("key:"); // keyup may not come
  if (event.isComposing || isTyping(event.target)) return;
  if (event.target.classList.contains("key") && walk(event)) return event.preventDefault();
  if (!OFFSETS.has(event.code)) return;
  event.preventDefault(); // a slash would open Firefox's search
  if (!event.repeat) press(`key:${event.code}`, lowest + OFFSETS.get(event.code), COMPUTER_KEY_VELOCITY, secondOf(event));
});
on(root, "keyup", (event) => {
  if (event.target.classList.contains("key") && [" ", "Enter"].includes(event.key)) event.preventDefault();
  release(`key:${event.code}`, secondOf(event));
});
on(root, "focusout", (event) => {
  if (!event.relatedTarget || !root.contains(event.relatedTarget) || isTyping(event.relatedTarget)) releaseAll("key:");
});

function walk(event) {
  const pitch = Number(event.target.dataset.pitch);
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (step) makeTabStop(clamp(pitch + step, lowest, lowest + 12 * octaves), true);
  else if (event.key === "ArrowDown") shift(lowest - 12);
  else if (event.key === "ArrowUp") shift(lowest + 12);
  else if (event.key !== " " && event.key !== "Enter") return false;
  else if (!event.repeat) press(`key:${event.code}`, pitch, COMPUTER_KEY_VELOCITY, secondOf(event));
  return true;
}

// --- Wiring: a MIDI keyboard -------------------------------------------------------------------

let midi = null;

async function connect() {
  wake();
  try {
    midi = await navigator.requestMIDIAccess();
  } catch {
    find(".midi-said").textContent = texts.midi_refused;
    return;
  }
  midi.onstatechange = listenToInputs;
  listenToInputs();
}

function listenToInputs() {
  const inputs = [...midi.inputs.values()].filter((each) => each.state === "connected");
  releaseAll("midi:");
  for (const input of inputs) input.onmidimessage = (message) => hear(message, input.id);
  const names = inputs.map((each) => each.name).join(", ");
  find(".midi-said").textContent = inputs.length ? `${texts.midi_connected}: ${names}` : texts.midi_none;
  find(".midi").hidden = inputs.length > 0;
}

function hear(message, id) {
  if (!root.clientWidth) return; // in a hidden tab
  const [status, pitch, velocity] = message.data;
  const source = `midi:${id}:${status & 15}:${pitch}`;
  if (status >> 4 === 9 && velocity) press(source, pitch, velocity, secondOf(message));
  else if (status >> 4 === 9 || status >> 4 === 8) release(source, secondOf(message));
}

// --- Wiring: the rest --------------------------------------------------------------------------

function chosenTempo() {
  return clamp(Math.round(Number(tempo.value)) || limits.usual_bpm, limits.slowest_bpm, limits.fastest_bpm);
}

root.setAttribute("aria-label", texts.keyboard);
piano.setAttribute("aria-label", texts.piano);
find(".clear").textContent = texts.clear;
find(".tempo span").textContent = texts.tempo;
find(".tempo").title = texts.tempo_help;
find(".metre span").textContent = texts.metre;
find(".count-in span").textContent = texts.count_in;
find(".metronome span").textContent = texts.metronome;
find(".strip .empty").textContent = texts.empty;
find(".lower").setAttribute("aria-label", texts.lower);
find(".higher").setAttribute("aria-label", texts.higher);
find(".hint.mouse").textContent = texts.computer_keys;
find(".hint.touch").textContent = texts.fingers;
find(".midi").textContent = texts.midi;
find(".midi").hidden = !navigator.requestMIDIAccess;
Object.assign(tempo, { min: limits.slowest_bpm, max: limits.fastest_bpm, value: limits.usual_bpm });
metre.replaceChildren(...Object.entries(METRES).map(([beats, name]) => new Option(name, beats, beats === "4", beats === "4")));

on(record, "click", () => (isRecording() ? finish() : begin()));
on(find(".play"), "click", play);
on(find(".clear"), "click", () => { setValue(null); enter("idle"); });
on(find(".lower"), "click", () => shift(lowest - 12));
on(find(".higher"), "click", () => shift(lowest + 12));
on(find(".midi"), "click", connect);
on(tempo, "change", () => { tempo.value = chosenTempo(); });
on(window, "blur pagehide", () => releaseAll());
on(document, "visibilitychange", () => { if (document.hidden) releaseAll(); });

navigator.keyboard?.getLayoutMap?.().then((map) => { printed = map; if (lowest !== null) shift(lowest); }).catch(() => {});

const sizes = new ResizeObserver(() => {
  if (!root.isConnected) return end();
  if (!root.clientWidth) { stop(); releaseAll(); return; } // its tab was left
  layOut();
  draw();
});
sizes.observe(root);
const theme = new MutationObserver(() => draw());
theme.observe(document.body, { attributes: true, attributeFilter: ["class"] });

// The component has left the page, and takes everything along that would outlive it.
function end() {
  lifetime.abort();
}
lifetime.signal.addEventListener("abort", () => {
  clearInterval(timer);
  cancelAnimationFrame(frame);
  sizes.disconnect();
  theme.disconnect();
  if (midi) { midi.onstatechange = null; for (const input of midi.inputs.values()) input.onmidimessage = null; }
  held.clear();
  context?.close();
  context = null;
});

function show(value) {
  if (state === "playing") stop();
  shown = value; // a take that is being recorded gives way to it
  if (value) { tempo.value = value.bpm; metre.value = value.beats; }
  enter("idle");
}

show(props.value || null);
watch("value", () => show(props.value || null));
