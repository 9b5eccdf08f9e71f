// What the console does beyond links and forms: keys, live news, previews, suggestions, more rows. Nothing here is
// needed to work: without it every page is plain links and forms.

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const csrf = document.body.dataset.csrf;
document.documentElement.classList.add("js");

function later(work, wait) {
  let timer;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...args), wait);
  };
}

async function fetchText(url, options = {}) {
  const answer = await fetch(url, { ...options, redirect: "error", headers: { "X-CSRF-Token": csrf, "X-Fragment": "1" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.text();
}

// Keys. Single letters do nothing while one types, and nothing at all once they are turned off (WCAG 2.1.4).

const rows = () => $$("[data-row]");
const current = () => document.activeElement?.closest("[data-row]");

function step(by) {
  const all = rows();
  const at = all.indexOf(current());
  const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by))];
  if (!next) return;
  $("h2 a", next).focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

function unfold(summary) {
  const found = $(summary, current() ?? document.createElement("i"))?.parentElement;
  if (!found) return;
  found.open = true;
  $("input:not([type=hidden]), select", found).focus();
}

const keys = {
  j: () => step(1),
  k: () => step(-1),
  n: () => $("#next button")?.click(),
  c: () => $(".claim-it", current() ?? $(".claiming") ?? document.createElement("i"))?.click(),
  u: () => $("[data-back]")?.click(),
  x: () => $(".pick input", current() ?? document.createElement("i"))?.click(),
  b: () => $(".make-it", current() ?? document.createElement("i"))?.click(),
  t: () => unfold(".attach-it"),
  a: () => unfold(".dismiss-it"),
  "/": () => $("#q")?.select(),
  "?": () => $("#keys")?.showModal(),
};

const off = $("#keys-off");
if (off) {
  off.checked = localStorage.getItem("keys") === "off";
  off.addEventListener("change", () => localStorage.setItem("keys", off.checked ? "off" : "on"));
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") $$("details.menu[open]").forEach((menu) => menu.removeAttribute("open"));
  const typing = event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, dialog, [contenteditable]");
  if (event.ctrlKey || event.metaKey || event.altKey || typing || !keys[event.key] || off?.checked) return;
  event.preventDefault();
  keys[event.key]();
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) document.getElementById(opener.dataset.open)?.showModal();
  $$("details.menu[open]").forEach((menu) => menu.contains(event.target) || menu.removeAttribute("open"));
});

// Back to the list as it was, where one came from it.

const back = $("[data-back]");
const camefrom = sessionStorage.getItem("list");
if (back && camefrom) back.href = camefrom;
if ($("#rows")) sessionStorage.setItem("list", location.pathname + location.search);

// More rows below those that are there; the address keeps how many, so that Back shows as many again.

document.addEventListener("click", async (event) => {
  const more = event.target.closest("[data-more]");
  if (!more || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const list = $("#rows");
  try {
    const html = await fetchText(more.href);
    const first = list.children.length;
    more.parentElement.remove();
    list.insertAdjacentHTML("beforeend", html);
    $("h2 a", list.children[first])?.focus({ preventScroll: true });
    keepCount(rows().length);
  } catch {
    location.href = more.href;
  }
});

function keepCount(count) {
  const here = new URL(location.href);
  here.searchParams.set("rows", String(Math.min(count, 200)));
  history.replaceState(null, "", here);
  sessionStorage.setItem("list", here.pathname + here.search);
}

// Several reports at once.

function showPicked() {
  const count = $$(".pick input:checked").length;
  const bar = $(".bulk");
  if (!bar) return;
  $("#picked").textContent = String(count);
  bar.classList.toggle("shown", count > 0);
}
document.addEventListener("change", (event) => event.target.closest(".pick") && showPicked());
window.addEventListener("pageshow", showPicked);

// A form is sent once; coming back by Back it can be sent again.

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
  $$("button", form).forEach((button) => button.setAttribute("aria-disabled", "true"));
  drafts.forget(form);
});
window.addEventListener("pageshow", () =>
  $$("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    $$("button", form).forEach((button) => button.removeAttribute("aria-disabled"));
  }),
);

// What is typed into the form of an action survives a reload or a log-in, in this tab alone, until it is sent.

const drafts = {
  key: (form) => `draft:${form.getAttribute("action")}`,
  fields: (form) => $$("textarea, input[type=text], input:not([type]), select", form),
  keep(form) {
    const kept = drafts.fields(form).map((field) => [field.name, field.value]);
    sessionStorage.setItem(drafts.key(form), JSON.stringify({ version: form.version.value, kept }));
  },
  restore(form) {
    const found = JSON.parse(sessionStorage.getItem(drafts.key(form)) ?? "null");
    if (!found || found.version !== form.version.value || $(".problem")) return;
    found.kept.forEach(([name, value]) => form.elements[name] && (form.elements[name].value = value));
  },
  forget: (form) => sessionStorage.removeItem(drafts.key(form)),
};
$$(".deed-form").forEach((form) => {
  if (!form.version) return;
  drafts.restore(form);
  form.addEventListener("input", later(() => form.dataset.sent || drafts.keep(form), 300));
});

// The reply as it would be sent, computed by the gateway while one types.

