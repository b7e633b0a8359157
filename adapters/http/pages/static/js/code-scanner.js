/**
 * Reads QR codes from the camera: by the browser where it can, or else by the server, which gets small pictures one
 * after the other.
 */

const BETWEEN = 150; // milliseconds between two looks of the browser
const BETWEEN_PICTURES = 500; // milliseconds between two pictures to the server
const PICTURE_SIZE = 640; // pixels on the longer side

export class CodeScanner {
  /**
   * @param {HTMLVideoElement} video shows what the camera sees.
   * @param {{ onCode: (text: string) => void, url: string, fields: () => FormData }} options `url` takes a picture and
   * answers with its code; `fields` are sent with it.
   */
  constructor(video, { onCode, url, fields }) {
    Object.assign(this, { video, onCode, url, fields, stream: null });
  }

  /** Begin to look. Throws if the browser gives no camera. */
  async start() {
    this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    this.video.srcObject = this.stream;
    await this.video.play();
    const detector = await findDetector();
    this.look(this.stream, detector ? () => detect(detector, this.video) : () => this.ask(), detector ? BETWEEN : BETWEEN_PICTURES);
  }

  stop() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
    this.video.srcObject = null;
  }

  async look(stream, read, pause) {
    while (this.stream === stream) {
      try {
        const text = document.visibilityState === "visible" ? await read() : "";
        if (text && this.stream === stream) this.onCode(text);
      } catch {
        // No picture yet, or no connection: the next look may succeed.
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  /** Return the code that the server finds in the present picture. */
  async ask() {
    const { videoWidth, videoHeight } = this.video;
    const scale = Math.min(1, PICTURE_SIZE / Math.max(videoWidth, videoHeight));
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: videoWidth * scale, height: videoHeight * scale });
    canvas.getContext("2d").drawImage(this.video, 0, 0, canvas.width, canvas.height);
    const body = this.fields();
    body.delete("code");
    body.set("photo", await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.8)), "picture.jpg");
    const answer = await fetch(this.url, { method: "POST", body });
    return answer.status === 200 ? await answer.text() : "";
  }
}

async function findDetector() {
  if (!("BarcodeDetector" in globalThis)) return null;
  const formats = await BarcodeDetector.getSupportedFormats();
  return formats.includes("qr_code") ? new BarcodeDetector({ formats: ["qr_code"] }) : null;
}

async function detect(detector, video) {
  const [first] = await detector.detect(video);
  return first?.rawValue ?? "";
}
