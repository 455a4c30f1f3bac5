// Says that somebody works on a case: takes it when its page is opened, and renews that while they type or choose.
// Without this file the button « Je m'en occupe » does it, and every save renews it.

const RENEWED_EVERY = 120_000; // milliseconds; a claim holds for ten minutes (service/claims.py)
const panel = document.querySelector("[data-claim]");
let asked = 0;

async function renew() {
  asked = Date.now();
  const body = new URLSearchParams({ csrf_token: panel.querySelector("[name=csrf_token]").value });
  let response;
  try {
    response = await fetch(panel.dataset.claim, { method: "POST", body, credentials: "same-origin" });
  } catch {
    return; // no network: asked again at the next key
  }
  const lost = panel.querySelector("[data-claim-lost]");
  lost.hidden = response.status !== 409;
  lost.textContent = response.status === 409 ? `${await response.text()} Rechargez la page pour savoir qui.` : "";
  if (response.status === 204) {
    panel.querySelector("[data-claim-said]").textContent = "Vous y travaillez.";
    panel.querySelector("[data-claim-take]")?.remove();
  }
}

if (panel && !("taken" in panel.dataset)) {
  renew();
  document.querySelector(".case").addEventListener("input", () => {
    if (Date.now() - asked > RENEWED_EVERY) renew();
  });
}
