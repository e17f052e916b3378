// The player: an <audio> element is the clock, and a piano roll is drawn beside it.
//
// gr.HTML runs this once per player with `element` (its root), `props` and `watch`. The value is
// { title, details, audio, downloads: [{label, name, file}], roll } as midigen/ui/player.py makes
// it; props.texts holds the words. Names from files only ever become textContent.

const find = (selector) => element.querySelector(selector);
const root = find(".player");
const audio = find("audio");
const roll = find(".roll");
const notesCanvas = find(".notes");
const soundingCanvas = find(".sounding");
const playhead = find(".playhead");
const seek = find(".seek");
const texts = props.texts;

const KEYS_WIDTH = 30; // pixels of the little keyboard at the left
const RULER_HEIGHT = 18; // pixels for the bar numbers
const CLOSEST_ZOOM = 240; // pixels a second
const READABLE_ZOOM = 14; // pixels a second below which a long piece scrolls instead of shrinking
const BLACK_KEYS = new Set([1, 3, 6, 8, 10]);

let notes = []; // {start, end, pitch, velocity, track}, sorted by start
let longest = 0; // seconds of the longest note: how far back a sounding note can have begun
let bars = [];
let promptEnd = 0;
let duration = 0;
let lowest = 48;
let highest = 72;
let zoom = 0; // pixels a second
let scroll = 0; // second at the left edge
let frame = 0;

// --- Time and pixels ---------------------------------------------------------------------------

const rollWidth = () => Math.max(1, roll.clientWidth - KEYS_WIDTH);
const fittingZoom = () => rollWidth() / Math.max(duration, 1);
const xOf = (second) => KEYS_WIDTH + (second - scroll) * zoom;
const secondAt = (x) => scroll + (x - KEYS_WIDTH) / zoom;
const rowHeight = () => (roll.clientHeight - RULER_HEIGHT) / (highest - lowest + 1);
const yOf = (pitch) => RULER_HEIGHT + (highest - pitch) * rowHeight();
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const clock = (seconds) =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

function scrollTo(second) {
  scroll = clamp(second, 0, Math.max(0, duration - rollWidth() / zoom));
}

function zoomTo(wanted) {
  const middle = audio.currentTime || 0;
  zoom = clamp(wanted, fittingZoom(), Math.max(CLOSEST_ZOOM, fittingZoom()));
  scrollTo(middle - (rollWidth() / zoom) * 0.3);
  draw();
}

// --- Drawing -----------------------------------------------------------------------------------

function pen(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const width = Math.round(roll.clientWidth * ratio);
  const height = Math.round(roll.clientHeight * ratio);
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, roll.clientWidth, roll.clientHeight);
  return context;
}

function colours() {
  const style = getComputedStyle(root);
  const of = (name) => style.getPropertyValue(name).trim();
  return {
    tracks: ["--note", "--note-2", "--note-3", "--note-4", "--note-5"].map(of), prompt: of("--note-prompt"), sounding: of("--note-sounding"),
    blackRow: of("--roll-black-key"), line: of("--roll-line"), text: of("--roll-text"),
    whiteKey: of("--key-white"), blackKey: of("--key-black"), paper: of("--roll"),
  };
}

function draw() {
  if (!roll.clientWidth) return; // in a hidden tab
  Object.assign(roll.dataset, { zoom, scroll, left: KEYS_WIDTH }); // tells tests where a second is
  const context = pen(notesCanvas);
  const colour = colours();
  drawRows(context, colour);
  drawBars(context, colour);
  for (const note of notes) drawNote(context, note, colourOf(note, colour));
  drawKeys(context, colour);
  drawSounding();
}

function colourOf(note, colour) {
  return note.start < promptEnd - 0.01 ? colour.prompt : colour.tracks[note.track % colour.tracks.length];
}

function drawRows(context, colour) {
  context.fillStyle = colour.blackRow;
  for (let pitch = lowest; pitch <= highest; pitch++) {
    if (BLACK_KEYS.has(pitch % 12)) context.fillRect(KEYS_WIDTH, yOf(pitch), rollWidth(), rowHeight());
  }
  context.fillStyle = colour.line;
  for (let pitch = lowest; pitch <= highest; pitch++) {
    if (pitch % 12 === 0) context.fillRect(KEYS_WIDTH, yOf(pitch) + rowHeight() - 0.5, rollWidth(), 1);
  }
}

function drawBars(context, colour) {
  let free = -Infinity; // where the last number ends
  context.font = "11px system-ui, sans-serif";
  bars.forEach((second, index) => {
    const x = Math.round(xOf(second)) + 0.5;
    if (x < KEYS_WIDTH || x > roll.clientWidth || x < free) return;
    context.fillStyle = colour.line;
    context.fillRect(x, RULER_HEIGHT - 4, 1, roll.clientHeight);
    context.fillStyle = colour.text;
    context.fillText(String(index + 1), x + 3, 12);
    free = x + 28;
  });
}

