// A second press of the same button is no second form.
for (const form of document.querySelectorAll("form[data-once]")) {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
}
// Keeps a draft on this device while somebody writes, and forgets it once the report is sent. Without script all works.
(() => {
  const form = document.querySelector("form[data-draft]");
  const done = document.querySelector("[data-draft-done]");
  const store = window.localStorage;
  if (done) store.removeItem(done.dataset.draftDone);
  if (!form) return;
  const key = form.dataset.draft;
  const fields = () => [...form.elements].filter((field) => ["text", "place", "title", "day"].includes(field.name));
  const saved = JSON.parse(store.getItem(key) || "{}");
  for (const field of fields()) if (!field.value && saved[field.name]) field.value = saved[field.name];
  form.addEventListener("input", () => {
    store.setItem(key, JSON.stringify(Object.fromEntries(fields().map((field) => [field.name, field.value]))));
  });
})();
