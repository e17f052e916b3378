// Says in words where one stands while others compose.
//
// Gradio tells it in its own tracker beside this text, in English and short: "queue: 2/3 | 4.1s".
// The style sheet hides that one. props.texts holds the words.

const place = element.querySelector(".place");
const block = element.closest(".block");
const texts = props.texts;
const QUIET_MS = 400; // nobody needs to read of a wait that is over by then
let wait = 0;

function standing() {
  const tracker = block.querySelector("[data-testid=status-tracker]:not(.hide)");
  const found = tracker?.textContent.match(/queue: (\d+)\/(\d+)/);
  return found ? found.slice(1).map(Number) : null;
}

function said() {
  const [rank, length] = standing() ?? [];
  if (!rank) return "";
  return rank === 1 ? texts.first : texts.later.replace("{rank}", rank).replace("{length}", length);
}

function show() {
  const text = said();
  if (place.textContent !== text) place.textContent = text;
  place.hidden = !text;
}

new MutationObserver(() => {
  if (!standing()) {
    clearTimeout(wait);
    wait = 0;
    return show();
  }
  if (!place.hidden) return show();
  wait ||= setTimeout(() => { wait = 0; show(); }, QUIET_MS);
}).observe(block.querySelector("[data-testid=status-tracker]"), { attributes: true, childList: true, subtree: true, characterData: true });