function drawNote(context, note, fill) {
  const x = xOf(note.start);
  const width = Math.max((note.end - note.start) * zoom - 1, 2);
  if (x + width < KEYS_WIDTH || x > roll.clientWidth) return;
  const height = Math.max(rowHeight() - 1, 2);
  context.globalAlpha = 0.4 + 0.6 * (note.velocity / 127);
  context.fillStyle = fill;
  context.beginPath();
  context.roundRect(x, yOf(note.pitch) + 0.5, width, height, Math.min(2.5, height / 2, width / 2));
  context.fill();
  context.globalAlpha = 1;
}

function drawKeys(context, colour, sounding = new Set()) {
  if (sounding.size === 0) {
    context.fillStyle = colour.paper;
    context.fillRect(0, 0, KEYS_WIDTH, roll.clientHeight);
  }
  for (let pitch = lowest; pitch <= highest; pitch++) {
    if (sounding.size > 0 && !sounding.has(pitch)) continue;
    const isBlack = BLACK_KEYS.has(pitch % 12);
    context.fillStyle = sounding.size > 0 ? colour.sounding : isBlack ? colour.blackKey : colour.whiteKey;
    context.fillRect(0, yOf(pitch), isBlack ? KEYS_WIDTH * 0.62 : KEYS_WIDTH - 2, Math.max(rowHeight() - 0.6, 1));
    if (pitch % 12 === 0 && rowHeight() > 3.5) {
      context.fillStyle = colour.text;
      context.font = "9px system-ui, sans-serif";
      context.fillText(`C${pitch / 12 - 1}`, KEYS_WIDTH - 16, yOf(pitch) + rowHeight() * 0.5 + 3);
    }
  }
}

function firstNoteFrom(second) {
  let low = 0;
  let high = notes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (notes[middle].start < second) low = middle + 1;
    else high = middle;
  }
  return low;
}

function drawSounding() {
  const context = pen(soundingCanvas);
  const now = audio.currentTime;
  const keys = new Set();
  const colour = colours();
  for (let i = firstNoteFrom(now - longest); i < notes.length && notes[i].start <= now; i++) {
    if (notes[i].end <= now) continue;
    drawNote(context, notes[i], colour.sounding);
    keys.add(notes[i].pitch);
  }
  if (keys.size) drawKeys(context, colour, keys);
  movePlayhead(now);
}

function movePlayhead(now) {
  const x = xOf(now);
  playhead.style.transform = `translateX(${x}px)`;
  playhead.style.visibility = x < KEYS_WIDTH - 1 || x > roll.clientWidth ? "hidden" : "visible";
  find(".time").textContent = clock(now);
  if (document.activeElement !== seek || !seek.matches(":active")) seek.value = now;
  seek.setAttribute("aria-valuetext", `${clock(now)} / ${clock(duration)}`);
}

// --- Playing -----------------------------------------------------------------------------------

function keepInSight() {
  const x = xOf(audio.currentTime);
  if (x >= KEYS_WIDTH && x <= roll.clientWidth - 12) return;
  scrollTo(audio.currentTime - (rollWidth() / zoom) * 0.08); // turn the page
  draw();
}

function tick() {
  keepInSight();
  drawSounding();
  frame = audio.paused || audio.ended ? 0 : requestAnimationFrame(tick);
}

function showState() {
  const playing = !audio.paused && !audio.ended;
  root.classList.toggle("is-playing", playing);
  find(".play").setAttribute("aria-label", playing ? texts.pause : texts.play);
  if (playing && !frame) frame = requestAnimationFrame(tick);
}

function toggle() {
  if (!audio.getAttribute("src")) return;
  if (!audio.paused) return audio.pause();
  for (const other of document.querySelectorAll("audio")) if (other !== audio) other.pause();
  audio.play().catch(() => {});
}

function seekTo(second) {
  if (!audio.getAttribute("src")) return;
  audio.currentTime = clamp(second, 0, audio.duration || duration);
  keepInSight();
  drawSounding();
}

// --- Content -----------------------------------------------------------------------------------

function show(value) {
  audio.pause();
  root.classList.toggle("is-empty", !value);
  find(".play").disabled = seek.disabled = !value;
  value ? audio.setAttribute("src", value.audio.url) : audio.removeAttribute("src");
  audio.load();
  find(".title").textContent = value ? value.title : "";
  find(".details").textContent = value ? value.details : "";
  showRoll(value ? value.roll : { start: [], end: [], pitch: [], velocity: [], track: [], tracks: [], bars: [], prompt_bars: 0, duration: 0 });
  showDownloads(value ? value.downloads : []);
  showState();
}

