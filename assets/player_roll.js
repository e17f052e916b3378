// --- The piano roll: where a second and a pitch are, and how they look -------------------------

const KEYS_WIDTH = 30; // pixels of the little keyboard at the left
const CLOSEST_ZOOM = 240; // pixels a second
const READABLE_ZOOM = 14; // pixels a second below which a long piece scrolls instead of shrinking
const GROWING_ZOOM = 40; // pixels a second while a piece is being composed
const GROWING_MARGIN = 0.12; // share of the width that stays free after the newest note
const DIMMED = 0.16; // opacity of parts that are not heard
const BLACK_KEYS = new Set([1, 3, 6, 8, 10]);

let notes = []; // {start, end, pitch, velocity, track}, sorted by start
let longest = 0; // seconds of the longest note: how far back a sounding note can have begun
let bars = [];
let borders = []; // seconds: the start of each bar, and the end of the last
let blocks = []; // bar indices
let promptEnd = 0;
let duration = 0;
let lowest = 48;
let highest = 72;
let zoom = 0; // pixels a second
let scroll = 0; // second at the left edge
let isFollowing = false; // whether the view goes with the end of a growing piece
let isFresh = true; // whether nobody has zoomed yet
let size = { width: 0, height: 0, ruler: 0 }; // pixels; reading them while drawing would cost layouts
let palette = null;
let drawing = 0; // a frame that was asked for

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
function measureRoll() {
  size = { width: roll.clientWidth, height: roll.clientHeight, ruler: ruler.offsetHeight };
}

const rollWidth = () => Math.max(1, size.width - KEYS_WIDTH);
const fittingZoom = () => rollWidth() / Math.max(duration, 1);
const leastZoom = () => (isGrowing() ? Math.min(fittingZoom(), READABLE_ZOOM) : fittingZoom());
const xOf = (second) => KEYS_WIDTH + (second - scroll) * zoom;
const secondAt = (x) => scroll + (x - KEYS_WIDTH) / zoom;
const isInSight = (x) => x >= KEYS_WIDTH - 1 && x <= size.width;
const lastScroll = () =>
  Math.max(0, duration - (rollWidth() * (isGrowing() ? 1 - GROWING_MARGIN : 1)) / zoom);

function scrollTo(second) {
  scroll = clamp(second, 0, lastScroll());
}

function lookAt(second) {
  scrollTo(second);
  isFollowing = isGrowing() && scroll > lastScroll() - 0.01;
  draw();
}

function zoomTo(wanted, second = audio.currentTime || 0, x = KEYS_WIDTH + rollWidth() * 0.3) {
  isFresh = false;
  zoom = clamp(wanted, leastZoom(), Math.max(CLOSEST_ZOOM, fittingZoom()));
  if (isFollowing) scrollTo(lastScroll());
  else scrollTo(second - (x - KEYS_WIDTH) / zoom);
  draw();
}

function follow() {
  if (!isFollowing || isSounding()) return draw();
  const left = lastScroll() - scroll;
  scrollTo(scroll + (isCalm.matches || Math.abs(left * zoom) < 1 ? left : left * 0.2));
  draw();
  if (Math.abs(lastScroll() - scroll) * zoom >= 1) requestDrawing(follow);
}

function requestDrawing(draws = draw) {
  drawing ||= requestAnimationFrame(() => { drawing = 0; draws(); });
}

// Columns come as text where they can: gradio watches every number of a list, which is slow.
const column = (given) => (typeof given !== "string" ? given : given ? given.split(",").map(Number) : []);

function setRoll(content, isSame) {
  const [end, pitch, velocity, track] = ["end", "pitch", "velocity", "track"].map((name) => column(content[name]));
  notes = column(content.start)
    .map((start, i) => ({ start, end: end[i], pitch: pitch[i], velocity: velocity[i], track: track[i] }))
    .sort((a, b) => a.start - b.start);
  longest = notes.reduce((most, note) => Math.max(most, note.end - note.start), 0);
  bars = column(content.bars);
  borders = [...bars.filter((second) => second < content.duration), content.duration];
  promptEnd = content.prompt_bars ? bars[content.prompt_bars] ?? content.duration : 0;
  duration = isSame ? Math.max(content.duration, audio.duration || 0) : content.duration;
  setRange(isSame);
  notesCanvas.setAttribute("aria-label", `${texts.roll}: ${notes.length} ${texts.notes}, ${clock(duration)}`);
}

