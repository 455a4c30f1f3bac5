// Counts, while a reviewer writes, how many SMS the answer takes with what the citizen gets around it, and what it costs.
// The alphabet is the server's own (bot/sms.py, at data-alphabet): 3GPP TS 23.038, 160 characters, 153 in each of several.

export function toGsm7(text, table) {
  const quoted = text.replace(new RegExp(table.guillemets, "g"), '"');
  const composed = quoted.replace(new RegExp(table.apart, "g"), (found) => found.normalize("NFC"));
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

// All the SMS that tell an answer: [[how it begins, for how many people], …]. The least and the most are those of a person.
export function countAll(openings, text, table) {
  const each = openings.map(([opening, readers]) => [countSegments(toGsm7(opening + text, table), table), readers]);
  const segments = each.map(([count]) => count);
  return {
    least: Math.min(...segments),
    most: Math.max(...segments),
    readers: each.reduce((sum, [, readers]) => sum + readers, 0),
    total: each.reduce((sum, [count, readers]) => sum + count * readers, 0),
  };
}

function describe(field, around, table) {
  const found = countAll(JSON.parse(field.dataset.openings), around + field.value.trim(), table);
  const price = Number(field.dataset.price);
  const each = found.least === found.most ? `${found.most} SMS` : `de ${found.least} à ${found.most} SMS`;
  const said = [`${field.value.length} / ${field.maxLength} caractères`, `${each} par personne`];
  if (found.readers > 1) said.push(`${found.total} SMS pour ${found.readers} personnes`);
  if (price && found.total) {
    const euros = (found.total * price).toLocaleString("fr-FR", { style: "currency", currency: "EUR" });
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
