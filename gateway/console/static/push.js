// Notices on this device: asks the browser, tells the gateway; or stops both.

const place = document.getElementById("push");
const said = document.getElementById("push-said");
const button = place.querySelector("button");
const here = document.querySelector("form[data-here]");
const isAble = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

function octets(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

// A subscription made for another key of the gateway is of no use any more.
async function subscription(worker) {
  const key = octets(place.dataset.key);
  const old = await worker.pushManager.getSubscription();
  const used = new Uint8Array(old?.options.applicationServerKey ?? []);
  if (old && used.join() === key.join()) return old;
  await old?.unsubscribe();
  return worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

async function start() {
  if ((await Notification.requestPermission()) !== "granted") return place.dataset.denied;
  const found = await subscription(await navigator.serviceWorker.ready);
  const answer = await fetch("/console/pemberitahuan/langganan", {
    method: "POST",
    redirect: "error",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": document.body.dataset.csrf },
    body: JSON.stringify(found),
  });
  if (answer.ok) location.reload();
  return answer.status === 201 || answer.status === 422 ? (await answer.json()).said : place.dataset.failed;
}

button.addEventListener("click", async () => {
  button.disabled = true;
  said.textContent = place.dataset.starting;
  said.textContent = await start().catch(() => place.dataset.failed);
  button.disabled = false;
});

// The browser forgets as well, so that nothing is left behind at its push service.
here?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const worker = await navigator.serviceWorker?.getRegistration("/console/");
  await worker?.pushManager?.getSubscription().then((found) => found?.unsubscribe()).catch(() => undefined);
  here.submit();
});

async function isRunning() {
  const worker = await navigator.serviceWorker.getRegistration("/console/");
  return Boolean(here && Notification.permission === "granted" && (await worker?.pushManager.getSubscription()));
}

if (!isAble) said.textContent = place.dataset.unable;
else isRunning().then((running) => (place.hidden = running), () => (place.hidden = false));