function setRange(isSame) {
  let low = notes.reduce((least, note) => Math.min(least, note.pitch), 128) - 2;
  let high = notes.reduce((most, note) => Math.max(most, note.pitch), -1) + 2;
  if (!notes.length) [low, high] = [48, 72];
  if (isGrowing()) [low, high] = [Math.min(low, 40), Math.max(high, 80)]; // seldom has to widen
  if (isSame) [low, high] = [Math.min(low, lowest), Math.max(high, highest)]; // and nothing jumps
  const missing = Math.max(0, 24 - (high - low));
  lowest = low - Math.ceil(missing / 2);
  highest = high + Math.floor(missing / 2);
}

// Drawing

function pen(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const width = Math.round(size.width * ratio);
  const height = Math.round(size.height * ratio);
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, size.width, size.height);
  const top = size.ruler;
  const row = (size.height - top) / (highest - lowest + 1);
  return { context, row, yOf: (pitch) => top + (highest - pitch) * row };
}

function colours() {
  if (palette) return palette;
  const style = getComputedStyle(root);
  const of = (name) => style.getPropertyValue(name).trim();
  palette = {
    tracks: ["--note", "--note-2", "--note-3", "--note-4", "--note-5"].map(of),
    prompt: of("--note-prompt"), sounding: of("--note-sounding"),
    blackRow: of("--roll-black-key"), line: of("--roll-line"), text: of("--roll-text"),
    whiteKey: of("--key-white"), blackKey: of("--key-black"), paper: of("--roll"), ink: of("--roll-ink"),
  };
  return palette;
}

function draw() {
  if (!size.width) measureRoll();
  if (!size.width) return; // in a hidden tab, or behind the score
  Object.assign(roll.dataset, { zoom, scroll, left: KEYS_WIDTH }); // tells tests where a second is
  const began = performance.now();
  const tools = pen(notesCanvas);
  const colour = colours();
  drawRows(tools, colour);
  drawBars(tools, colour);
  drawNotes(tools, colour);
  drawBlocks(tools, colour);
  drawKeys(tools, colour);
  placeMarks();
  drawSounding();
  roll.dataset.drawMs = performance.now() - began; // for tests
}

function drawRows({ context, yOf, row }, colour) {
  context.fillStyle = colour.blackRow;
  for (let pitch = lowest; pitch <= highest; pitch++) {
    if (BLACK_KEYS.has(pitch % 12)) context.fillRect(KEYS_WIDTH, yOf(pitch), rollWidth(), row);
  }
  context.fillStyle = colour.line;
  for (let pitch = lowest; pitch <= highest; pitch++) {
    if (pitch % 12 === 0) context.fillRect(KEYS_WIDTH, yOf(pitch) + row - 0.5, rollWidth(), 1);
  }
}

function drawBars({ context }, colour) {
  const top = size.ruler;
  let free = -Infinity; // where the last number ends
  context.font = "11px system-ui, sans-serif";
  bars.forEach((second, index) => {
    const x = Math.round(xOf(second));
    if (!isInSight(x) || x < free) return;
    context.fillStyle = colour.line;
    context.fillRect(x, top - 5, 1, size.height);
    context.fillStyle = colour.text;
    context.fillText(String(index + 1), x + 4, top / 2 + 4);
    free = x + 28;
  });
  context.fillStyle = colour.line;
  context.fillRect(KEYS_WIDTH, top - 1, rollWidth(), 1);
}

function drawNotes(tools, colour) {
  const right = secondAt(size.width);
  const isMuted = new Set(muted);
  for (let i = firstNoteFrom(scroll - longest); i < notes.length && notes[i].start <= right; i++) {
    const note = notes[i];
    const fill = note.start < promptEnd - 0.01 ? colour.prompt : colour.tracks[note.track % colour.tracks.length];
    drawNote(tools, note, fill, isMuted.has(note.track) ? DIMMED : 1);
  }
}

function drawNote({ context, yOf, row }, note, fill, opacity = 1) {
  const x = xOf(note.start);
  const width = Math.max((note.end - note.start) * zoom - 1, 2);
  if (x + width < KEYS_WIDTH || x > size.width) return;
  const height = Math.max(row - 1, 2);
  context.globalAlpha = opacity * (0.4 + 0.6 * (note.velocity / 127));
  context.fillStyle = fill;
  context.beginPath();
  context.roundRect(x, yOf(note.pitch) + 0.5, width, height, Math.min(2.5, height / 2, width / 2));
  context.fill();
  context.globalAlpha = 1;
}

