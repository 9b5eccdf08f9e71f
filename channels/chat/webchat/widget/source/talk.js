// What was said. Lines have numbers without a gap; what this visitor says is kept until the server has acknowledged it.
const talk = { lines: new Map(), head: 0, isWhole: false, state: "bot", operator: "", place: 0, seenThere: 0, typing: "" };
talk.hours = null;
talk.files = SPARE_FILES;
talk.note = "";
const queue = new Map(); // what is not acknowledged yet, by its id; ids sort by time
let asksOlder = false, gapTimer, seenTimer, typingTimer, lastTyping = 0, usedToken = null;

const FRAMES = {
  welcome: takeWelcome,
  line: takeLine,
  ack: takeAck,
  busy: ({ id, after }) => sendLater(id, after),
  refused: ({ id, why }) => refuse(id, why),
  typing: takeTyping,
  state: takeState,
  seen: ({ seq }) => ((talk.seenThere = Math.max(talk.seenThere, seq)), changed()),
  rate: () => ((talk.isUnrated = false), showCard("rate")),
  code: (frame) => showCard("code", frame),
  older: takeOlder,
  done: ({ what }) => cardDone(what),
  failed: () => tell(t("failed")),
};

function sayHello() {
  usedToken = keep.get("token");
  return { t: "hello", v: 1, token: usedToken, after: unbroken(), lang: language };
}

function takeWelcome(frame) {
  if (frame.token) keep.set("token", (usedToken = frame.token));
  if (frame.head < talk.head) return startOver(); // another talk than the one we have: from its beginning
  talk.hours = frame.hours ?? null;
  talk.files = frame.files ?? SPARE_FILES;
  asksOlder = false;
  takeState(frame.talk);
  takeHead(frame.head);
  if (frame.rate && !talk.isUnrated) showCard("rate");
  for (const entry of queue.values()) entry.flies = false;
  pump();
}

function takeState({ state, operator, place }) {
  Object.assign(talk, { state, operator: operator ?? "", place: place ?? 0 });
  changed();
}

function takeHead(seq) {
  talk.head = Math.max(talk.head, seq);
  clearTimeout(gapTimer);
  gapTimer = setTimeout(askMissing, PATIENCE.gap);
}

function takeLine(line) {
  if (line.seq > 0 && !talk.lines.has(line.seq)) {
    talk.lines.set(line.seq, line);
    if (line.from !== "visitor") talk.typing = "";
  }
  if (line.id) settle(line);
  takeHead(line.seq);
  changed();
}

function takeAck({ id, seq }) {
  const entry = queue.get(id);
  if (entry) {
    entry.seq = seq;
    forgetEntry(entry);
  }
  takeHead(seq);
  pump();
  changed();
}

// Its own line is here: it need not be shown as one's own copy any more.
function settle({ id, files = [] }) {
  const entry = queue.get(id);
  if (!entry) return;
  const sent = entry.photos.filter((photo) => photo.id);
  files.forEach((file, number) => sent[number]?.url && previews.set(file.id, sent[number].url));
  forgetEntry(entry);
  queue.delete(id);
  pump();
}

function forgetEntry(entry) {
  keep.drop(`q.${entry.id}`);
  for (const photo of entry.photos) if (photo.key) unshelve(photo.key);
}

function takeTyping({ by }) {
  talk.typing = by || t("officer");
  clearTimeout(typingTimer);
  typingTimer = setTimeout(() => ((talk.typing = ""), changed()), TYPING.shown);
  changed();
}

// Gaps. From the oldest line we show to the newest one we have heard of none may be missing.

const numbers = () => [...talk.lines.keys()].sort((one, other) => one - other);
const hasOlder = () => !talk.isWhole && numbers()[0] > 1;

function unbroken() {
  const seqs = numbers();
  let last = seqs[0] ?? 0;
  while (talk.lines.has(last + 1)) last++;
  return last;
}

function askMissing() {
  const lowest = numbers()[0] ?? talk.head;
  for (let seq = talk.head; seq >= lowest && seq > 0; seq--) if (!talk.lines.has(seq)) return askOlder(seq + 1);
}

function askOlder(before) {
  if (asksOlder || !link.isReady) return;
  asksOlder = { before, had: talk.lines.size };
  send({ t: "older", before });
}

function takeOlder({ done }) {
  const asked = asksOlder;
  asksOlder = false;
  talk.isWhole ||= Boolean(done);
  if (asked && talk.lines.size > asked.had) askMissing();
  changed();
}

// Speaking.

function speak(text, photos = []) {
  const clean = text.replace(/[^\P{Cc}\n\t]/gu, "").trim();
  const parts = clean.match(new RegExp(`[^]{1,${LONGEST_TEXT}}(?!\\S)|[^]{1,${LONGEST_TEXT}}`, "gu")) ?? [];
  if (!parts.length && photos.length) parts.push("");
  parts.forEach((part, number) => enqueue(part.trim(), number ? [] : photos));
  connect();
  pump();
  changed();
}

