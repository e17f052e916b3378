// --- The score: pages of SVG that follow the sound ---------------------------------------------

// What notation is made of. Everything else is left out: scripts, styles, animations, pictures.
const NOTATION = new Set(
  "svg g path use defs symbol rect polygon polyline line ellipse circle text tspan title desc".split(" "),
);
const SCORE_ZOOMS = [1, 1.25, 1.5, 2, 2.5, 3];
const TOUCHING_PX = 24; // a press so near to a note means it

let sheet = null; // { pages, timeline } as it came, the timeline as JSON
let timeline = [];
let sheetView = "roll"; // what the visitor wants to see where there is a choice
let sheetZoom = 0; // index in SCORE_ZOOMS
let sheetNotes = new Map(); // id -> element
let sheetStarts = new Map(); // id -> second
let longestEntry = 0;
let soundingIds = new Set();
let shownSystem = null; // the line of music that was scrolled to
const sheetBox = find(".sheet");

const sheetIsShown = () => sheet !== null && sheetView === "score";

function setSheet(content) {
  if (content && isSameSheet(content, sheet)) return;
  sheet = content;
  timeline = typeof sheet?.timeline === "string" ? JSON.parse(sheet.timeline) : sheet?.timeline ?? [];
  sheetNotes = new Map();
  soundingIds = new Set();
  shownSystem = null;
  sheetStarts = new Map(timeline.flatMap(([second, , ids]) => ids.map((id) => [id, second])));
  longestEntry = timeline.reduce((most, [from, , , to]) => Math.max(most, to - from), 0);
  sheetBox.replaceChildren(...(sheet?.pages ?? []).map(emptyPage));
  sheetBox.scrollTop = 0;
  find(".views").hidden = !canScore();
  showView();
  askForScore();
}

// Pages are only made once somebody wants to see them.
const canScore = () => sheet !== null || Boolean(shown?.can_score && !isGrowing());
function askForScore() {
  if (sheet === null && canScore() && sheetView === "score") trigger("score", {});
}

function isSameSheet(a, b) {
  if (!a || !b) return a === b;
  return String(a.timeline) === String(b.timeline) && a.pages.length === b.pages.length
    && a.pages.every((text, i) => text === b.pages[i]);
}

function emptyPage(_, index) {
  const box = document.createElement("div");
  box.className = "page";
  box.setAttribute("role", "img");
  box.setAttribute("aria-label", `${texts.sheet_page} ${index + 1}`);
  return box;
}

function showView() {
  const isScore = sheetIsShown();
  roll.hidden = isScore;
  sheetBox.hidden = !isScore;
  find(".as-roll").setAttribute("aria-pressed", String(!isScore));
  find(".as-score").setAttribute("aria-pressed", String(isScore));
  fillPages();
  isScore ? drawSounding() : draw();
}

function fillPages() {
  const box = [...sheetBox.children].find((each) => !each.dataset.filled);
  if (!box || !sheetIsShown()) return;
  fillPage([...sheetBox.children].indexOf(box));
  setTimeout(fillPages, 0); // a long score must not hold up the page
}

function fillPage(index) {
  const box = sheetBox.children[index];
  if (!box || box.dataset.filled) return;
  box.dataset.filled = "yes";
  const svg = readSvg(sheet.pages[index]);
  if (svg) box.append(svg);
  else setText(box, texts.sheet_broken);
}

function readSvg(text) {
  const read = new DOMParser().parseFromString(text, "image/svg+xml");
  if (read.querySelector("parsererror") || read.documentElement.localName !== "svg") return null;
  const svg = read.documentElement;
  for (const each of [...svg.querySelectorAll("*")]) if (!NOTATION.has(each.localName)) each.remove();
  for (const each of [svg, ...svg.querySelectorAll("*")]) cleanAttributes(each);
  if (!svg.hasAttribute("viewBox")) {
    svg.setAttribute("viewBox", `0 0 ${parseFloat(svg.getAttribute("width")) || 100} ${parseFloat(svg.getAttribute("height")) || 100}`);
  }
  svg.removeAttribute("width");
  svg.removeAttribute("height");
  svg.setAttribute("aria-hidden", "true");
  return document.importNode(svg, true);
}

