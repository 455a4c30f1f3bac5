// Makes the web chat quicker: sends without reloading the page. Without this file the form works all the same.

const form = document.getElementById("chat");
const field = document.getElementById("message");
const problem = document.getElementById("probleme");
const announcement = document.getElementById("annonce");
const counter = document.getElementById("compte");
const TOO_OLD = "Cette page était trop ancienne. Elle est à jour : envoyez à nouveau votre message.";
const NOT_SENT = "Votre message n'est pas parti. Vérifiez votre connexion, puis envoyez-le à nouveau.";
const hasKeyboard = window.matchMedia("(pointer: fine)").matches;

let sending = false;
let enhanced = true; // after a failure the next try is the browser's own, which shows what is wrong

form.addEventListener("submit", (event) => {
  if (!enhanced) return;
  event.preventDefault();
  if (!sending) send(event.submitter);
});

field.addEventListener("keydown", (event) => {
  // On a real keyboard Enter sends, as everywhere; on a touch screen it makes a new line.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || !hasKeyboard) return;
  event.preventDefault();
  if (field.value.trim()) form.requestSubmit();
});

field.addEventListener("input", count);

async function send(submitter) {
  const option = submitter?.name === "option" ? submitter : null;
  if (!option && !field.value.trim()) {
    field.focus();
    return;
  }
  const body = new FormData(form);
  if (option) body.set("option", option.value);
  setSending(true);
  const pending = showPending(option ? option.textContent : field.value.trim());
  let page;
  try {
    const response = await fetch(form.action, { method: "POST", body: new URLSearchParams(body), credentials: "same-origin" });
    page = new DOMParser().parseFromString(await response.text(), "text/html");
    if (response.status === 400 && (await renew())) {
      setSending(false);
      showProblem(TOO_OLD);
      return;
    }
    if (!response.ok) throw new Error(page.getElementById("erreur")?.textContent.trim());
    if (!page.getElementById("conversation")) throw new Error();
  } catch (error) {
    pending.remove();
    setSending(false);
    enhanced = false; // the same message id is sent again: it cannot count twice
    // A TypeError is the network's; its message is not for people.
    showProblem((!(error instanceof TypeError) && error.message) || NOT_SENT);
    return;
  }
  show(page, option);
  setSending(false);
}

// The form's token went with the browser's session: a fresh page has another. Whether one was had.
async function renew() {
  const response = await fetch(form.action, { credentials: "same-origin" });
  return response.ok && replaceConversation(new DOMParser().parseFromString(await response.text(), "text/html"));
}

function replaceConversation(page) {
  const fresh = page.getElementById("conversation");
  if (fresh) document.getElementById("conversation").replaceWith(document.adoptNode(fresh));
  return Boolean(fresh);
}

function show(page, option) {
  const fromField = !option;
  replaceConversation(page);
  const help = page.getElementById("aide");
  if (help) document.getElementById("aide").textContent = help.textContent;
  tellOfEnter();
  if (fromField) field.value = "";
  problem.hidden = true;
  count();
  const reply = document.getElementById("reponse");
  if (fromField) {
    // Focus stays where the person writes; the reply is read out.
    field.focus({ preventScroll: true });
    announce(reply);
  } else {
    // The button they pressed is gone: the reply takes its place, the new choices come next.
    reply.focus({ preventScroll: true });
  }
  scrollToReply();
}

function showPending(text) {
  const exchange = document.createElement("li");
  exchange.className = "exchange exchange--pending";
  exchange.setAttribute("aria-hidden", "true");
  const said = document.createElement("div");
  said.className = "bubble bubble--mine";
  const words = document.createElement("p");
  words.className = "bubble__text";
  words.textContent = text;
  said.append(words);
  const waiting = document.createElement("div");
  waiting.className = "bubble bubble--waiting";
  waiting.append(...[0, 1, 2].map(() => document.createElement("span")));
  exchange.append(said, waiting);
  document.querySelector("#conversation .bubbles").append(exchange);
  exchange.scrollIntoView({ block: "nearest" });
  return exchange;
}

function setSending(on) {
  sending = on;
  form.classList.toggle("is-sending", on);
  form.setAttribute("aria-busy", String(on));
  for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", String(on));
}

function announce(reply) {
  const choices = [...document.querySelectorAll("#conversation .option")].map((button) => button.textContent.trim());
  const text = reply.querySelector(".bubble__text").textContent;
  announcement.textContent = "";
  window.setTimeout(() => {
    announcement.textContent = choices.length ? `${text} Choix proposés : ${choices.join(" ; ")}.` : text;
  }, 50);
}

function showProblem(text) {
  problem.textContent = text;
  problem.hidden = false;
  field.focus();
}

function count() {
  const longest = field.maxLength;
  counter.hidden = field.value.length === 0;
  counter.textContent = `${field.value.length.toLocaleString("fr-FR")} / ${longest.toLocaleString("fr-FR")} caractères`;
  counter.classList.toggle("is-near-limit", field.value.length > longest * 0.9);
}

function scrollToReply() {
  // The whole end of the conversation if it fits on the screen, else from where the new exchange begins.
  const exchange = document.getElementById("suite");
  const top = exchange.getBoundingClientRect().top;
  const bottom = form.getBoundingClientRect().bottom;
  if (bottom - top > window.innerHeight) exchange.scrollIntoView({ block: "start" });
  else window.scrollBy(0, bottom - window.innerHeight);
}

function tellOfEnter() {
  if (hasKeyboard) document.getElementById("aide").append(" Entrée : envoyer. Maj + Entrée : aller à la ligne.");
}

tellOfEnter();
count();
if (!location.hash && document.querySelector("#conversation .bubble--mine")) scrollToReply();
