// An export is read here line by line: its progress is shown, and a file that was cut short is not kept as if it were whole.
// Without this script the link simply downloads it.

const DELIVERED = "Export terminé";
const number = new Intl.NumberFormat("fr-FR");

for (const link of document.querySelectorAll("[data-export]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    if (link.getAttribute("aria-disabled") === "true") return;
    link.setAttribute("aria-disabled", "true");
    receive(link).finally(() => link.removeAttribute("aria-disabled"));
  });
}

async function receive(link) {
  const { words, progress } = showProgress(link);
  try {
    const response = await fetch(link.href, { credentials: "same-origin" });
    if (!response.ok || response.redirected) throw new Error(`status ${response.status}`);
    const expected = Number(response.headers.get("X-Rows"));
    progress.max = Math.max(expected, 1);
    const { pieces, rows } = await readRows(response.body, (count) => {
      progress.value = count;
      words.textContent = `${number.format(count)} lignes sur ${number.format(expected)}…`;
    });
    save(new Blob(pieces, { type: "text/csv" }), link, response);
    progress.value = progress.max;
    const erased = expected - rows;
    words.textContent =
      `${DELIVERED} : ${number.format(rows)} ligne${rows > 1 ? "s" : ""}.` +
      (erased > 0 ? ` ${number.format(erased)} de moins qu'au départ : effacée${erased > 1 ? "s" : ""} pendant l'export.` : "");
  } catch {
    // A stream that breaks off is an error of the reading: what came is thrown away.
    progress.hidden = true;
    words.textContent = "L'export s'est interrompu et rien n'est gardé : recommencez, ou resserrez le filtre.";
  }
}

function showProgress(link) {
  const template = document.querySelector("[data-export-progress]");
  let card = document.querySelector(".export-progress");
  if (card) card.remove();
  card = template.content.cloneNode(true).firstElementChild;
  link.parentElement.after(card);
  return { words: card.querySelector("[data-export-words]"), progress: card.querySelector("progress") };
}

// A line ends where a line feed stands outside quotes. Bytes are enough: neither occurs inside a character of UTF-8.
async function readRows(stream, tell) {
  const [QUOTE, LINE_FEED] = [34, 10];
  const pieces = [];
  let rows = -1; // the heading
  let quoted = false;
  for (const reader = stream.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) return { pieces, rows };
    pieces.push(value);
    for (const byte of value) {
      if (byte === QUOTE) quoted = !quoted;
      else if (byte === LINE_FEED && !quoted) rows += 1;
    }
    tell(Math.max(rows, 0));
  }
}

function save(blob, link, response) {
  const named = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "");
  const saved = document.createElement("a");
  saved.href = URL.createObjectURL(blob);
  saved.download = named ? named[1] : "idees.csv";
  saved.click();
  setTimeout(() => URL.revokeObjectURL(saved.href), 60_000);
}