function cleanAttributes(each) {
  for (const { name, localName, value } of [...each.attributes]) {
    const isLink = localName === "href";
    if (/^on/i.test(localName) || localName === "style" || (isLink && !value.startsWith("#")) || /url\s*\(/i.test(value)) {
      each.removeAttribute(name);
    } else if (isLink) {
      each.setAttribute(name, `#${playerId}-${value.slice(1)}`); // several players, one document
    } else if (localName === "id") {
      each.setAttribute(name, `${playerId}-${value}`);
    }
  }
}

function sheetNote(id) {
  if (!sheetNotes.has(id)) sheetNotes.set(id, sheetBox.querySelector(`[id="${CSS.escape(`${playerId}-${id}`)}"]`));
  return sheetNotes.get(id);
}

// In step with the sound

function entriesAt(now) {
  let first = 0;
  let end = timeline.length;
  while (first < end) {
    const middle = (first + end) >> 1;
    if (timeline[middle][0] < now - longestEntry) first = middle + 1;
    else end = middle;
  }
  const found = [];
  for (let i = first; i < timeline.length && timeline[i][0] <= now + 0.001; i++) {
    if (timeline[i][3] > now + 0.001) found.push(timeline[i]);
  }
  return found;
}

function showSoundingSheet(now) {
  const entries = canPlay() && (now > 0 || isSounding()) ? entriesAt(now) : [];
  entries.forEach(([, pageIndex]) => fillPage(pageIndex));
  const ids = new Set(entries.flatMap((entry) => entry[2]));
  for (const id of soundingIds) if (!ids.has(id)) sheetNote(id)?.classList.remove("is-sounding");
  for (const id of ids) if (!soundingIds.has(id)) sheetNote(id)?.classList.add("is-sounding");
  soundingIds = ids;
  const newest = entries.at(-1)?.[2].map(sheetNote).find(Boolean);
  if (newest) bringToSight(newest);
}

function bringToSight(note) {
  const system = note.closest(".system") ?? note.closest(".page");
  const box = sheetBox.getBoundingClientRect();
  const line = system.getBoundingClientRect();
  const at = note.getBoundingClientRect();
  const isOff = at.right > box.right - 8 || at.left < box.left;
  if (system === shownSystem && !isOff) return;
  shownSystem = system;
  const isWhole = line.top >= box.top && line.bottom <= box.bottom;
  sheetBox.scrollTo({
    top: isWhole ? sheetBox.scrollTop : sheetBox.scrollTop + line.top - box.top - 12,
    left: isOff ? sheetBox.scrollLeft + at.left - box.left - box.width * 0.15 : sheetBox.scrollLeft,
    behavior: isCalm.matches ? "instant" : "smooth",
  });
}

function secondOfPress(event) {
  for (let each = event.target; each && each !== sheetBox; each = each.parentElement) {
    const second = sheetStarts.get(each.id?.slice(playerId.length + 1));
    if (second !== undefined) return second;
  }
  let best = { second: undefined, distance: TOUCHING_PX };
  for (const [id, second] of sheetStarts) {
    const box = sheetNote(id)?.getBoundingClientRect();
    if (!box || !box.width) continue;
    const dx = Math.max(box.left - event.clientX, 0, event.clientX - box.right);
    const dy = Math.max(box.top - event.clientY, 0, event.clientY - box.bottom);
    const distance = Math.hypot(dx, dy);
    if (distance < best.distance) best = { second, distance };
  }
  return best.second;
}

function zoomSheet(step) {
  sheetZoom = clamp(sheetZoom + step, 0, SCORE_ZOOMS.length - 1);
  sheetBox.style.setProperty("--sheet-zoom", SCORE_ZOOMS[sheetZoom]);
  shownSystem = null;
  drawSounding();
}

sheetBox.addEventListener("click", (event) => {
  const second = secondOfPress(event);
  if (second !== undefined) seekTo(second);
});
for (const view of ["roll", "score"]) {
  find(`.as-${view}`).addEventListener("click", () => { sheetView = view; shownSystem = null; showView(); askForScore(); });
}
