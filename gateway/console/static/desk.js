// The operators' desk. The stream says who waits and what is new in the chats one holds; everything else is one request
// each. Words of people are put in as text, never as markup.

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const desk = $("#desk");
const words = JSON.parse(desk.dataset.words);
const say = (key, facts = {}) => words[key].replace(/\{(\w+)\}/g, (_, name) => facts[name]);
const HERE = "/console/obrolan";
const csrf = document.body.dataset.csrf;
const language = document.documentElement.lang;
const hour = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", year: "numeric" });
const narrow = matchMedia("(max-width: 44rem)");
const plainTitle = document.title;

const chats = new Map();
let view = { waiting: [], mine: [], there: [] };
let opened = "";
let reopens = sessionStorage.getItem("obrolan-terbuka");
let skew = 0;

// Requests. A page whose session is over is shown the log-in; what was typed waits in this tab.

class Refused extends Error {
  constructor(status, body) {
    super(body.text ?? say("error"));
    Object.assign(this, { status, trouble: body.trouble ?? "", body });
  }
}

async function ask(path, fields, { method = fields ? "POST" : "GET" } = {}) {
  const body = fields instanceof FormData ? fields : fields && new URLSearchParams(fields);
  const answer = await fetch(HERE + path, { method, body, redirect: "manual", headers: { "X-CSRF-Token": csrf } });
  if (answer.type === "opaqueredirect") location.reload();
  const isJson = answer.headers.get("Content-Type")?.startsWith("application/json");
  const told = isJson ? await answer.json() : {};
  if (!answer.ok) throw new Refused(answer.status, told);
  return told;
}

function newId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// What is said to the operator.

function show(selector, text) {
  const box = $(selector);
  $("span", box).textContent = text;
  box.hidden = !text;
}
const complain = (error) => { show("#done", ""); show("#trouble", error instanceof Refused ? error.message : say("error")); };
const tell = (text) => { show("#trouble", ""); show("#done", text); };
const quiet = () => { show("#trouble", ""); show("#done", ""); };

// The stream. Its last event names the newest line this page has of each chat, so that nothing is missed.

let source;
let patience = 1000;

function listen() {
  source?.close();
  const known = [...chats.values()].filter((chat) => chat.last && !chat.stale).map((chat) => `${chat.id}:${chat.last}`);
  source = new EventSource(`${HERE}/aliran?punya=${known.join(",")}`);
  source.addEventListener("open", () => { patience = 1000; $("#linked").hidden = true; });
  source.addEventListener("meja", (event) => showView(JSON.parse(event.data)));
  source.addEventListener("baris", (event) => hear(JSON.parse(event.data)));
  source.addEventListener("ketik", (event) => showTyping(JSON.parse(event.data).chat));
  source.addEventListener("error", () => {
    $("#linked").hidden = false;
    if (source.readyState !== EventSource.CLOSED) return;
    setTimeout(listen, patience * (0.5 + Math.random() / 2));
    patience = Math.min(patience * 2, 15000);
  });
}
window.addEventListener("pagehide", () => source?.close());
window.addEventListener("pageshow", (event) => event.persisted && listen());

// The heartbeat keeps what one holds. Where it knows of lines that the stream did not bring, the stream is begun anew.

const behind = new Map();

async function beat(fields = {}) {
  try {
    const { held } = await ask("/denyut", { beat: "1", ...fields });
    let late = false;
    Object.entries(held).forEach(([id, head]) => {
      const chat = chats.get(id);
      const isBehind = chat && !chat.stale && head > chat.last;
      late ||= isBehind && behind.get(id) === chat.last;
      behind.set(id, isBehind ? chat.last : -1);
    });
    if (late) listen();
  } catch {
    $("#linked").hidden = false;
  }
}

const clock = new Worker(desk.dataset.beat);
clock.addEventListener("message", () => beat());

// The lists.