function drawBlocks({ context }, colour) {
  context.font = "600 11px system-ui, sans-serif";
  blocks.forEach((bar, index) => {
    const x = Math.round(xOf(borders[bar] ?? Infinity));
    if (!isInSight(x)) return;
    const label = String(index + 2); // the first block begins with the piece
    const width = context.measureText(label).width + 10;
    context.fillStyle = colour.ink;
    context.fillRect(x - 1, size.ruler, 2, size.height);
    context.beginPath();
    context.roundRect(x - 1, size.height - 18, width, 18, [0, 6, 0, 0]);
    context.fill();
    context.fillStyle = colour.paper;
    context.fillText(label, x + 4, size.height - 5);
  });
}

function drawKeys({ context, yOf, row }, colour, sounding = null) {
  if (!sounding) {
    context.fillStyle = colour.paper;
    context.fillRect(0, 0, KEYS_WIDTH, size.height);
  }
  for (let pitch = lowest; pitch <= highest; pitch++) {
    if (sounding && !sounding.has(pitch)) continue;
    const isBlack = BLACK_KEYS.has(pitch % 12);
    context.fillStyle = sounding ? colour.sounding : isBlack ? colour.blackKey : colour.whiteKey;
    context.fillRect(0, yOf(pitch), isBlack ? KEYS_WIDTH * 0.62 : KEYS_WIDTH - 2, Math.max(row - 0.6, 1));
    if (pitch % 12 === 0 && row > 3.5) {
      context.fillStyle = colour.text;
      context.font = "9px system-ui, sans-serif";
      context.fillText(`C${pitch / 12 - 1}`, KEYS_WIDTH - 16, yOf(pitch) + row * 0.5 + 3);
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
  const now = audio.currentTime;
  showTime(now);
  if (sheetIsShown()) return showSoundingSheet(now);
  const tools = pen(soundingCanvas);
  const keys = new Set();
  const colour = colours();
  for (let i = firstNoteFrom(now - longest); canPlay() && i < notes.length && notes[i].start <= now; i++) {
    if (notes[i].end <= now || muted.includes(notes[i].track)) continue;
    drawNote(tools, notes[i], colour.sounding);
    keys.add(notes[i].pitch);
  }
  if (keys.size) drawKeys(tools, colour, keys);
  const x = xOf(now);
  playhead.style.transform = `translateX(${x}px)`;
  playhead.style.visibility = canPlay() && isInSight(x) ? "visible" : "hidden";
}

function keepInSight() {
  if (sheetIsShown()) return;
  const x = xOf(audio.currentTime);
  if (x >= KEYS_WIDTH && x <= size.width - 12) return;
  scrollTo(audio.currentTime - (rollWidth() / zoom) * 0.08); // turn the page
  draw();
}

// Pointers: one seeks, two zoom

const pointers = new Map(); // id -> x within the roll
let pinch = null; // { distance, zoom, second } as two fingers went down
const within = (event) => event.clientX - roll.getBoundingClientRect().left;

roll.addEventListener("pointerdown", (event) => {
  if (event.target.closest("button, .ruler") || event.button > 0) return;
  pointers.set(event.pointerId, within(event));
  roll.setPointerCapture(event.pointerId);
  if (pointers.size === 2) beginPinch();
  else if (event.pointerType !== "touch") seekTo(secondAt(within(event)));
});
roll.addEventListener("pointermove", (event) => {
  if (!pointers.has(event.pointerId)) return;
  pointers.set(event.pointerId, within(event));
  if (pinch) movePinch();
  else seekTo(secondAt(within(event)));
});
for (const name of ["pointerup", "pointercancel"]) {
  roll.addEventListener(name, (event) => {
    if (!pointers.delete(event.pointerId)) return;
    if (!pinch && name === "pointerup") seekTo(secondAt(within(event)));
    if (!pointers.size) pinch = null;
  });
}
roll.addEventListener("wheel", (event) => {
  if (event.ctrlKey) { // a pinch on a trackpad
    event.preventDefault();
    return zoomTo(zoom * Math.exp(-event.deltaY / 100), secondAt(within(event)), within(event));
  }
  const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
  if (!sideways || lastScroll() === 0) return;
  event.preventDefault();
  lookAt(scroll + sideways / zoom);
}, { passive: false });

function beginPinch() {
  const [a, b] = [...pointers.values()];
  pinch = { distance: Math.max(Math.abs(a - b), 10), zoom, second: secondAt((a + b) / 2) };
}

function movePinch() {
  if (pointers.size < 2) return;
  const [a, b] = [...pointers.values()];
  zoomTo((pinch.zoom * Math.abs(a - b)) / pinch.distance, pinch.second, (a + b) / 2);
}
