// A field with data-copy gets a button that copies it; without JavaScript one selects it by hand.
for (const field of document.querySelectorAll("[data-copy]")) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: field.dataset.copy });
  const said = Object.assign(document.createElement("span"), { className: "small copied" });
  said.setAttribute("role", "status");
  field.addEventListener("focus", () => field.select());
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(field.value);
    said.textContent = field.dataset.copied;
  });
  field.after(button, said);
}