function showView(told) {
  const waitedBefore = view.waiting.length;
  skew = Date.parse(told.now) - Date.now();
  const before = new Set(view.mine.map((chat) => chat.id));
  view = told;
  told.mine.forEach((one) => {
    const chat = chats.get(one.id) ?? { id: one.id, lines: new Map(), last: 0, pending: [], earlier: false, stale: false };
    chats.set(one.id, Object.assign(chat, one, { seen: Math.max(one.seen, chat.seen ?? 0), mine: true }));
    before.delete(one.id);
  });
  before.forEach(lose);
  fill($("#mine"), told.mine, mineRow);
  fill($("#waiting-list"), told.waiting, waitingRow);
  $("#mine-count").textContent = told.mine.length;
  $("#waiting-count").textContent = told.waiting.length;
  const inMenu = $(".sections [data-count=chats]");
  Object.assign(inMenu, { textContent: Math.min(told.waiting.length, 99), hidden: !told.waiting.length });
  $("#mine-empty").hidden = told.mine.length > 0;
  $("#waiting-empty").hidden = told.waiting.length > 0;
  $("#others").hidden = !told.others;
  $("#others").textContent = say("others", { n: told.others });
  showState(told.available, told.capacity);
  showColleagues(told.there);
  showTitle();
  if (opened) showHead();
  else if (chats.get(reopens)?.mine) open(reopens);
  reopens = "";
  if (told.waiting.length > waitedBefore) ring();
}

function lose(id) {
  const chat = chats.get(id);
  if (!chat) return;
  Object.assign(chat, { mine: false, stale: true });
  if (opened === id && !chat.over) complain(Object.assign(new Refused(409, { text: say("lost", { name: chat.name }) })));
  if (opened !== id) chats.delete(id);
}

function fill(list, found, make) {
  const focused = document.activeElement?.closest("[data-row]");
  const at = focused && list.contains(focused) ? focused.dataset.row : "";
  list.replaceChildren(...found.map(make));
  if (at) $(`[data-row="${at}"] h2 a`, list)?.focus({ preventScroll: true });
}

function row(chat) {
  const made = $("#row-form").content.firstElementChild.cloneNode(true);
  made.dataset.row = chat.id;
  $("h2 a", made).textContent = chat.name;
  $(".on", made).textContent = chat.channel;
  $(".for", made).dataset.since = chat.since;
  $(".for", made).textContent = waited(chat.since);
  return made;
}

function mineRow(chat) {
  const made = row(chat);
  const known = chats.get(chat.id);
  $(".take", made).remove();
  $(".place", made).remove();
  $("h2 a", made).addEventListener("click", (event) => { event.preventDefault(); open(chat.id); });
  if (chat.id === opened) $("h2 a", made).setAttribute("aria-current", "true");
  const unread = unreadOf(known);
  $(".unread", made).hidden = !unread;
  $(".unread", made).textContent = unread;
  $(".unread", made).setAttribute("aria-label", say("unread", { n: unread }));
  $(".unread", made).setAttribute("role", "img");
  return made;
}

function waitingRow(chat) {
  const made = row(chat);
  $(".place", made).textContent = say("place", { n: chat.place });
  const kept = $(".kept", made);
  kept.hidden = !chat.kept;
  kept.textContent = chat.kept && say(`kept_${chat.kept}`);
  const button = $(".take", made);
  button.classList.add("claim-it");
  button.setAttribute("aria-label", `${button.textContent} ${chat.name}`);
  button.disabled = chat.kept === "other";
  const take = (event) => { event.preventDefault(); taking(`/${chat.id}/ambil`); };
  button.addEventListener("click", take);
  $("h2 a", made).addEventListener("click", take);
  return made;
}

function waited(since) {
  const minutes = Math.floor((Date.now() + skew - Date.parse(since)) / 60000);
  return minutes < 1 ? say("moment") : say("minutes", { n: minutes });
}
setInterval(() => $$("[data-since]").forEach((one) => (one.textContent = waited(one.dataset.since))), 20000);

async function taking(path) {
  quiet();
  try {
    const { chat } = await ask(path, { take: "1" });
    if (!chat) return tell(say("none_left"));
    if (!chats.has(chat)) chats.set(chat, { id: chat, name: "", channel: "", lines: new Map(), last: 0, seen: 0, pending: [], stale: false });
    return open(chat);
  } catch (error) {
    return complain(error);
  }
}
$("#next button").addEventListener("click", () => taking("/berikut"));

