// @ts-check
/**
 * Calls the agent when they look elsewhere: the number in the title and on the icon of the page, a soft sound, a note of
 * the system. Sounds are made here, so there is no file to fetch.
 */
import { number } from "../format.js";
import { recall, remember } from "../ui.js";

const SOUND = "ecluse.sound";

/** @typedef {ReturnType<typeof createAlerts>} Alerts */

/**
 * @param {{open: (id: string) => void}} handlers
 */
export function createAlerts(handlers) {
  /** @type {AudioContext|null} */
  let audio = null;
  let sound = recall(SOUND) !== "off";
  let lastSoundAt = 0;
  const title = document.title;
  const favicon = /** @type {HTMLLinkElement|null} */ (document.querySelector('link[rel="icon"]'));
  const plain = favicon?.href ?? "";
  let shown = 0;

  // Browsers allow sound only after the reader has touched the page.
  for (const gesture of ["pointerdown", "keydown"]) addEventListener(gesture, unlock, { once: true, capture: true });

  function unlock() {
    audio ??= new AudioContext();
    void audio.resume();
  }

  /**
   * @param {number[]} notes frequencies in hertz, one after the other
   */
  function play(notes) {
    if (!sound || !audio || Date.now() - lastSoundAt < 800) return;
    lastSoundAt = Date.now();
    notes.forEach((frequency, index) => tone(/** @type {AudioContext} */ (audio), frequency, index * 0.14));
  }

  return {
    message: () => play([587.33, 783.99]),
    offer: () => play([523.25, 659.25, 783.99]),
    get sound() {
      return sound;
    },
    /** @param {boolean} on */
    setSound(on) {
      sound = on;
      remember(SOUND, on ? null : "off");
      if (on) {
        unlock();
        play([587.33, 783.99]);
      }
    },
    /** Whether it makes sense to ask the reader for the system's notes. */
    canAsk: () => "Notification" in window && Notification.permission === "default",
    async ask() {
      return "Notification" in window && (await Notification.requestPermission()) === "granted";
    },
    /**
     * @param {{title: string, body: string, conversation: string}} note
     */
    notify(note) {
      if (!document.hidden || !("Notification" in window) || Notification.permission !== "granted") return;
      const shownNote = new Notification(note.title, { body: note.body, tag: note.conversation, icon: plain });
      shownNote.onclick = () => {
        window.focus();
        handlers.open(note.conversation);
        shownNote.close();
      };
    },
    /** @param {number} count */
    badge(count) {
      if (count === shown) return;
      shown = count;
      document.title = count ? `(${number(count)}) ${title}` : title;
      if (favicon) favicon.href = count ? drawn(count) : plain;
    },
  };
}

/**
 * @param {AudioContext} audio
 * @param {number} frequency
 * @param {number} after seconds
 */
function tone(audio, frequency, after) {
  const at = audio.currentTime + after;
  const volume = audio.createGain();
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(0.09, at + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.45);
  const source = audio.createOscillator();
  source.type = "sine";
  source.frequency.value = frequency;
  source.connect(volume).connect(audio.destination);
  source.start(at);
  source.stop(at + 0.5);
}

/**
 * The icon of the page with a number on it.
 * @param {number} count
 * @returns {string} a `data:` address
 */
function drawn(count) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 64;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.fillStyle = "#0d6a6f";
  pen.beginPath();
  pen.roundRect(0, 0, 64, 64, 14);
  pen.fill();
  pen.strokeStyle = "#fff";
  pen.lineWidth = 7;
  pen.lineCap = pen.lineJoin = "round";
  pen.beginPath();
  pen.moveTo(14, 36);
  pen.lineTo(32, 18);
  pen.lineTo(50, 36);
  pen.stroke();
  pen.fillStyle = "#e5484d";
  pen.beginPath();
  pen.arc(44, 44, 20, 0, 2 * Math.PI);
  pen.fill();
  pen.fillStyle = "#fff";
  pen.font = "bold 28px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(count > 9 ? "9+" : String(count), 44, 46);
  return canvas.toDataURL("image/png");
}
