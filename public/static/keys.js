// Shortcuts of one key. What a key is for stands on the page: data-key="c" is focused if one writes or chooses in it,
// else clicked; in a list j and k go from row to row. They never work while one types, and can be turned off.

const KEPT = "voix-touches"; // in this browser alone
const dialog = document.getElementById("touches");
const opener = document.getElementById("touches-ouvrir");
const active = document.getElementById("touches-actives");
const rows = [...document.querySelectorAll("[data-row]")];
const FIELDS = "input:not([type=checkbox], [type=radio], [type=submit]), textarea, select, [contenteditable]";

function isActive() {
  return localStorage.getItem(KEPT) !== "non";
}

function goToRow(step) {
  const here = rows.findIndex((row) => row.contains(document.activeElement));
  const next = here < 0 ? 0 : Math.min(Math.max(here + step, 0), rows.length - 1);
  rows[next].querySelector("a").focus();
}

const IN_LIST = {
  j: () => goToRow(1),
  k: () => goToRow(-1),
  o: () => document.activeElement.closest("[data-row]")?.querySelector("a").click(),
  x: () => document.activeElement.closest("[data-row]")?.querySelector("input")?.click(),
};

function act(key) {
  if (key === "?") return dialog.showModal();
  if (rows.length && key in IN_LIST) return IN_LIST[key]();
  const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!target) return undefined;
  return target.matches(FIELDS) ? target.focus() : target.click();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || dialog.open || event.key.length > 1) return;
  if (!isActive() || document.activeElement.matches(FIELDS)) return;
  const isKnown = event.key === "?" || (rows.length && event.key in IN_LIST) || document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!isKnown) return;
  event.preventDefault();
  act(event.key);
});

opener.hidden = false;
opener.addEventListener("click", () => dialog.showModal());
active.checked = isActive();
active.addEventListener("change", () => localStorage.setItem(KEPT, active.checked ? "oui" : "non"));
