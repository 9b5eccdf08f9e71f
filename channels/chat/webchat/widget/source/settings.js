// Where the script came from, and what the site's owner said with it. The script may be loaded async: only now is it known.
const tag = document.currentScript ?? document.querySelector(`script[src*="/widget.js"]`);
const BASE = new URL(".", tag.src).href;
const at = (path) => new URL(path, BASE).href;
const SOCKET = at("chat/ws").replace(/^http/, "ws");
const FORM = at("lapor");
const PRIVACY = webAddress(tag.dataset.privacy) ?? at("privasi");
const SMS = /^\d{3,6}$/.test(tag.dataset.sms ?? "") ? tag.dataset.sms : "1708";

// Times in milliseconds, sizes in bytes or pixels.
const PATIENCE = { first: 500, longest: 30_000, opening: 20_000, pong: 3_000, slowest: 12_000, settled: 10_000, gap: 1_500, ack: 10_000, quiet: 60_000 };
const TYPING = { every: 3_000, shown: 4_000 };
const LONGEST_TEXT = 4_000;
const AT_ONCE = 8; // messages on their way and not acknowledged yet
const SIDE = 1_600; // the longer side of a photo that is made smaller
const LIGHT = 400_000; // a photo below this size is left as it is
const RECENT = 24 * 3_600_000; // whoever wrote within this time is connected on the next page too, to see what is new
const SPARE_FILES = { most: 5, bytes: 10_485_760, types: ["image/jpeg", "image/png", "image/webp", "application/pdf"] };

function webAddress(text) {
  try {
    const url = new URL(text, document.baseURI);
    return text && /^https?:$/.test(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}
