// What people pressed, until the hub has confirmed it. It survives a reload; a repeat carries the same id.
import * as hub from './hub.js';
import { givenName } from './who.js';

const kept = 'vigil.presses';
const doneShownMilliseconds = 6_000;
let presses = [];
let changed = () => {};
let isRefusedForWantOfSession = () => {};

function keep(press) {
  sessionStorage.setItem(kept, JSON.stringify(presses.filter((p) => p.state !== 'done')));
  changed(press.incident);
}

function remove(press) {
  presses = presses.filter((p) => p !== press);
  keep(press);
}

async function send(press) {
  let pause = 1_000;
  for (;;) {
    const { status, body } = await hub.press(press.incident, press.verb, { ...press.body, command_id: press.id });
    if (status === 200) {
      press.state = 'done';
      keep(press);
      setTimeout(() => remove(press), doneShownMilliseconds);
      return;
    }
    // Too many at one time passes by itself; a limit of the hub's own doesn't.
    const isPassing = status === 0 || status >= 500 || status === 401 || status === 423 || (status === 429 && body.error?.code !== 'limit_reached');
    if (!isPassing) {
      press.state = 'refused';
      press.why = body.error?.code ?? String(status);
      keep(press);
      return;
    }
    if (status === 401 || status === 423) isRefusedForWantOfSession(status);
    press.state = 'retrying';
    keep(press);
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(pause * 2, 8_000);
  }
}

function freshID() {
  // crypto.randomUUID exists on secure origins only; a hub in the home is often reached by plain HTTP.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('');
}

export function begin(onChange, onUnauthorised) {
  changed = onChange;
  isRefusedForWantOfSession = onUnauthorised;
  try { presses = JSON.parse(sessionStorage.getItem(kept) ?? '[]'); } catch { presses = []; }
  if (!Array.isArray(presses)) presses = [];
  for (const press of presses) if (press.state !== 'refused') { press.state = 'retrying'; send(press); }
}

export function add(incident, verb, body = {}) {
  if (isUnderWay(incident, verb)) return;
  const actor = givenName();
  const press = { id: freshID(), incident, verb, body: actor ? { ...body, actor } : body, state: 'sending' };
  presses = presses.filter((p) => !(p.incident === incident && p.verb === verb));
  presses.push(press);
  keep(press);
  send(press);
}

export const isUnderWay = (incident, verb) => presses.some((p) => p.incident === incident && p.verb === verb && (p.state === 'sending' || p.state === 'retrying'));
export const of = (incident) => presses.filter((p) => p.incident === incident);
export const dismiss = remove;