function enqueue(text, photos) {
  const entry = { id: newId(), text, at: new Date().toISOString(), photos, mine: true };
  photos.forEach((photo, number) => {
    photo.key = `${entry.id}.${number}`;
    shelve(photo.key, photo.blob);
  });
  queue.set(entry.id, entry);
  keepEntry(entry);
}

function keepEntry(entry) {
  const photos = entry.photos.map(({ key, name, type, id }) => ({ key, name, type, id }));
  keep.set(`q.${entry.id}`, JSON.stringify({ ...entry, photos, flies: false, mine: false, wait: 0 }));
  keep.set("at", String(Date.now()));
}

// What earlier pages or other tabs have left unsent.
function loadQueue() {
  for (const name of keep.names("q.")) loadEntry(name.slice(2), keep.get(name));
}

function loadEntry(id, text) {
  if (!queue.has(id)) queue.set(id, JSON.parse(text));
}

function pump() {
  if (!link.isReady) return;
  const open = [...queue.values()].filter((entry) => !entry.seq && !entry.refused);
  let flying = open.filter((entry) => entry.flies).length;
  for (const entry of open.sort((one, other) => (one.id < other.id ? -1 : 1))) {
    if (entry.flies || entry.wait > Date.now()) continue;
    if (flying++ >= AT_ONCE) break;
    entry.flies = true;
    deliver(entry);
  }
}

async function deliver(entry) {
  if (!(await uploadAll(entry)) || !queue.has(entry.id)) return;
  if (!link.isReady) return void (entry.flies = false);
  const files = entry.photos.map((photo) => photo.id).filter(Boolean);
  send({ t: "say", id: entry.id, text: entry.text, ...(files.length ? { files } : {}) });
  setTimeout(() => queue.has(entry.id) && entry.flies && check(), PATIENCE.ack);
}

function sendLater(id, seconds) {
  const entry = queue.get(id);
  if (!entry) return;
  Object.assign(entry, { flies: false, wait: Date.now() + seconds * 1000 });
  setTimeout(pump, seconds * 1000 + 10);
}

function refuse(id, why) {
  const entry = queue.get(id);
  if (!entry) return;
  entry.refused = why;
  keepEntry(entry);
  pump();
  changed();
}

function dropEntry(entry) {
  forgetEntry(entry);
  queue.delete(entry.id);
  changed();
}

function tellTyping() {
  if (talk.state !== "person" || Date.now() - lastTyping < TYPING.every) return;
  lastTyping = Date.now();
  send({ t: "typing" });
}

// Reading.

const shownUpTo = () => unbroken();
const readUpTo = () => Number(keep.get("seen") ?? 0);
const unreadLines = () => [...talk.lines.values()].filter((line) => line.from !== "visitor" && line.seq > readUpTo());

function markRead() {
  const seq = shownUpTo();
  if (seq <= readUpTo() || document.visibilityState !== "visible") return;
  keep.set("seen", String(seq));
  clearTimeout(seenTimer);
  seenTimer = setTimeout(() => send({ t: "seen", seq: readUpTo() }), 500);
}

// Another talk, or none.

function clearTalk() {
  talk.lines.clear();
  Object.assign(talk, { head: 0, isWhole: false, state: "bot", operator: "", place: 0, seenThere: 0, typing: "" });
  keep.drop("seen");
}

function startOver() {
  clearTalk();
  reconnect();
}

// The token is not valid any more. Another tab may have a new one already; else we begin a new talk. Unsent words go there.
function loseTalk() {
  if (keep.get("token") === usedToken) keep.drop("token");
  if (talk.lines.size) talk.note = "again";
  for (const { photos } of queue.values()) for (const photo of photos) photo.id = undefined; // they were the old talk's
  clearTalk();
}

function forgetAll() {
  send({ t: "forget" });
  disconnect();
  for (const name of keep.names("q.")) queue.has(name.slice(2)) && forgetEntry(queue.get(name.slice(2)));
  for (const name of keep.names("")) keep.drop(name);
  queue.clear();
  tray.length = 0;
  field.value = "";
  clearTalk();
  talk.note = "forgotten";
  drawTray();
}

function heedTab(name, value) {
  if (name === "token" && value !== usedToken) return value ? tokenCame() : tokenWent();
  if (name.startsWith("q.")) value ? loadEntry(name.slice(2), value) : queue.get(name.slice(2))?.mine || queue.delete(name.slice(2));
  changed();
}

function tokenCame() {
  if (link.wanted || isOpen()) startOver();
}

function tokenWent() {
  disconnect();
  queue.clear();
  clearTalk();
  changed();
}
