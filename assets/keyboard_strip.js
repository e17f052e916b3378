// --- Drawing -----------------------------------------------------------------------------------

// Every frame while something moves.
function look() {
  frame = 0;
  if (!root.isConnected) return end();
  if (take) {
    const second = now() - take.zero;
    lightBeat(second);
    for (const each of playing) showPlayed(each, second);
    frame = requestAnimationFrame(look);
  }
  draw();
}

function showPlayed(each, second) {
  const isDown = each.start <= second && second < each.end;
  if (isDown !== each.isShown) showKey(each.pitch, (each.isShown = isDown));
  if (second >= each.end) playing.delete(each);
}

function showBeats(beats) {
  find(".beats").replaceChildren(...Array.from({ length: beats }, () => document.createElement("i")));
}

function lightBeat(second) {
  const dots = find(".beats").children;
  const beat = Math.floor(second / beatSeconds(take));
  for (let i = 0; i < dots.length; i++) {
    dots[i].classList.toggle("is-now", Number.isFinite(beat) && beat >= -take.beats && (beat + take.beats) % take.beats === i);
  }
}

function drawn() {
  if (!isRecording()) return { ...(shown || { bpm: chosenTempo(), beats: Number(metre.value), notes: [] }), until: 0 };
  const second = now() - take.zero;
  const notes = take.notes.map((each) => [each.start, each.end ?? Math.max(each.start + SHORTEST, second), each.pitch, each.velocity]);
  return { bpm: take.bpm, beats: take.beats, notes, until: Math.max(0, Number.isFinite(second) ? second : 0) };
}

function draw() {
  const width = canvas.clientWidth, height = canvas.clientHeight;
  const content = drawn();
  root.classList.toggle("is-empty", !content.notes.length && !isRecording());
  canvas.setAttribute("aria-label", `${texts.strip}: ${summary() || texts.empty}`);
  if (!width) return; // in a hidden tab
  const ratio = window.devicePixelRatio || 1;
  const [pixelWidth, pixelHeight] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== pixelWidth || canvas.height !== pixelHeight) Object.assign(canvas, { width: pixelWidth, height: pixelHeight });
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  const style = getComputedStyle(root);
  const colour = (name) => style.getPropertyValue(name).trim();
  const bar = content.beats * beatSeconds(content);
  const bars = Math.max(4, Math.ceil(Math.max(content.until, lastEnd(content.notes)) / bar - 0.05));
  const zoom = width / (bars * bar); // pixels a second
  if (content.notes.length || isRecording()) drawGrid(pen, colour, { bars, bar, beats: content.beats, zoom, height, width });
  drawNotes(pen, colour, content.notes, zoom, height);
  const second = take ? now() - take.zero : -1;
  if (second >= 0 && state !== "idle") {
    pen.fillStyle = colour("--head");
    pen.fillRect(Math.min(second * zoom, width - 2), 0, 2, height);
  }
}

function drawGrid(pen, colour, { bars, bar, beats, zoom, height, width }) {
  const step = bars * 28 > width ? Math.ceil((bars * 28) / width) : 1; // numbers that fit
  pen.font = "11px system-ui, sans-serif";
  for (let i = 0; i < bars; i++) {
    const x = Math.round(i * bar * zoom) + 0.5;
    for (let beat = 1; beat < beats && bar * zoom > 40; beat++) {
      pen.fillStyle = colour("--beat-line");
      pen.fillRect(Math.round((i + beat / beats) * bar * zoom) + 0.5, 18, 1, height);
    }
    pen.fillStyle = colour("--line");
    if (i && bar * zoom > 5) pen.fillRect(x, 0, 1, height);
    pen.fillStyle = colour("--paper-text");
    if (i % step === 0) pen.fillText(String(i + 1), x + 5, 13);
  }
}

function drawNotes(pen, colour, notes, zoom, height) {
  const pitches = notes.map((note) => note[2]);
  const lowest = Math.min(...pitches), highest = Math.max(...pitches);
  const rows = Math.max(16, highest - lowest + 3);
  const row = (height - 24) / rows;
  const middle = (lowest + highest) / 2;
  pen.fillStyle = colour(isRecording() ? "--note-live" : "--note");
  for (const [start, end, pitch, velocity] of notes) {
    const w = Math.max((end - start) * zoom - 1, 2), h = Math.max(row - 1, 2.5);
    pen.globalAlpha = 0.45 + 0.55 * (velocity / 127);
    pen.beginPath();
    pen.roundRect(start * zoom, 20 + (rows / 2 + middle - pitch - 0.5) * row, w, h, Math.min(2.5, h / 2, w / 2));
    pen.fill();
  }
  pen.globalAlpha = 1;
}

function summary() {
  if (!shown) return "";
  const bars = Math.max(1, Math.ceil(lastEnd(shown.notes) / (shown.beats * beatSeconds(shown)) - 0.05));
  return `${counted(bars, texts.bars)}, ${counted(shown.notes.length, texts.notes)}, ${shown.bpm} ${texts.bpm}`;
}
