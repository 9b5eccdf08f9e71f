// What visitors read, in Indonesian and English. {name} is filled in.
const WORDS = {
  chat: ["Chat LAPOR!", "Chat LAPOR!"],
  open: ["Buka chat LAPOR!", "Open LAPOR! chat"],
  close: ["Tutup", "Close"],
  menu: ["Pilihan lain", "More options"],
  unread: ["{n} pesan belum dibaca", "{n} unread messages"],
  bot: ["Dijawab otomatis, petugas bisa dipanggil", "Automatic answers; you can ask for a person"],
  waiting: ["Menunggu petugas", "Waiting for a person"],
  place: [", urutan ke-{n}", ", number {n} in line"],
  person: ["Anda berbicara dengan {name}", "You are talking to {name}"],
  officer: ["petugas", "an officer"],
  hello: [
    "Halo! Tulis pengaduan, aspirasi, atau pertanyaan Anda dengan kata-kata sendiri. Anda akan mendapat nomor laporan.",
    "Hello! Write your complaint, idea or question in your own words. You will get a report number.",
  ],
  startReport: ["Buat laporan", "Make a report"],
  callPerson: ["Bicara dengan petugas", "Talk to a person"],
  hours: ["Petugas: {text}", "Staff: {text}"],
  closedNow: [" (sedang tutup, pesan tetap disimpan)", " (closed now, your words are kept)"],
  consent: [
    "Yang Anda tulis di sini disimpan untuk menangani laporan Anda.",
    "What you write here is kept to handle your report.",
  ],
  privacy: ["Privasi", "Privacy"],
  log: ["Percakapan", "Conversation"],
  message: ["Tulis pesan…", "Write a message…"],
  send: ["Kirim", "Send"],
  attach: ["Tambah foto atau berkas", "Add a photo or file"],
  remove: ["Hapus", "Delete"],
  choices: ["Pilihan jawaban", "Possible answers"],
  you: ["Anda", "You"],
  assistant: ["Asisten", "Assistant"],
  system: ["Pemberitahuan", "Notice"],
  edited: ["diubah", "edited"],
  queued: ["menunggu jaringan", "waiting for the network"],
  sending: ["mengirim", "sending"],
  uploading: ["mengunggah {n}%", "uploading {n}%"],
  sent: ["terkirim", "sent"],
  seen: ["dibaca", "seen"],
  older: ["Pesan sebelumnya", "Earlier messages"],
  typing: ["{name} sedang menulis…", "{name} is typing…"],
  copy: ["Salin", "Copy"],
  copied: ["Tersalin", "Copied"],
  show: ["Lihat", "Show"],
  file: ["berkas", "file"],
  files: ["{n} berkas", "{n} files"],
  offline: [
    "Tidak ada jaringan. Pesan Anda aman di perangkat ini dan dikirim begitu tersambung.",
    "No network. Your messages are safe on this device and will be sent once you are connected.",
  ],
  connecting: ["Menyambung…", "Connecting…"],
  blocked: [
    "Chat belum dapat tersambung dari sini. Anda tetap dapat melapor:",
    "The chat cannot connect from here yet. You can still report:",
  ],
  sms: ["SMS ke {n}", "SMS to {n}"],
  form: ["Isi formulir", "Fill in the form"],
  again: [
    "Percakapan sebelumnya sudah berakhir. Ini percakapan baru.",
    "The previous conversation has ended. This is a new one.",
  ],
  broken: ["Berkas tidak terkirim. Mohon kirim lagi.", "The file was not sent. Please send it again."],
  refused: ["Tidak dapat diterima.", "Could not be accepted."],
  unfit: [
    "{name} tidak diterima. Paling banyak {n} foto, masing-masing {m} MB.",
    "Not accepted: {name}. At most {n} photos of {m} MB each.",
  ],
  rate: ["Bagaimana bantuan petugas kami?", "How did our officer help you?"],
  star: ["{n} dari 5", "{n} of 5"],
  remark: ["Saran (boleh kosong)", "Remark (optional)"],
  goOn: ["Lanjut di SMS atau Telegram", "Go on by SMS or Telegram"],
  goOnHow: [
    "Percakapan ini dapat dilanjutkan di tempat lain. Kirim kata-kata ini sebelum {time}:",
    "You can go on elsewhere. Send these words before {time}:",
  ],
  transcript: ["Kirim salinan ke e-mail", "E-mail me a copy"],
  email: ["Alamat e-mail", "E-mail address"],
  done: ["Terkirim. Terima kasih.", "Sent. Thank you."],
  failed: ["Belum berhasil. Coba lagi nanti.", "That did not work. Try again later."],
  end: ["Akhiri chat dengan petugas", "End the chat with the officer"],
  forget: ["Lupakan saya di perangkat ini", "Forget me on this device"],
  forgetSure: [
    "Hapus percakapan dari perangkat ini? Laporan yang sudah bernomor tetap diproses.",
    "Delete the conversation from this device? Reports with a number are still handled.",
  ],
  forgotten: ["Percakapan sudah dihapus dari perangkat ini.", "The conversation was deleted from this device."],
  language: ["English", "Bahasa Indonesia"],
};

let language = "id";

function t(key, facts = {}) {
  return WORDS[key][language === "en" ? 1 : 0].replace(/\{(\w+)\}/g, (_, name) => facts[name]);
}

// The visitor's own choice, else what the site's owner set, else the language of the page.
function chooseLanguage() {
  const said = keep.get("lang") || tag.dataset.lang || document.documentElement.lang;
  language = /^en\b/i.test(said) ? "en" : "id";
}
