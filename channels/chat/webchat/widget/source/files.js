// Photos and files: made smaller where that saves data, uploaded beside the socket, shown from memory.
const tray = []; // chosen, and not sent yet
const previews = new Map(); // addresses of pictures in memory, by the id of the file
const busyUploads = new Set();

async function chooseFiles(files) {
  const { most, bytes, types } = talk.files;
  const unfit = [];
  for (const file of files) {
    const blob = await lighten(file);
    const { name, type } = blob;
    if (tray.length < most && types.includes(type) && blob.size <= bytes) tray.push({ blob, name, type, url: URL.createObjectURL(blob), done: 0 });
    else unfit.push(name);
  }
  const name = unfit[1] ? t("files", { n: unfit.length }) : unfit[0];
  tell(name ? t("unfit", { name, n: most, m: Math.floor(bytes / 1_048_576) }) : "");
  drawTray();
}

// A phone's photo is several megabytes; a side of 1,600 pixels shows the same hole in the road.
async function lighten(file) {
  if (!/^image\/(jpeg|png|webp)$/.test(file.type) || file.size < LIGHT) return file;
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
    const canvas = h("canvas", { width: Math.round(picture.width * scale), height: Math.round(picture.height * scale) });
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const made = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.82));
    return made?.size < file.size ? new File([made], file.name.replace(/\.\w+$/, "") + ".jpg", { type: made.type }) : file;
  } catch {
    return file; // no picture that this browser can read: the gateway looks at it
  }
}

function takeFromTray(photo) {
  tray.splice(tray.indexOf(photo), 1);
  URL.revokeObjectURL(photo.url);
  drawTray();
  field.focus();
}

// True once all that can be uploaded is; false where it has to be tried again later, or never.
async function uploadAll(entry) {
  if (busyUploads.has(entry.id)) return false;
  busyUploads.add(entry.id);
  try {
    for (const photo of entry.photos) if (!(await uploadOne(entry, photo))) return false;
  } finally {
    busyUploads.delete(entry.id);
  }
  if (entry.text || !entry.photos.length || entry.photos.some((photo) => photo.id)) return true;
  refuse(entry.id, "broken");
  return false;
}

async function uploadOne(entry, photo) {
  if (photo.id || photo.isBroken) return true;
  photo.blob ??= await takeDown(photo.key);
  if (!photo.blob) return (photo.isBroken = true); // this browser could not keep it
  const { status, answer, after } = await upload(photo);
  if (status === 201) {
    photo.id = answer.id;
    if (queue.has(entry.id)) keepEntry(entry);
    return true;
  }
  photo.done = 0;
  if ([400, 413, 415].includes(status)) return (photo.isBroken = true);
  if (status === 401) check();
  sendLater(entry.id, after);
  return false;
}

// What came of it; status 0 where the network broke or nothing moved for half a minute.
function upload(photo) {
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    let stalled;
    const moved = () => (clearTimeout(stalled), (stalled = setTimeout(() => request.abort(), 30_000)));
    request.open("POST", at("chat/files"));
    request.setRequestHeader("Authorization", `Bearer ${usedToken}`);
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => {
      moved();
      photo.done = Math.floor((100 * loaded) / total);
      changed();
    };
    request.onloadend = () => {
      clearTimeout(stalled);
      const isBusy = [429, 503].includes(request.status);
      const after = (isBusy && Number(request.getResponseHeader("Retry-After"))) || 3;
      done({ status: request.status, answer: request.response, after });
    };
    const form = new FormData();
    form.append("file", photo.blob, photo.name);
    moved();
    request.send(form);
  });
}

// Fetched only when it is asked for: nobody pays for pictures that they do not look at.
async function fetchFile(file) {
  const answer = await fetch(at(`chat/files/${encodeURIComponent(file.id)}`), {
    headers: { Authorization: `Bearer ${usedToken}` },
    credentials: "omit",
  });
  if (!answer.ok) throw new Error(String(answer.status));
  const url = URL.createObjectURL(new Blob([await answer.blob()], { type: file.type }));
  previews.set(file.id, url);
  return url;
}
