// --- What the players of a page share ----------------------------------------------------------
//
// One style sheet, one listener for the space bar, one for the theme, one volume. (A `css_template`
// would be read again with every value.) Components come and go while the
// page lives, so players sign in here instead of listening to the document themselves.

const page = (window.midigenPlayers ??= openPage());

function openPage() {
  const USES_SPACE = [
    "input, textarea, select, button, a[href], summary, audio, video",
    ...["button", "checkbox", "combobox", "gridcell", "link", "listbox", "menuitem", "menuitemcheckbox",
      "menuitemradio", "option", "radio", "searchbox", "slider", "spinbutton", "switch", "tab", "textbox",
      "treeitem"].map((role) => `[role=${role}]`),
  ].join(", ");
  const players = new Set(); // each { root, isReady, isSounding, toggle, pause, showVolume, recolour }
  const shared = {
    volume: 0.9, isMuted: false, lastUsed: null, n: 0,
    leadS: 0.05, // how long a recording takes to seek and start; learned when one is exchanged
    join, silenceOthers, setVolume, living,
  };

  function join(player) {
    living();
    players.add(player);
    shared.n += 1;
    return `player-${shared.n}`;
  }

  function living() {
    for (const player of players) if (!player.root.isConnected) players.delete(player);
    return [...players];
  }

  function silenceOthers(player, audio) {
    for (const other of living()) if (other !== player) other.pause();
    for (const other of document.querySelectorAll("audio")) if (other !== audio) other.pause();
  }

  function setVolume(change) {
    Object.assign(shared, change);
    for (const player of living()) player.showVolume();
  }

  function shownHeight(player) {
    const { top, bottom } = player.root.getBoundingClientRect();
    return Math.min(bottom, window.innerHeight) - Math.max(top, 0);
  }

  function meant() {
    const sounding = living().find((player) => player.isSounding());
    if (sounding) return sounding;
    const ready = living().filter((player) => player.isReady() && player.root.getClientRects().length > 0);
    if (ready.includes(shared.lastUsed)) return shared.lastUsed;
    const inSight = ready.filter((player) => shownHeight(player) > 0);
    return inSight.sort((a, b) => shownHeight(b) - shownHeight(a))[0];
  }

  const style = document.createElement("style");
  style.textContent = `.midigen-player { ${props.css} }`;
  document.head.append(style);
  document.addEventListener("keydown", (event) => {
    if (event.key !== " " || event.defaultPrevented || event.isComposing) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const focused = event.composedPath()[0];
    if (focused instanceof Element && (focused.isContentEditable || focused.closest(USES_SPACE))) return;
    const player = meant();
    if (!player) return;
    event.preventDefault(); // the page would scroll
    if (!event.repeat) player.toggle();
  });
  new MutationObserver(() => living().forEach((player) => player.recolour()))
    .observe(document.body, { attributes: true, attributeFilter: ["class"] });
  return shared;
}
