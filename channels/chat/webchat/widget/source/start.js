// Everything is defined: show the button. Nothing is asked of the gateway, unless this visitor wrote a short while ago.
function start() {
  if (document.querySelector("lapor-chat")) return;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  chooseLanguage();
  loadQueue();
  build();
  document.body.append(host);
  watchTabs(heedTab);
  watchNetwork();
  addEventListener("pagehide", keepDraft);
  window.visualViewport.addEventListener("resize", fitKeyboard);
  document.addEventListener("visibilitychange", changed);
  if (queue.size || (keep.get("token") && Date.now() - Number(keep.get("at") ?? 0) < RECENT)) connect();
}

if (document.body) start();
else addEventListener("DOMContentLoaded", start);
