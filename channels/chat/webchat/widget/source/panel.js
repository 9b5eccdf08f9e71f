// The button, the panel and the keyboard.
const host = h("lapor-chat");
const root = host.attachShadow({ mode: "open" });
let launcher, badge, panel, log, typingLine, chips, cardBox, status, said, trayBox, consent, field, picker, state, hours, moreButton, olderButton;
let isDrawing = false, isAtEnd = true, draftTimer;

const isOpen = () => panel.open;
const isNarrow = () => matchMedia("(max-width: 480px), (max-height: 480px)").matches;

function build() {
  nodes.clear();
  root.replaceChildren((launcher = makeLauncher()), (panel = makePanel()));
  field.value = keep.get("draft") ?? "";
  drawTray();
  changed();
}

function makeLauncher() {
  badge = h("span", { class: "badge" });
  return h("button", { class: "launcher", lang: language, "aria-haspopup": "dialog", onclick: open }, icon(ICONS.chat), h("span", {}, t("chat")), badge);
}

function makePanel() {
  const spoken = { role: "status" };
  log = h("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": t("log"), tabindex: 0, onscroll: noteEnd });
  olderButton = button(t("older"), () => askOlder(numbers()[0] ?? talk.head + 1), { class: "older" });
  typingLine = h("p", { class: "typing", ...spoken });
  chips = h("div", { class: "chips", role: "group", "aria-label": t("choices") });
  cardBox = h("div", { class: "card", hidden: true });
  status = h("div", { class: "status", ...spoken });
  said = h("p", { class: "said", hidden: true, ...spoken });
  trayBox = h("div", { class: "tray" });
  consent = h("p", { class: "consent" }, t("consent"), " ", away(PRIVACY, t("privacy")));
  const made = h("dialog", { class: "panel", lang: language, "aria-labelledby": "title" });
  made.append(makeHead(), log, typingLine, chips, cardBox, status, trayBox, said, makeComposer(), consent);
  made.oncancel = (event) => (event.preventDefault(), stepBack());
  made.onkeydown = (event) => {
    event.stopPropagation(); // the page's own shortcuts
    if (event.key === "Escape") event.preventDefault(), stepBack();
  };
  made.ondragover = (event) => event.preventDefault();
  made.ondrop = (event) => (event.preventDefault(), chooseFiles(event.dataTransfer.files));
  return made;
}

function makeHead() {
  state = h("p");
  hours = h("p", { class: "hours" });
  moreButton = iconButton("more", t("menu"), () => (card === "menu" ? hideCard() : showCard("menu")), { "aria-expanded": "false" });
  return h("header", {}, h("div", {}, h("h2", { id: "title", tabindex: -1 }, t("chat")), state, hours), moreButton, iconButton("close", t("close"), close));
}

function makeComposer() {
  field = h("textarea", { rows: 1, "aria-label": t("message"), placeholder: t("message"), enterkeyhint: "send", oninput: onWrite, onpaste: onPaste });
  field.onkeydown = (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) event.preventDefault(), submit();
  };
  picker = h("input", { type: "file", multiple: true, hidden: true, onchange: () => chooseFiles([...picker.files]) });
  return h("div", { class: "composer" }, picker, iconButton("clip", t("attach"), pickFiles), field, iconButton("send", t("send"), submit, { class: "main" }));
}

function pickFiles() {
  picker.value = "";
  picker.accept = talk.files.types;
  picker.click();
}

function open() {
  if (isNarrow()) panel.showModal();
  else panel.show();
  launcher.hidden = true;
  if (keep.get("token")) connect();
  else askHours();
  fitKeyboard();
  // Where there is no keyboard, one that comes up would cover the talk.
  (matchMedia("(pointer: coarse)").matches ? root.getElementById("title") : field).focus();
  isAtEnd = true;
  changed();
}

function close() {
  panel.close();
  launcher.hidden = false;
  launcher.focus();
  changed();
}

function stepBack() {
  if (card) hideCard();
  else close();
}

async function askHours() {
  const answer = await fetch(at("chat/hours?lang=") + language, { credentials: "omit" }).catch(() => null);
  if (answer?.ok) talk.hours = await answer.json();
  changed();
}

function switchLanguage() {
  keepDraft();
  language = language === "id" ? "en" : "id";
  if (keep.get("token")) keep.set("lang", language);
  card = "";
  build();
  open();
  if (link.wanted) reconnect();
  if (talk.head && talk.state === "bot") speak(language === "en" ? "ENGLISH" : "BAHASA INDONESIA"); // the bot is to follow
}