// Being there.

function showState(available, capacity) {
  $("#state-text").textContent = say(available ? "available" : "away");
  desk.dataset.available = available ? "1" : "0";
  if (document.activeElement !== $("#available")) $("#available").checked = available;
  if (document.activeElement !== $("#capacity")) $("#capacity").value = String(capacity);
}
$("#available").addEventListener("change", (event) => {
  showState(event.target.checked, $("#capacity").value);
  beat({ available: event.target.checked ? "1" : "0" });
});
$("#capacity").addEventListener("change", (event) => beat({ capacity: event.target.value }));

function showColleagues(there) {
  const select = $("#hand-to");
  const chosen = select.value;
  const queue = select.options[0];
  select.replaceChildren(queue, ...there.map((one) => new Option(one.name, one.username)));
  select.value = there.some((one) => one.username === chosen) ? chosen : "";
}

// One tone where it was asked for, and the count in the title.

const sound = $("#sound");
sound.checked = localStorage.getItem("obrolan-nada") === "1";
sound.addEventListener("change", () => localStorage.setItem("obrolan-nada", sound.checked ? "1" : "0"));

function ring() {
  if (!sound.checked) return;
  const audio = new AudioContext();
  const tone = new OscillatorNode(audio, { frequency: 660 });
  tone.connect(new GainNode(audio, { gain: 0.05 })).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.2);
  tone.onended = () => audio.close();
}

function showTitle() {
  const unread = view.mine.reduce((sum, chat) => sum + unreadOf(chats.get(chat.id)), 0);
  const count = view.waiting.length + unread;
  document.title = count ? `(${count}) ${plainTitle}` : plainTitle;
}

// The talk that is open.

function unreadOf(chat) {
  return chat ? [...chat.lines.values()].filter((line) => line.from === "visitor" && line.seq > chat.seen).length : 0;
}

function open(id) {
  const before = chats.get(opened);
  if (before && opened !== id && !before.mine) chats.delete(opened);
  keepDraft();
  opened = id;
  sessionStorage.setItem("obrolan-terbuka", id);
  quiet();
  const chat = chats.get(id);
  ["#composer", "#about"].forEach((part) => ($(part).hidden = false));
  $("#none-open").hidden = true;
  $("#words").value = sessionStorage.getItem(`obrolan:${id}`) ?? "";
  forgetFiles();
  closeCanned();
  showHead();
  showLines(chat);
  showPlace("talk");
  fill($("#mine"), view.mine, mineRow);
  if (!narrow.matches) $("#words").focus({ preventScroll: true });
  showAbout();
}

function showHead() {
  const chat = chats.get(opened);
  $("#talk-title").textContent = chat.name;
  $("#talk-facts").textContent = chat.since ? `${chat.channel} · ${waited(chat.since)}` : chat.channel;
  $(".plain-file").hidden = !chat.files;
  $("#reported").hidden = !chat.reported;
  $("#to-report").hidden = Boolean(chat.reported);
}

function showLines(chat) {
  const list = $("#lines");
  $("#scroller").setAttribute("aria-busy", "true");
  list.replaceChildren(...ordered(chat).map((line) => lineOf(line, chat)), ...chat.pending.map(pendingOf));
  $("#earlier").hidden = !chat.earlier;
  $("#scroller").removeAttribute("aria-busy");
  toEnd();
  seen();
}

const ordered = (chat) => [...chat.lines.values()].sort((one, other) => one.seq - other.seq);

function hear(told) {
  const chat = chats.get(told.chat);
  if (!chat) return;
  const isFirst = chat.stale || !chat.last;
  if (isFirst) Object.assign(chat, { lines: new Map(), last: 0, stale: false, earlier: told.earlier });
  const fresh = told.lines.filter((line) => !chat.lines.has(line.seq));
  if (chat.last && fresh.length && fresh[0].seq !== chat.last + 1) return listen();
  fresh.forEach((line) => {
    chat.lines.set(line.seq, line);
    chat.last = Math.max(chat.last, line.seq);
    if (line.id) chat.pending = chat.pending.filter((one) => one.id !== line.id);
  });
  if (opened !== chat.id) fill($("#mine"), view.mine, mineRow);
  else if (isFirst) showLines(chat);
  else addLines(chat, fresh);
  showTitle();
}

