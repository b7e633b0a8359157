/** What the door sounds and feels like: two rising tones for valid, a low buzz for no, one tone for look closer. */

const TONES = {
  go: [
    { at: 0, pitch: 880, lasts: 0.09 },
    { at: 0.1, pitch: 1320, lasts: 0.16 },
  ],
  stop: [
    { at: 0, pitch: 150, lasts: 0.22 },
    { at: 0.28, pitch: 150, lasts: 0.32 },
  ],
  moon: [{ at: 0, pitch: 440, lasts: 0.2 }],
};
const SHAKES = { go: [60], stop: [180, 80, 180], moon: [100] };
const LOUDNESS = 0.25;

let audio = null;

/** Play the signal of a verdict; nothing for an unknown one, or before the page was touched. */
export function play(kind) {
  const tones = TONES[kind];
  if (!tones || !navigator.userActivation?.hasBeenActive) return;
  navigator.vibrate?.(SHAKES[kind]);
  audio ??= new AudioContext();
  audio.resume();
  for (const { at, pitch, lasts } of tones) {
    const [start, end] = [audio.currentTime + at, audio.currentTime + at + lasts];
    const oscillator = new OscillatorNode(audio, { frequency: pitch, type: kind === "stop" ? "sawtooth" : "sine" });
    const volume = new GainNode(audio, { gain: LOUDNESS });
    volume.gain.setTargetAtTime(0, end - 0.03, 0.01);
    oscillator.connect(volume).connect(audio.destination);
    oscillator.start(start);
    oscillator.stop(end + 0.05);
  }
}
