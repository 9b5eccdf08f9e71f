// Shows likely repeats beside the form while somebody types. Without this script the button does the same.
const form = document.getElementById("manual");
const beside = document.getElementById("likely");
const PAUSE = 700;
const LEAST = 25;
let waiting = 0;
let asked = "";

async function look() {
  const said = new URLSearchParams();
  for (const name of ["text", "place", "agenda_number", "phone", "email"]) {
    said.set(name, form.elements[name]?.value ?? "");
  }
  const short = ["agenda_number", "phone", "email"].every((name) => said.get(name).trim() === "");
  if (short && said.get("text").trim().length < LEAST) return;
  if (said.toString() === asked) return;
  asked = said.toString();
  const answer = await fetch(beside.dataset.url, {
    method: "POST",
    body: said,
    headers: { "X-CSRF-Token": form.elements.csrf.value },
    redirect: "error",
  });
  if (answer.ok && said.toString() === asked) beside.innerHTML = await answer.text();
}

form?.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => look().catch(() => {}), PAUSE);
});

document.getElementById("problems")?.focus();
