// Small forms between the log and the place to write: the menu, rating, code, copy by e-mail, forgetting.
let card = "";
const CARDS = { menu: menuCard, rate: rateCard, code: codeCard, transcript: transcriptCard, forget: forgetCard };

function showCard(kind, facts) {
  if (card === kind && kind === "rate") return; // it came twice; what is filled in stays
  card = kind;
  cardBox.replaceChildren(...CARDS[kind](facts));
  drawCard();
  if (kind !== "rate") cardBox.querySelector("input, a, button").focus();
}

function hideCard() {
  const hadFocus = cardBox.contains(root.activeElement);
  talk.isUnrated ||= card === "rate"; // not asked again after each break of the network
  card = "";
  drawCard();
  if (hadFocus) field.focus();
}

function drawCard() {
  cardBox.hidden = !card;
  moreButton.setAttribute("aria-expanded", card === "menu");
  keepAtEnd();
}

function menuCard() {
  const isKnown = keep.get("token");
  const item = (key, act) => button(t(key), () => (hideCard(), act()));
  const whenReady = (act) => () => (link.isReady ? act() : tell(t("failed")));
  return [
    isKnown && item("goOn", whenReady(() => send({ t: "code" }))),
    isKnown && item("transcript", () => showCard("transcript")),
    talk.state !== "bot" && item("end", whenReady(() => send({ t: "end" }))),
    item("language", switchLanguage),
    isKnown && item("forget", () => showCard("forget")),
  ].filter(Boolean);
}

function asForm(title, fields, onSend) {
  const form = h("form", { "aria-label": title }, h("p", { class: "title" }, title), ...fields);
  form.append(h("p", { class: "row" }, h("button", { class: "main" }, t("send")), button(t("close"), hideCard)));
  form.onsubmit = (event) => {
    event.preventDefault();
    if (link.isReady) onSend();
    else tell(t("failed"));
  };
  return [form];
}

function rateCard() {
  const star = (n) => h("input", { type: "radio", name: "stars", value: n, required: true, "aria-label": t("star", { n }) });
  const stars = [1, 2, 3, 4, 5].map((n) => h("label", {}, star(n), h("span", { "aria-hidden": "true" }, "★")));
  const choice = h("fieldset", { class: "stars", "aria-label": t("rate") }, ...stars);
  const remark = h("textarea", { rows: 2, maxlength: 1000, "aria-label": t("remark"), placeholder: t("remark") });
  return asForm(t("rate"), [choice, remark], () => {
    send({ t: "rate", stars: Number(choice.querySelector(":checked").value), remark: remark.value.trim() });
  });
}

function transcriptCard() {
  const address = h("input", { type: "email", autocomplete: "email", required: true, "aria-label": t("email"), placeholder: t("email"), maxlength: 254 });
  return asForm(t("transcript"), [address], () => send({ t: "transcript", to: address.value.trim() }));
}

// Either way may be missing. What can be sent by SMS can be sent to the bot in Telegram too.
function codeCard({ code, sms = { text: `LANJUT ${code}` }, telegram, until }) {
  const { number, text } = sms;
  const texting = `sms:${encodeURIComponent(number)}?body=${encodeURIComponent(text)}`;
  return [
    h("p", { class: "title" }, t("goOnHow", { time: `${dayName(until)} ${clock(until)}` })),
    h("p", { class: "number" }, h("b", {}, text), " ", copyButton(text)),
    h("p", { class: "row" }, number && h("a", { class: "button", href: texting }, t("sms", { n: number })), webAddress(telegram) && away(telegram, "Telegram", "button"), button(t("close"), hideCard)),
  ];
}

function forgetCard() {
  const yes = button(t("remove"), () => (forgetAll(), hideCard()), { class: "main" });
  return [h("p", { class: "title" }, t("forgetSure")), h("p", { class: "row" }, yes, button(t("close"), hideCard))];
}

function cardDone(what) {
  if (what !== "end") tell(t("done"));
  if (card === what) hideCard();
}
