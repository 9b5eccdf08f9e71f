// Keeps the shell (style, script, pictures) for a phone with a poor line. Pages are never kept: they hold reports.
// Shows what the gateway pushes.

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

self.addEventListener("push", (event) => {
  const { title, body, url, tag } = event.data.json();
  const look = { body, tag, data: { url }, lang: "id", icon: "{icon-192.png}" };
  event.waitUntil(self.registration.showNotification(title, look));
});

// A tab that shows the report already comes to the front; no other tab is led away from what is being typed there.
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { origin, pathname } = new URL(event.notification.data.url, self.location.origin);
  if (origin !== self.location.origin || !pathname.startsWith("/console/")) return;
  const show = async () => {
    const tabs = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const open = tabs.find((tab) => new URL(tab.url).pathname === pathname);
    return open ? open.focus() : self.clients.openWindow(pathname);
  };
  event.waitUntil(show());
});
