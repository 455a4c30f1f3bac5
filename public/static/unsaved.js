// Before a page is left on which something was typed and not saved, the browser asks. Sending one form leaves the others,
// and what was typed in them, behind.

const forms = [...document.querySelectorAll('form[method="post"]')];
const opened = new Map(forms.map((form) => [form, read(form)]));
let sent = null;

function read(form) {
  return new URLSearchParams(new FormData(form)).toString();
}

// A form that was refused came back, with what was typed in it, under its own address.
function isRefused(form) {
  return new URL(form.action).pathname === location.pathname && form.querySelector("textarea, select, [type=text]");
}

document.addEventListener("submit", (event) => {
  sent = event.target;
});

window.addEventListener("beforeunload", (event) => {
  const isLost = (form) => form !== sent && (isRefused(form) || read(form) !== opened.get(form));
  if (forms.some(isLost)) event.preventDefault();
  sent = null;
});
