// The log. Each line keeps its own node, so that a screen reader hears it once and what is selected stays selected.
const nodes = new Map(); // by key: { node, body, meta }

function drawLog() {
  const wanted = [hasOlder() && olderButton, ...introduction()].filter(Boolean);
  let day = "";
  for (const one of shownLines()) {
    const own = new Date(one.at).toDateString();
    if (own !== day) wanted.push(dayNode((day = own), one.at));
    wanted.push(lineNode(one));
  }
  log.ariaLive = wanted.length - log.children.length > 3 ? "off" : "polite"; // a whole history is not read out
  arrange(wanted);
  keepAtEnd();
}

function arrange(wanted) {
  wanted.forEach((node, place) => log.children[place] !== node && log.insertBefore(node, log.children[place] ?? null));
  while (log.children.length > wanted.length) log.lastChild.remove();
}

// Lines in their order with the newest wording of each; what is not acknowledged yet comes last.
function shownLines() {
  const lines = numbers().map((seq) => talk.lines.get(seq));
  const newer = new Map(lines.filter((line) => line.replaces).map((line) => [line.replaces, line]));
  const said = new Set(lines.map((line) => line.id).filter(Boolean));
  const pending = [...queue.values()].filter((entry) => !said.has(entry.id)).sort((one, other) => (one.id < other.id ? -1 : 1));
  return [...lines.filter((line) => !line.replaces).map((line) => withEdits(line, newer)), ...pending.map(asLine)];
}

function withEdits(line, newer) {
  let latest = line;
  while (newer.has(latest.seq)) latest = newer.get(latest.seq);
  return latest === line ? line : { ...line, text: latest.text, isEdited: true };
}

const asLine = (entry) => ({ from: "visitor", id: entry.id, at: entry.at, text: entry.text, files: entry.photos, entry });

// Before anything is said the bot introduces itself without the network.
function introduction() {
  const greeting = once("hello", () => frame("theirs", t("assistant"), [h("p", { class: "text" }, t("hello"))], ""));
  const note = talk.note && once(`note-${talk.note}`, () => h("p", { class: "day" }, t(talk.note)));
  return [note, !hasOlder() && greeting];
}

function once(key, make) {
  if (!nodes.has(key)) nodes.set(key, { node: make() });
  return nodes.get(key).node;
}

const dayNode = (key, moment) => once(`day-${key}-${dayName(moment)}`, () => h("p", { class: "day" }, dayName(moment)));

function lineNode(line) {
  const key = line.id || `seq-${line.seq}`;
  const known = nodes.get(key) ?? {};
  nodes.set(key, known);
  const body = JSON.stringify([line.text, line.files?.map((file) => [file.id ?? file.key, file.isBroken]), line.isEdited, line.entry?.refused]);
  known.node ??= frame(kindOf(line), whoSaid(line), [], "");
  if (known.body !== body) {
    known.body = body;
    known.node.querySelector(".body").replaceChildren(...bodyOf(line));
  }
  const meta = [clock(line.at), line.isEdited && t("edited"), line.from === "visitor" && markOf(line)].filter(Boolean).join(" · ");
  if (known.meta !== meta) known.node.querySelector(".meta").textContent = known.meta = meta;
  return known.node;
}

function frame(kind, who, body, meta) {
  return h("div", { class: `line ${kind}` }, h("span", { class: "sr" }, `${who}: `), h("div", { class: "body" }, ...body), h("span", { class: "meta", "aria-live": "off" }, meta));
}

const kindOf = ({ from }) => ({ visitor: "mine", system: "note" })[from] ?? "theirs";

function whoSaid(line) {
  if (line.from === "operator") return line.by || t("officer");
  return t({ visitor: "you", system: "system" }[line.from] ?? "assistant");
}

function bodyOf(line) {
  const by = line.from === "operator" && h("p", { class: "by", "aria-hidden": "true" }, whoSaid(line));
  const text = line.text && h("p", { class: "text" }, ...richText(line.text, line.from !== "visitor"));
  return [by, text, ...(line.files ?? []).map(fileNode), line.entry?.refused && refusal(line.entry)].filter(Boolean);
}

function refusal(entry) {
  return h("p", { class: "refused" }, t(entry.refused === "broken" ? "broken" : "refused"), entry.text && copyButton(entry.text), button(t("remove"), () => dropEntry(entry)));
}

// What became of one's own message.
function markOf({ seq, entry }) {
  if (!entry) return seq <= talk.seenThere ? t("seen") : t("sent");
  if (entry.refused) return "";
  if (entry.seq) return t("sent");
  const uploading = entry.photos.find((photo) => !photo.id && photo.done > 0);
  if (uploading) return t("uploading", { n: uploading.done });
  return link.isReady ? t("sending") : t("queued");
}

function fileNode(file) {
  if (file.isBroken) return h("p", { class: "refused" }, t("broken"));
  const holder = h("div", { class: "file" });
  const url = file.url ?? previews.get(file.id);
  if (url) fillFile(holder, file, url);
  else if (file.id) holder.append(showButton(holder, file));
  else holder.append(file.name || t("file"));
  return holder;
}

function showButton(holder, file) {
  const size = file.size ? ` (${Math.ceil(file.size / 1000)} kB)` : "";
  return button(`${t("show")} ${file.name || t("file")}${size}`, async (event) => {
    const press = event.currentTarget;
    press.disabled = true;
    try {
      fillFile(holder, file, await fetchFile(file));
      holder.firstChild.focus?.();
    } catch {
      press.disabled = false;
      tell(t("failed"));
    }
  });
}

function fillFile(holder, file, url) {
  const isPicture = /^image\/(jpeg|png|webp|gif)$/.test(file.type);
  const inside = isPicture ? h("img", { src: url, alt: file.name || t("file"), onload: keepAtEnd }) : file.name || t("file");
  holder.replaceChildren(h("a", { href: url, download: file.name || "lapor" }, inside));
}