function addLines(chat, fresh) {
  const list = $("#lines");
  const near = atEnd();
  $$("[data-pending]", list).forEach((one) => one.remove());
  list.append(...fresh.map((line) => lineOf(line, chat)));
  fresh.filter((line) => line.replaces).forEach((line) => replaceLine(line));
  list.append(...chat.pending.map(pendingOf));
  if (fresh.some((line) => line.from === "visitor")) $("#typing").textContent = "";
  if (near) toEnd();
  seen();
}

const atEnd = () => { const box = $("#scroller"); return box.scrollHeight - box.scrollTop - box.clientHeight < 80; };
const toEnd = () => { const box = $("#scroller"); box.scrollTop = box.scrollHeight; };

function lineOf(line, chat) {
  const made = $("#line-form").content.firstElementChild.cloneNode(true);
  made.dataset.seq = line.seq;
  made.classList.add(line.from);
  $(".by", made).textContent = { visitor: say("visitor"), bot: say("bot"), operator: line.by, system: "" }[line.from];
  const newer = ordered(chat).filter((other) => other.replaces === line.seq).pop();
  $(".said-text", made).textContent = newer ? newer.text : line.text;
  $(".said-text", made).hidden = !(newer ?? line).text;
  $(".changed-mark", made).hidden = !newer;
  made.hidden = Boolean(line.replaces && chat.lines.has(line.replaces));
  const at = new Date(line.at);
  $("time", made).dateTime = line.at;
  $("time", made).textContent = at.toDateString() === new Date().toDateString() ? hour.format(at) : `${day.format(at)} ${hour.format(at)}`;
  $(".files", made).append(...line.files.map(fileOf));
  $(".files", made).hidden = !line.files.length;
  return made;
}

function replaceLine(line) {
  const old = $(`[data-seq="${line.replaces}"]`);
  if (!old) return;
  $(".said-text", old).textContent = line.text;
  $(".changed-mark", old).hidden = false;
}

function fileOf(file) {
  const link = Object.assign(document.createElement("a"), { href: file.href, download: "" });
  const name = file.name || say("file");
  if (file.picture) {
    const picture = Object.assign(new Image(), { src: file.picture, alt: say("picture", { name }), loading: "lazy" });
    link.append(picture);
  } else link.textContent = `${name} (${Math.max(1, Math.round(file.size / 1024))} kB)`;
  return link;
}

$("#earlier button").addEventListener("click", async () => {
  const chat = chats.get(opened);
  try {
    const told = await ask(`/${chat.id}/lama?sebelum=${Math.min(...chat.lines.keys())}`);
    told.lines.forEach((line) => chat.lines.set(line.seq, line));
    chat.earlier = told.earlier;
    if (opened !== chat.id) return;
    const box = $("#scroller");
    const fromEnd = box.scrollHeight - box.scrollTop;
    $("#lines").prepend(...told.lines.map((line) => lineOf(line, chat)));
    $("#earlier").hidden = !chat.earlier;
    box.scrollTop = box.scrollHeight - fromEnd;
  } catch (error) {
    complain(error);
  }
});

// What one has before one's eyes counts as read.

let telling = 0;

function seen() {
  const chat = chats.get(opened);
  if (!chat?.mine || document.hidden || chat.seen >= chat.last) return;
  chat.seen = chat.last;
  fill($("#mine"), view.mine, mineRow);
  showTitle();
  clearTimeout(telling);
  telling = setTimeout(() => ask(`/${chat.id}/dibaca`, { seq: chat.seen }).catch(() => undefined), 400);
}
document.addEventListener("visibilitychange", seen);

let typingEnds = 0;

function showTyping(id) {
  if (id !== opened) return;
  $("#typing").textContent = say("typing");
  clearTimeout(typingEnds);
  typingEnds = setTimeout(() => ($("#typing").textContent = ""), 4000);
}

