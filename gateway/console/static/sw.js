// Keeps the shell (style, script, pictures) for a phone with a poor line. Pages are never kept: they hold reports.

const SHELL = ["{console.css}", "{console.js}", "{icons.svg}", "{icon.svg}"];
const NAME = `shell:${SHELL.join()}`;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(SHELL)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = async () => Promise.all((await caches.keys()).filter((name) => name !== NAME).map((name) => caches.delete(name)));
  event.waitUntil(old().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const path = new URL(event.request.url).pathname;
  if (!SHELL.includes(path)) return;
  event.respondWith(caches.match(path).then((kept) => kept ?? fetch(event.request)));
});
