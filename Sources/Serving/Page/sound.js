// Two sounds: an alarm until a red incident is taken, and a slower one while the connection is lost.
let context = null;
let wanted = null;
let clock = null;

export function isRunning() { return context !== null && context.state === 'running'; }

// Browsers let sound begin only inside a gesture, again after each reload.
export async function allow(changed) {
  context ??= new AudioContext();
  context.onstatechange = changed;
  await context.resume();
  if (isRunning()) tone(660, 0, 0.12);
  changed();
}

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
  if (!isRunning()) return;
  if (wanted === 'alarm') { tone(880, 0, 0.2); tone(660, 0.25, 0.2); tone(880, 0.5, 0.2); } else { tone(330, 0, 0.5); }
}

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
