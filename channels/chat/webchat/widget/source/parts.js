// Pieces of the page. Whatever people have written becomes text nodes, never markup.
function h(name, facts = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(facts)) {
    if (key.startsWith("on")) node[key] = value;
    else if (value !== false && value != null) node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child != null && child !== false));
  return node;
}

function icon(path) {
  const [drawing, line] = ["svg", "path"].map((name) => document.createElementNS("http://www.w3.org/2000/svg", name));
  for (const [key, value] of [["viewBox", "0 0 24 24"], ["aria-hidden", "true"]]) drawing.setAttribute(key, value);
  line.setAttribute("d", path);
  drawing.append(line);
  return drawing;
}

const ICONS = {
  chat: "M4 4h16v12H9l-5 4z",
  close: "M6 6l12 12M18 6L6 18",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  clip: "M20 11l-8.5 8.5a5 5 0 0 1-7-7L13 4a3.3 3.3 0 0 1 4.7 4.7L9.400 17a1.700 1.700 0 0 1-2.400-2.400L14.500 7",
  send: "M4 12l16-8-5 16-3-7z",
};

const button = (label, onclick, facts = {}) => h("button", { type: "button", onclick, ...facts }, label);
const iconButton = (name, label, onclick, facts = {}) => button(icon(ICONS[name]), onclick, { "aria-label": label, title: label, ...facts });
const away = (href, label, kind) => h("a", { href, class: kind, target: "_blank", rel: "noopener noreferrer nofollow" }, label);

// Text with its web addresses as links and its tracking numbers ready to be copied.
function richText(text, withNumbers) {
  const pieces = [];
  let rest = 0;
  const numbered = new Set();
  for (const found of text.matchAll(/https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]}']|(?<!\d)\d{4} \d{3} \d{3}(?!\d)/g)) {
    const [said] = found;
    const piece = said.startsWith("http") ? webAddress(said) && away(webAddress(said), said) : withNumbers && isTracking(said) && !numbered.has(said) && numberPiece(said);
    if (!piece) continue;
    numbered.add(said);
    pieces.push(text.slice(rest, found.index), piece);
    rest = found.index + said.length;
  }
  return [...pieces, text.slice(rest)];
}

// ISO 7064 MOD 11,10: a telephone number is no tracking number.
function isTracking(text) {
  const digits = [...text.replace(/ /g, "")].map(Number);
  let product = 10;
  for (const digit of digits.slice(0, -1)) product = (((product + digit) % 10 || 10) * 2) % 11;
  return (product + digits.at(-1)) % 10 === 1;
}

const numberPiece = (said) => h("span", { class: "number" }, h("b", {}, said), " ", copyButton(said, { "aria-label": `${t("copy")} ${said}` }));

// Copies; on pages without TLS, which have no clipboard, the words go where they can be copied by hand.
function copyButton(text, facts = {}) {
  const copy = () => navigator.clipboard.writeText(text).then(() => tell(t("copied")));
  return button(t("copy"), () => copy().catch(() => tell(text)), { class: "copy", ...facts });
}

const locale = () => (language === "en" ? "en-GB" : "id-ID");
const clock = (moment) => new Date(moment).toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit" });

function dayName(moment) {
  const [day, now] = [new Date(moment), new Date()];
  const ago = Math.round((now.setHours(0, 0, 0, 0) - new Date(day).setHours(0, 0, 0, 0)) / 86_400_000);
  if (ago < 2) return new Intl.RelativeTimeFormat(locale(), { numeric: "auto" }).format(-ago, "day");
  return day.toLocaleDateString(locale(), { day: "numeric", month: "long", year: "numeric" });
}
