// Ticks every idea of the page of the queue at once, and says how many are ticked.

const boxes = [...document.querySelectorAll('input[name="chosen"]')];
const all = document.getElementById("tout-cocher");
const count = document.getElementById("coches");

function tell() {
  const ticked = boxes.filter((box) => box.checked).length;
  count.textContent = ticked ? `(${ticked})` : "";
  all.checked = ticked === boxes.length;
  all.indeterminate = ticked > 0 && ticked < boxes.length;
}

if (all) {
  document.querySelector("[data-tick-all]").hidden = false;
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    tell();
  });
  for (const box of boxes) box.addEventListener("change", tell);
  tell();
}