// Answering. Words wait in this tab until they are said; sent again they have the same id, and are said once.

const field = $("#words");
const chosenFiles = [];
let typedAt = 0;

function keepDraft() {
  if (!opened) return;
  if (field.value) sessionStorage.setItem(`obrolan:${opened}`, field.value);
  else sessionStorage.removeItem(`obrolan:${opened}`);
}

field.addEventListener("input", () => {
  keepDraft();
  suggest();
  if (!field.value || field.value.startsWith("/") || Date.now() - typedAt < 3000) return;
  typedAt = Date.now();
  ask(`/${opened}/mengetik`, { typing: "1" }).catch(() => undefined);
});

$("#files").addEventListener("change", (event) => {
  chosenFiles.push(...event.target.files);
  event.target.value = "";
  showFiles();
});

function showFiles() {
  const list = $("#chosen");
  list.replaceChildren(...chosenFiles.map((file, index) => {
    const item = document.createElement("li");
    const drop = Object.assign(document.createElement("button"), { type: "button", className: "quiet square", textContent: "×" });
    drop.setAttribute("aria-label", say("remove", { name: file.name }));
    drop.addEventListener("click", () => { chosenFiles.splice(index, 1); showFiles(); });
    item.append(file.name, drop);
    return item;
  }));
  list.hidden = !chosenFiles.length;
}
const forgetFiles = () => { chosenFiles.length = 0; showFiles(); };

$("#composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const chat = chats.get(opened);
  if (!field.value.trim() && !chosenFiles.length) return;
  quiet();
  chat.pending.push({ id: newId(), text: field.value.trim(), files: [...chosenFiles], state: "sending" });
  field.value = "";
  keepDraft();
  forgetFiles();
  closeCanned();
  addLines(chat, []);
  toEnd();
  pump(chat);
});

async function pump(chat, wait = 1000) {
  const next = chat.pending.find((one) => one.state !== "sent");
  if (chat.pumping || !next) return;
  chat.pumping = true;
  const body = new FormData();
  body.append("id", next.id);
  body.append("text", next.text);
  next.files.forEach((file) => body.append("files", file));
  try {
    await ask(`/${chat.id}/kata`, body);
    next.state = "sent";
    wait = 0;
  } catch (error) {
    if (error instanceof Refused && error.status < 500) return refuse(chat, error);
    next.state = "unsent";
  }
  chat.pumping = false;
  if (opened === chat.id) addLines(chat, []);
  setTimeout(() => pump(chat, Math.min(wait * 2 || 1000, 15000)), wait);
  return undefined;
}

// What was not said stands where it was typed.
function refuse(chat, error) {
  const unsaid = chat.pending.filter((one) => one.state !== "sent").map((one) => one.text).filter(Boolean);
  Object.assign(chat, { pending: chat.pending.filter((one) => one.state === "sent"), pumping: false });
  const key = `obrolan:${chat.id}`;
  const kept = [...unsaid, opened === chat.id ? field.value : sessionStorage.getItem(key) ?? ""].filter(Boolean).join("\n");
  sessionStorage.setItem(key, kept);
  if (opened === chat.id) {
    field.value = kept;
    addLines(chat, []);
  }
  complain(error);
}

function pendingOf(one) {
  const made = $("#line-form").content.firstElementChild.cloneNode(true);
  made.dataset.pending = one.id;
  made.classList.add("operator", "pending");
  $(".by", made).textContent = say("me");
  $(".said-text", made).textContent = [one.text, ...one.files.map((file) => file.name)].filter(Boolean).join("\n");
  $(".files", made).remove();
  $("time", made).textContent = say(one.state === "unsent" ? "unsent" : "sending");
  return made;
}

field.addEventListener("keydown", (event) => {
  if (!$("#canned").hidden && chooseCanned(event)) return;
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || narrow.matches) return;
  event.preventDefault();
  $("#composer").requestSubmit();
});

// Canned answers: "/" and the beginning of a shortcut.

let answers = [];
let marked = 0;

