// Two sounds: an alarm until a red incident is taken, and a slower one while the connection is lost.
// At the start of a shift somebody hears the alarm and says so.
const testedKey = 'vigil.soundTestedAt';
// Our choice: a shift, as long as a session.
const shiftMilliseconds = 12 * 3_600_000;

let context = null;
let wanted = null;
let clock = null;
let asked = null;

export function isRunning() { return context !== null && context.state === 'running'; }

// Browsers let sound begin only inside a gesture, again after each reload; one that is set up for it needs none.
export async function allow(changed) {
  try {
    context ??= new AudioContext();
  } catch {
    return changed();
  }
  context.onstatechange = changed;
  const isFirst = !isRunning();
  await context.resume();
  if (isRunning() && isFirst) { tone(660, 0, 0.12); play(); }
  changed();
}

// What the bar has to say: off, untested, asked, silent, or null when all is well.
export function lack() {
  if (!isRunning()) return 'off';
  if (asked) return asked;
  const at = Number(localStorage.getItem(testedKey));
  return at > 0 && Date.now() - at < shiftMilliseconds && at <= Date.now() ? null : 'untested';
}

export function test() { asked = 'asked'; alarm(); }
export function heard() { asked = null; localStorage.setItem(testedKey, String(Date.now())); }
export function silent() { asked = 'silent'; }
export function newShift() { asked = null; localStorage.removeItem(testedKey); }

// What sounds now: alarm, lost or null.
export const wants = () => wanted;

export function want(what) {
  if (what === wanted) return;
  wanted = what;
  clearInterval(clock);
  clock = null;
  if (wanted === null) return;
  play();
  clock = setInterval(play, wanted === 'alarm' ? 1_500 : 4_000);
}

function play() {
  if (wanted === 'alarm' && navigator.userActivation?.hasBeenActive) navigator.vibrate?.([200, 100, 200]);
  if (!isRunning() || wanted === null) return;
  if (wanted === 'alarm') alarm(); else tone(330, 0, 0.5);
}

function alarm() { tone(880, 0, 0.2); tone(660, 0.25, 0.2); tone(880, 0.5, 0.2); }

function tone(hertz, after, seconds) {
  const source = context.createOscillator();
  const volume = context.createGain();
  const start = context.currentTime + after;
  source.frequency.value = hertz;
  volume.gain.setValueAtTime(0.0001, start);
  volume.gain.exponentialRampToValueAtTime(0.5, start + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.0001, start + seconds);
  source.connect(volume).connect(context.destination);
  source.start(start);
  source.stop(start + seconds);
}