$$("form[data-preview]").forEach((form) => {
  const output = $(".preview", form);
  let asked = 0;
  const show = later(async () => {
    const mine = ++asked;
    const body = new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
    try {
      const html = await fetchText(form.dataset.preview, { method: "POST", body });
      if (mine === asked) output.innerHTML = html;
    } catch {
      return; // The preview is a help; sending the form tells what is wrong.
    }
  }, 450);
  form.addEventListener("input", show);
  form.addEventListener("change", show);
  show();
});

// Agencies by typing (ARIA combobox with a list).

$$("[data-combo]").forEach((input) => {
  const list = document.getElementById(input.getAttribute("aria-controls"));
  const several = input.name === "copies";
  const last = () => (several ? input.value.split(";").pop() : input.value).trim();
  let at = -1;
  const close = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    at = -1;
  };
  const choose = (option) => {
    const before = several ? input.value.split(";").slice(0, -1).map((part) => `${part.trim()}; `).join("") : "";
    input.value = before + option.dataset.value;
    close();
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const mark = (next) => {
    const options = [...list.children];
    at = (next + options.length) % options.length;
    options.forEach((option, index) => option.setAttribute("aria-selected", String(index === at)));
    input.setAttribute("aria-activedescendant", options[at].id);
    options[at].scrollIntoView({ block: "nearest" });
  };
  const suggest = later(async () => {
    if (last().length < 2) return close();
    const found = JSON.parse(await fetchText(`${input.dataset.combo}?q=${encodeURIComponent(last())}`).catch(() => "[]"));
    list.replaceChildren(...found.map((agency, index) => {
      const option = document.createElement("li");
      option.id = `${list.id}-${index}`;
      option.role = "option";
      option.dataset.value = agency.value;
      option.setAttribute("aria-selected", "false");
      option.append(agency.name, Object.assign(document.createElement("small"), { textContent: agency.above }));
      option.addEventListener("mousedown", (event) => { event.preventDefault(); choose(option); });
      return option;
    }));
    at = -1;
    list.hidden = !found.length;
    input.setAttribute("aria-expanded", String(found.length > 0));
  }, 150);
  input.addEventListener("input", suggest);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown") { event.preventDefault(); mark(at + 1); }
    if (event.key === "ArrowUp") { event.preventDefault(); mark(at - 1); }
    if (event.key === "Enter" && at >= 0) { event.preventDefault(); choose(list.children[at]); }
    if (event.key === "Escape") { event.stopPropagation(); close(); }
  });
});

// On a phone the button that leads to the form is away while the form is in sight.

const jump = $(".jump");
if (jump) new IntersectionObserver(([seen]) => jump.classList.toggle("away", seen.isIntersecting)).observe($("#doing"));

// News: bars say what changed; no row moves under the pointer. Without the stream the counts are asked for now and then.

const bar = $("#live");
const news = { fresh: new Set(), changed: new Set() };

function say(text) {
  $("span", bar).textContent = text;
  $("a", bar).href = location.href;
  bar.hidden = false;
}

function hear(told) {
  refreshCounts();
  if (told.waiting && $("#waiting")) return say(bar.dataset.waiting);
  const open = $("[data-report]")?.dataset;
  if (open) return told.changed[open.report] > open.version && say(bar.dataset.changed);
  const list = $("#rows");
  if (!list) return undefined;
  if (list.dataset.news) told.new.forEach((number) => $(`[data-row="${number}"]`) || news.fresh.add(number));
  rows().forEach((row) => {
    if (!(told.changed[row.dataset.row] > row.dataset.version)) return;
    news.changed.add(row.dataset.row);
    $(".changed", row).hidden = false;
  });
  const parts = [[news.fresh, bar.dataset.new], [news.changed, bar.dataset.several]];
  const text = parts.filter(([set]) => set.size).map(([set, words]) => words.replace("{n}", set.size)).join(" ");
  return text && say(text);
}

const refreshCounts = later(async () => {
  const found = JSON.parse(await fetchText("/console/hitungan").catch(() => "{}"));
  $$("[data-count]").forEach((count) => found[count.dataset.count] && (count.textContent = found[count.dataset.count]));
  const bell = $(".bell [data-count]");
  if (bell) [bell, bell.nextElementSibling].forEach((part) => (part.hidden = bell.textContent === "0"));
  $$(".sections [data-count]").forEach((count) => (count.hidden = count.textContent === "0"));
}, 500);

// The operators' desk has a stream of its own; browsers keep few connections to one address.
if (csrf && window.EventSource && !$("#desk")) {
  const source = new EventSource("/console/events");
  source.onmessage = (event) => hear(JSON.parse(event.data));
  source.onerror = () => source.readyState === EventSource.CLOSED && setInterval(refreshCounts, 30000);
  window.addEventListener("pagehide", () => source.close());
} else if (csrf) setInterval(refreshCounts, 30000);

// What was looked at on another page is told on this one when it is looked at again.
if (csrf) document.addEventListener("visibilitychange", () => document.hidden || refreshCounts());

if (csrf) navigator.serviceWorker?.register("/console/sw.js", { scope: "/console/" }).catch(() => undefined);