function suggest() {
  const typed = /^\/(\S*)$/.exec(field.value);
  const list = $("#canned");
  const fitting = typed ? answers.filter((one) => one.shortcut.startsWith(typed[1].toLowerCase())).slice(0, 8) : [];
  list.replaceChildren(...fitting.map((one, index) => {
    const option = document.createElement("li");
    Object.assign(option, { id: `canned-${index}`, role: "option" });
    option.dataset.text = one.text;
    option.append(Object.assign(document.createElement("strong"), { textContent: `/${one.shortcut} ` }), one.text);
    option.addEventListener("mousedown", (event) => { event.preventDefault(); insert(one.text, { whole: true }); });
    return option;
  }));
  list.hidden = !fitting.length;
  mark(0);
}

function mark(at) {
  const options = [...$("#canned").children];
  marked = options.length ? (at + options.length) % options.length : 0;
  options.forEach((option, index) => option.setAttribute("aria-selected", String(index === marked)));
  if (options.length) field.setAttribute("aria-activedescendant", options[marked].id);
  else field.removeAttribute("aria-activedescendant");
}

function chooseCanned(event) {
  const deeds = {
    ArrowDown: () => mark(marked + 1),
    ArrowUp: () => mark(marked - 1),
    Enter: () => insert($("#canned").children[marked].dataset.text, { whole: true }),
    Tab: () => insert($("#canned").children[marked].dataset.text, { whole: true }),
    Escape: () => closeCanned(),
  };
  if (!deeds[event.key]) return false;
  event.preventDefault();
  event.stopPropagation();
  deeds[event.key]();
  return true;
}

function closeCanned() {
  $("#canned").hidden = true;
  $("#canned").replaceChildren();
  mark(0);
}

function insert(text, { whole = false } = {}) {
  field.value = whole || !field.value.trim() ? text : `${field.value.trimEnd()}\n${text}`;
  closeCanned();
  keepDraft();
  showPlace("talk");
  field.focus();
}

// About the visitor.

async function showAbout() {
  const id = opened;
  $("#found").replaceChildren();
  $("#number").value = "";
  try {
    const told = await ask(`/${id}/tentang`);
    if (id !== opened) return;
    answers = told.answers;
    $("#speaks").hidden = !told.speaks;
    $("#speaks").textContent = told.speaks;
    $("#reports").replaceChildren(...told.reports.map((report) => listed(reportOf(report))));
    $("#no-reports").hidden = told.reports.length > 0;
    $("#answers").replaceChildren(...answers.map((one) => {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "quiet answer" });
      button.append(Object.assign(document.createElement("strong"), { textContent: `/${one.shortcut}` }), Object.assign(document.createElement("span"), { textContent: one.text }));
      button.addEventListener("click", () => insert(one.text));
      return listed(button);
    }));
    $("#no-answers").hidden = answers.length > 0;
  } catch (error) {
    if (id === opened && error instanceof Refused) complain(error);
  }
}

function listed(content) {
  const item = document.createElement("li");
  item.append(content);
  return item;
}

function reportOf(report) {
  const box = document.createElement("div");
  const link = Object.assign(document.createElement("a"), { href: report.href, target: "_blank", rel: "noopener", textContent: spaced(report.number) });
  const facts = Object.assign(document.createElement("p"), { className: "faint", textContent: [report.state, report.title, report.agency].filter(Boolean).join(" · ") });
  box.append(link, facts);
  return box;
}

const spaced = (number) => number.replace(/^(\d{4})(\d{3})(\d{3})$/, "$1 $2 $3");

$("#looking").addEventListener("submit", async (event) => {
  event.preventDefault();
  const box = $("#found");
  try {
    const told = await ask(`/${opened}/cari`, { number: $("#number").value });
    const whose = Object.assign(document.createElement("p"), { className: "flag", textContent: say(told.theirs ? "theirs" : "not_theirs") });
    const parts = [reportOf(told.report), whose];
    if (told.answer) {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "plain", textContent: say("insert") });
      button.addEventListener("click", () => insert(told.answer));
      parts.push(button);
    } else parts.push(Object.assign(document.createElement("p"), { className: "warn", textContent: say("withheld") }));
    box.replaceChildren(...parts);
  } catch (error) {
    const isAnswer = error instanceof Refused && !error.trouble && error.body.text;
    box.replaceChildren(isAnswer ? error.message : "");
    if (!isAnswer) complain(error);
  }
});

