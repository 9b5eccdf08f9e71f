// What stays on this device: token, draft, unsent messages, photos that wait for the network. Nothing is written before the
// visitor writes. Where the browser forbids storage all of it stays in memory and ends with the page.
const MINE = "lapor-chat.";
const memory = new Map();
const keep = { get: kept, set: keepValue, drop: dropValue, names: keptNames };

function storage() {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

function kept(name) {
  return memory.get(name) ?? storage()?.getItem(MINE + name) ?? null;
}

function keepValue(name, value) {
  try {
    storage().setItem(MINE + name, value);
    memory.delete(name);
  } catch {
    memory.set(name, value); // forbidden, or full
  }
}

function dropValue(name) {
  memory.delete(name);
  storage()?.removeItem(MINE + name);
}

function keptNames(start) {
  const stored = Object.keys(storage() ?? {}).filter((name) => name.startsWith(MINE)).map((name) => name.slice(MINE.length));
  return [...new Set([...stored, ...memory.keys()])].filter((name) => name.startsWith(start)).sort();
}

// Other tabs of the same visitor.
function watchTabs(changed) {
  addEventListener("storage", (event) => {
    if (event.key?.startsWith(MINE)) changed(event.key.slice(MINE.length), event.newValue);
  });
}

// Photos do not fit into localStorage. Where IndexedDB is missing they wait in memory only.
function shelf(mode, work) {
  return new Promise((done, fail) => {
    const opening = indexedDB.open("lapor-chat", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("photos");
    opening.onerror = () => fail(opening.error);
    opening.onsuccess = () => {
      const database = opening.result;
      const deal = database.transaction("photos", mode);
      const asked = work(deal.objectStore("photos"));
      deal.oncomplete = () => (database.close(), done(asked.result));
      deal.onabort = () => (database.close(), fail(deal.error));
    };
  });
}

const shelve = async (key, blob) => shelf("readwrite", (photos) => photos.put(blob, key)).catch(() => undefined);
const takeDown = async (key) => shelf("readonly", (photos) => photos.get(key)).catch(() => undefined);
const unshelve = async (key) => shelf("readwrite", (photos) => photos.delete(key)).catch(() => undefined);

// A ULID: sorts by time, and two of the same millisecond by their order.
let lastMoment = 0;
function newId() {
  const signs = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  lastMoment = Math.max(Date.now(), lastMoment + 1);
  let moment = "";
  for (let rest = lastMoment; moment.length < 10; rest = Math.floor(rest / 32)) moment = signs[rest % 32] + moment;
  return moment + [...crypto.getRandomValues(new Uint8Array(16))].map((octet) => signs[octet % 32]).join("");
}
