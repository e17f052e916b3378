// The player: an <audio> element is the clock; a piano roll or a score is drawn beside it.
//
// gr.HTML runs this once per player with `element` (its root), `props`, `watch` and `trigger`.
// midigen/ui/player.py puts the other player_*.js behind this file, so they share these names; it
// also says what the value holds. props.texts holds the words. Names only become textContent.

const find = (selector) => element.querySelector(`${selector}:not(svg *)`); // notation has classes too
const root = find(".player");
const roll = find(".roll");
const notesCanvas = find(".notes");
const soundingCanvas = find(".sounding");
const playhead = find(".playhead");
const ruler = find(".ruler");
const flag = find(".bar-flag");
const seek = find(".seek");
const texts = props.texts;
const isCalm = window.matchMedia("(prefers-reduced-motion: reduce)");
const EMPTY_ROLL = { start: "", end: "", pitch: "", velocity: "", track: "", tracks: [], bars: "", prompt_bars: 0, duration: 0 };

let audio = find("audio");
let shown = null; // the value
let frame = 0;

const canPlay = () => audio.hasAttribute("src");
const isGrowing = () => Boolean(shown?.progress);
const isSounding = () => canPlay() && !audio.paused && !audio.ended;
const clock = (seconds) =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

function setText(box, text) { // writing the same again would cost a layout
  if (box.textContent !== text) box.textContent = text;
}
