// Counts, while a reviewer writes, how many SMS the answer takes with what the citizen gets around it, and what it costs.
// The alphabet is the server's own (bot/sms.py, at data-alphabet): 3GPP TS 23.038, 160 characters, 153 in each of several.

export function toGsm7(text, table) {
  const composed = text.replace(new RegExp(table.guillemets, "g"), '"').normalize("NFC");
  const known = new Set(table.basic + table.extension);
  const fold = (character) => {
    if (known.has(character)) return character;
    if (character in table.writtenOtherwise) return table.writtenOtherwise[character];
    const parts = [...character.normalize("NFKD")];
    return parts.map((part) => (known.has(part) ? part : (table.writtenOtherwise[part] ?? ""))).join("");
  };
  return [...composed].map(fold).join("");
}

export function countSegments(text, table) {
  const widths = [...text].map((character) => (table.extension.includes(character) ? 2 : 1));
  const total = widths.reduce((sum, width) => sum + width, 0);
  if (total === 0) return 0;
  if (total <= table.single) return 1;
  let parts = 1;
  let used = 0;
  for (const width of widths) {
    if (used + width > table.part) {
      parts += 1;
      used = 0;
    }
    used += width;
  }
  return parts;
}

function describe(field, around, table) {
  const segments = countSegments(toGsm7(around + field.value.trim(), table), table);
  const readers = Number(field.dataset.readers);
  const price = Number(field.dataset.price);
  const said = [`${field.value.length} / ${field.maxLength} caractères`, `${segments} SMS par personne`];
  if (readers > 1) said.push(`${segments * readers} SMS pour ${readers} personnes`);
  if (price && readers) {
    const euros = (segments * readers * price).toLocaleString("fr-FR", { style: "currency", currency: "EUR" });
    said.push(`environ ${euros}`);
  }
  return said.join(", ");
}

async function watch(field) {
  const answer = await fetch(field.dataset.alphabet);
  if (!answer.ok) return; // the count is a help: the form is as good without it
  const table = await answer.json();
  const counter = document.getElementById(field.dataset.segments);
  const form = field.form;
  const update = () => {
    const chosen = form.querySelector("[data-around]:checked") ?? form.querySelector("[data-around]");
    counter.textContent = describe(field, chosen ? chosen.dataset.around : "", table);
  };
  counter.hidden = false;
  form.addEventListener("input", update);
  form.addEventListener("change", update);
  update();
}

if (typeof document !== "undefined") {
  document.querySelectorAll("textarea[data-segments]").forEach(watch);
}
