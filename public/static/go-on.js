// An import that takes several requests goes on by itself; without this script there is a button.

for (const form of document.querySelectorAll("[data-go-on]")) form.requestSubmit();