function showRoll(content) {
  notes = content.start
    .map((start, i) => ({
      start, end: content.end[i], pitch: content.pitch[i],
      velocity: content.velocity[i], track: content.track[i],
    }))
    .sort((a, b) => a.start - b.start);
  longest = notes.reduce((most, note) => Math.max(most, note.end - note.start), 0);
  bars = content.bars;
  promptEnd = content.prompt_bars ? bars[content.prompt_bars] ?? content.duration : 0;
  duration = content.duration;
  const pitches = notes.map((note) => note.pitch);
  lowest = notes.length ? pitches.reduce((a, b) => Math.min(a, b)) - 2 : 48;
  highest = notes.length ? pitches.reduce((a, b) => Math.max(a, b)) + 2 : 72;
  const missing = 24 - (highest - lowest);
  if (missing > 0) { lowest -= Math.ceil(missing / 2); highest += Math.floor(missing / 2); }
  showTracks(content.tracks);
  seek.max = duration || 1;
  find(".total").textContent = clock(duration);
  notesCanvas.setAttribute("aria-label", `${texts.roll}: ${notes.length} ${texts.notes}, ${clock(duration)}`);
  scroll = 0;
  zoom = Math.max(fittingZoom(), READABLE_ZOOM);
  draw();
}

function showTracks(names) {
  const items = names.length < 2 ? [] : names.map((name, i) => {
    const item = document.createElement("li");
    item.textContent = name;
    item.style.setProperty("--swatch", `var(--note${["", "-2", "-3", "-4", "-5"][i % 5]})`);
    return item;
  });
  find(".tracks").replaceChildren(...items);
}

function showDownloads(downloads) {
  const links = downloads.map(({ label, name, file }) => {
    const link = document.createElement("a");
    link.href = file.url;
    link.download = name;
    link.textContent = label;
    link.title = name;
    return link;
  });
  find(".downloads").replaceChildren(...links);
}

// --- Wiring ------------------------------------------------------------------------------------

root.setAttribute("aria-label", texts.player);
seek.setAttribute("aria-label", texts.position);
find(".volume").setAttribute("aria-label", texts.volume);
find(".zoom").setAttribute("aria-label", texts.zoom);
find(".zoom-in").setAttribute("aria-label", texts.zoom_in);
find(".zoom-out").setAttribute("aria-label", texts.zoom_out);
find(".empty").textContent = texts.empty;

for (const event of ["play", "pause", "ended"]) audio.addEventListener(event, showState);
audio.addEventListener("seeked", drawSounding);
audio.addEventListener("loadedmetadata", () => {
  if (!Number.isFinite(audio.duration)) return;
  duration = Math.max(duration, audio.duration);
  seek.max = duration;
  find(".total").textContent = clock(duration);
  zoom = Math.max(zoom === 0 ? 0 : fittingZoom(), READABLE_ZOOM);
  draw();
});
find(".play").addEventListener("click", toggle);
find(".zoom-in").addEventListener("click", () => zoomTo(zoom * 1.5));
find(".zoom-out").addEventListener("click", () => zoomTo(zoom / 1.5));
find(".volume").addEventListener("input", (event) => { audio.volume = event.target.value; });
audio.volume = find(".volume").value;
seek.addEventListener("input", () => seekTo(Number(seek.value)));

let dragging = false;
const seekToPointer = (event) => seekTo(secondAt(event.clientX - roll.getBoundingClientRect().left));
roll.addEventListener("pointerdown", (event) => {
  dragging = true;
  roll.setPointerCapture(event.pointerId);
  seekToPointer(event);
});
roll.addEventListener("pointermove", (event) => { if (dragging) seekToPointer(event); });
for (const event of ["pointerup", "pointercancel"]) roll.addEventListener(event, () => { dragging = false; });
roll.addEventListener("wheel", (event) => {
  const sideways = event.shiftKey ? event.deltaY : event.deltaX;
  if (!sideways || zoom <= fittingZoom()) return;
  event.preventDefault();
  scrollTo(scroll + sideways / zoom);
  draw();
}, { passive: false });

root.addEventListener("keydown", (event) => {
  if (event.target !== root) return; // buttons, sliders and links keep their own keys
  const actions = {
    " ": toggle,
    ArrowLeft: () => seekTo(audio.currentTime - 5),
    ArrowRight: () => seekTo(audio.currentTime + 5),
    Home: () => seekTo(0),
    End: () => seekTo(duration),
  };
  if (!actions[event.key]) return;
  event.preventDefault();
  actions[event.key]();
});

new ResizeObserver(() => { zoom = Math.max(zoom, fittingZoom()); scrollTo(scroll); draw(); }).observe(roll);
new MutationObserver(draw).observe(document.body, { attributes: true, attributeFilter: ["class"] });

show(props.value || null);
watch("value", () => show(props.value || null));
