// The connection: one WebSocket that comes back by itself, after any end and for ever, and that is never believed to be alive
// without a sign when the page wakes up.
const link = { socket: null, isReady: false, wanted: false, tries: 0, fails: 0, trouble: "", pong: PATIENCE.pong };
const CLOSED = { expired: 4401, tooMany: 4409, tooFast: 4429 };
let retryTimer, openingTimer, pongTimer, settledTimer, quietTimer;

function connect() {
  link.wanted = true;
  clearTimeout(retryTimer);
  if (link.socket) return;
  if (!window.WebSocket) return setTrouble("blocked");
  const socket = new WebSocket(SOCKET);
  link.socket = socket;
  openingTimer = setTimeout(() => abandon(), PATIENCE.opening);
  socket.onopen = () => socket.send(JSON.stringify(sayHello()));
  socket.onmessage = (event) => socket === link.socket && hear(event.data);
  socket.onclose = (event) => socket === link.socket && afterEnd(event.code);
}

function disconnect() {
  link.wanted = false;
  clearTimeout(retryTimer);
  if (link.socket) letGo();
  changed();
}

// Come back with a new greeting at once: another token or language.
function reconnect() {
  if (link.socket) letGo();
  connect();
}

function letGo() {
  const socket = link.socket;
  link.socket = null;
  link.isReady = false;
  clearTimeout(openingTimer);
  clearTimeout(pongTimer);
  clearTimeout(settledTimer);
  socket.close(); // what was sent before still goes out
}

// A dead network lets a socket hang for minutes: leave it and begin anew.
function abandon() {
  letGo();
  comeBack();
}

function afterEnd(code) {
  const wasReady = link.isReady;
  letGo();
  if (code === CLOSED.expired) {
    loseTalk();
    if (!queue.size && !isOpen()) return disconnect(); // nobody is here
  }
  if ([CLOSED.tooMany, CLOSED.tooFast].includes(code)) link.tries = Math.max(link.tries, 4);
  if (!wasReady && ++link.fails % 8 === 2) diagnose();
  comeBack();
}

function comeBack() {
  changed();
  if (!link.wanted) return;
  const most = Math.min(PATIENCE.longest, PATIENCE.first * 2 ** link.tries++);
  clearTimeout(retryTimer);
  retryTimer = setTimeout(connect, Math.random() * most);
}

function hear(data) {
  clearTimeout(pongTimer);
  clearTimeout(quietTimer);
  // A phone's network can go without a word: whoever sits before a silent talk is to hear of it.
  quietTimer = setTimeout(() => isOpen() && document.visibilityState === "visible" && check(), PATIENCE.quiet);
  let frame;
  try {
    frame = JSON.parse(data);
  } catch {
    return abandon(); // cut to pieces on its way: everything is asked for again
  }
  if (frame.t === "welcome") nowReady();
  if (frame.t === "pong") link.pong = PATIENCE.pong;
  FRAMES[frame.t]?.(frame);
}

function nowReady() {
  clearTimeout(openingTimer);
  link.isReady = true;
  link.fails = 0;
  link.tries = Math.min(link.tries, 2);
  setTrouble("");
  settledTimer = setTimeout(() => (link.tries = 0), PATIENCE.settled);
}

function send(frame) {
  if (link.isReady && link.socket.readyState === 1) link.socket.send(JSON.stringify(frame));
}

// Is anybody there? On a slow network the limit grows, so that a check does not break what works.
function check() {
  if (!link.wanted || link.trouble === "foreign") return;
  if (!link.socket) return (link.tries = 0), connect();
  if (!link.isReady) return;
  send({ t: "ping" });
  clearTimeout(pongTimer);
  pongTimer = setTimeout(() => {
    link.pong = Math.min(PATIENCE.slowest, link.pong * 2);
    abandon();
  }, link.pong);
}

function watchNetwork() {
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && check());
  for (const sign of ["online", "offline", "pageshow"]) addEventListener(sign, () => (check(), changed()));
}

function setTrouble(what) {
  link.trouble = what;
  changed();
}

// A browser does not say why a socket was refused. Whether the gateway answers at all, and whether it answers this site, tells.
async function diagnose() {
  if (!navigator.onLine) return;
  const asked = (mode) => fetch(at("chat/hours"), { mode, credentials: "omit", cache: "no-store" }).then(() => true, () => false);
  const [allowed, reachable] = await Promise.all([asked("cors"), asked("no-cors")]);
  if (link.isReady) return;
  if (!reachable || allowed) return setTrouble("blocked");
  console.error(`LAPOR chat: ${BASE} does not accept chats from ${location.origin}. Add it to webchat.allowed_origins there.`);
  clearTimeout(retryTimer);
  setTrouble("foreign");
}