// Writing.

function onWrite() {
  clearTimeout(draftTimer);
  draftTimer = setTimeout(keepDraft, 300);
  tell("");
  tellTyping();
  grow();
}

function keepDraft() {
  clearTimeout(draftTimer);
  if (field.value) keep.set("draft", field.value);
  else keep.drop("draft");
}

function grow() {
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + 2}px`;
}

function onPaste(event) {
  if (!event.clipboardData.files.length) return;
  event.preventDefault();
  chooseFiles([...event.clipboardData.files]);
}

function submit() {
  field.focus();
  if (!field.value.trim() && !tray.length) return;
  isAtEnd = true;
  talk.note = "";
  tell("");
  speak(field.value, tray.splice(0));
  field.value = "";
  keepDraft();
  drawTray();
  grow();
}

// Drawing: everything that is to be seen follows from the talk; several changes are drawn at once.

function changed() {
  if (!isDrawing) setTimeout(draw, 0);
  isDrawing = true;
}

function draw() {
  isDrawing = false;
  if (isOpen()) {
    drawLog();
    drawRest();
    markRead();
  }
  const count = isOpen() ? 0 : unreadLines().length;
  put(badge, count || "");
  launcher.setAttribute("aria-label", t("open") + (count ? ", " + t("unread", { n: count }) : ""));
}

function drawRest() {
  const waiting = t("waiting") + (talk.place ? t("place", { n: talk.place }) : "");
  put(state, { waiting, person: t("person", { name: talk.operator || t("officer") }) }[talk.state] ?? t("bot"));
  put(hours, talk.hours?.text ? t("hours", talk.hours) + (talk.hours.open ? "" : t("closedNow")) : "");
  put(typingLine, talk.typing && t("typing", { name: talk.typing }));
  drawChips();
  drawStatus();
  consent.hidden = keep.get("token");
}

// Only what has changed is touched: a screen reader reads what is touched.
function put(node, text, ...more) {
  if (node.dataset.text !== `${text}`) node.replaceChildren((node.dataset.text = text), ...more);
  node.hidden = !text;
}

const tell = (text) => put(said, text);

function drawStatus() {
  const isWaiting = link.wanted && !link.isReady;
  const trouble = !navigator.onLine ? "offline" : isWaiting && (link.trouble ? "blocked" : "connecting");
  if (trouble === "blocked") put(status, t(trouble), " ", h("a", { href: `sms:${SMS}` }, t("sms", { n: SMS })), " · ", away(FORM, t("form")));
  else put(status, trouble ? t(trouble) : "");
}

// The choices of the newest line that has any, while nothing was said since; they are the bot's, and it is silent beside a person.
function offeredChoices() {
  const lines = shownLines();
  if (!lines.length) return [{ label: t("startReport"), says: "LAPOR" }, { label: t("callPerson"), says: "PETUGAS" }];
  if (talk.state === "person") return [];
  return lines.findLast((line) => line.from === "visitor" || line.choices)?.choices ?? [];
}

// A second tap on the same choice says nothing: it is not offered any more.
function drawChips() {
  const offered = offeredChoices();
  const hadFocus = chips.contains(root.activeElement);
  const buttons = offered.map(({ label, says }) => button(label, () => JSON.stringify(offeredChoices()) === chips.dataset.text && speak(says || label)));
  if (chips.dataset.text !== JSON.stringify(offered)) chips.replaceChildren(...buttons);
  chips.dataset.text = JSON.stringify(offered);
  chips.hidden = !offered.length;
  if (hadFocus && !chips.contains(root.activeElement)) field.focus();
  keepAtEnd();
}

function drawTray() {
  trayBox.replaceChildren(...tray.map(trayItem));
  trayBox.hidden = !tray.length;
}

function trayItem(photo) {
  const { name, type, url } = photo;
  const look = type.startsWith("image/") ? h("img", { src: url, alt: name }) : name;
  return h("div", {}, look, iconButton("close", `${t("remove")} ${name}`, () => takeFromTray(photo)));
}

// Whoever reads further up is left there.
function noteEnd() {
  isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
}

function keepAtEnd() {
  if (isAtEnd) log.scrollTop = log.scrollHeight;
}

// On a phone the keyboard covers what does not make room.
function fitKeyboard() {
  const view = window.visualViewport;
  const isFull = isNarrow() && isOpen();
  panel.style.height = isFull ? `${view.height}px` : "";
  panel.style.top = isFull ? `${view.offsetTop}px` : "";
  keepAtEnd();
}