// Letting go.

async function letGo(path, fields, text) {
  const chat = chats.get(opened);
  try {
    chat.over = true;
    await ask(`/${chat.id}${path}`, fields);
    sessionStorage.removeItem(`obrolan:${chat.id}`);
    leave();
    tell(text);
  } catch (error) {
    chat.over = false;
    complain(error);
  }
}

function leave() {
  chats.delete(opened);
  opened = "";
  sessionStorage.removeItem("obrolan-terbuka");
  field.value = "";
  forgetFiles();
  $("#lines").replaceChildren();
  ["#composer", "#about", "#earlier"].forEach((part) => ($(part).hidden = true));
  $("#none-open").hidden = false;
  $("#talk-title").textContent = $("#none-open h2").textContent;
  $("#talk-facts").textContent = "";
  $("#typing").textContent = "";
  showPlace("list");
}

$("#to-close").addEventListener("click", () => $("#close-form").showModal());
$("#closing").addEventListener("submit", (event) => {
  event.preventDefault();
  $("#close-form").close();
  letGo("/tutup", { close: "1" }, say("closed"));
});
$("#handing").addEventListener("submit", (event) => {
  event.preventDefault();
  letGo("/serahkan", { to: $("#hand-to").value }, say("handed"));
});
$$("[data-dismiss]").forEach((button) => button.addEventListener("click", () => button.closest("dialog").close()));

// A report of the talk.

const form = $("#reporting");

$("#to-report").addEventListener("click", async () => {
  quiet();
  try {
    const told = await ask(`/${opened}/laporan`);
    form.reset();
    $(".problem", form).hidden = true;
    ["text", "place", "agency"].forEach((name) => (form.elements[name].value = told[name]));
    ["anonymous", "secret"].forEach((name) => (form.elements[name].checked = told[name]));
    $("#report-files").hidden = !told.files.length;
    $("#report-files .choices").replaceChildren(...told.files.map(fileChoice));
    $("#report-form").showModal();
  } catch (error) {
    complain(error);
  }
});

function fileChoice(file) {
  const label = Object.assign(document.createElement("label"), { className: "check" });
  const box = Object.assign(document.createElement("input"), { type: "checkbox", name: "file", value: file.id, checked: true });
  label.append(box, Object.assign(document.createElement("span"), { textContent: `${file.name || say("file")} (${Math.max(1, Math.round(file.size / 1024))} kB)` }));
  return label;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = $("button[type=submit]", form);
  if (button.disabled) return;
  button.disabled = true;
  const chat = chats.get(opened);
  const closes = form.elements.closes.checked;
  try {
    if (closes) chat.over = true;
    const { number } = await ask(`/${opened}/laporan`, new URLSearchParams(new FormData(form)));
    $("#report-form").close();
    chat.reported = true;
    if (closes) leave();
    else showHead();
    tell(say("made", { number: spaced(number) }));
    showPlace(closes ? "list" : "talk");
  } catch (error) {
    chat.over = false;
    $(".problem span", form).textContent = error instanceof Refused ? error.message : say("error");
    $(".problem", form).hidden = false;
  }
  button.disabled = false;
});

// One column at a time where there is no room for three.

function showPlace(name) {
  desk.dataset.view = name;
}
$$("[data-view-to]").forEach((button) => button.addEventListener("click", () => {
  showPlace(button.dataset.viewTo);
  $({ list: "#desk-title", talk: "#talk-title", about: "#about-title" }[button.dataset.viewTo]).focus?.();
}));

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, dialog");
  if (event.ctrlKey || event.metaKey || event.altKey || typing || $("#keys-off")?.checked || !opened) return;
  const deed = { r: () => { showPlace("talk"); field.focus(); }, l: () => $("#to-report").hidden || $("#to-report").click() }[event.key];
  if (!deed) return;
  event.preventDefault();
  deed();
});

showState(desk.dataset.available === "1", desk.dataset.capacity);
listen();
beat();
