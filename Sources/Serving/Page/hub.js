// Talks to the hub: session, list, presses and the live stream.
const ours = { 'X-Vigil-Page': '1', 'Content-Type': 'application/json' };

// The hub's clock minus this machine's, in milliseconds: ages are counted in the hub's time.
let clockOffset = 0;
export function hubNow() { return Date.now() + clockOffset; }

export async function ask(path, options = {}, patience = 15_000) {
  const stop = new AbortController();
  const alarm = setTimeout(() => stop.abort(), patience);
  try {
    const response = await fetch(path, { credentials: 'same-origin', cache: 'no-store', signal: stop.signal, ...options });
    const date = Date.parse(response.headers.get('Date') ?? '');
    if (!Number.isNaN(date)) clockOffset = date - Date.now();
    const text = response.status === 204 ? '' : await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : {}, retryAfter: Number(response.headers.get('Retry-After')) || 0 };
  } catch {
    return { status: 0, body: {} };
  } finally {
    clearTimeout(alarm);
  }
}

export const post = (path, body) => ask(path, { method: 'POST', headers: ours, body: JSON.stringify(body) });

// A name and a password, or a token.
export const openSession = (secret) => post('/session', secret);
export const lockSession = () => post('/session/lock', {});
export const unlockSession = (secret) => post('/session/unlock', secret);
export const changePassword = (both) => post('/session/password', both);
export const changePIN = (both) => post('/session/pin', both);
export const lookAtLink = (code) => post('/set-up/look', { code });
export const setUpAccount = (choice) => post('/set-up', choice);
export const readSession = () => ask('/session');
export const closeSession = () => ask('/session', { method: 'DELETE', headers: ours });
export const readList = () => ask('/api/v1/incidents?state=active&limit=500');
export const readDeviceState = (device) => ask(`/api/v1/devices/${encodeURIComponent(device)}/state`, {}, 60_000);
export const readDevices = () => ask('/api/v1/devices');
export const replay = (query, log) => ask('/api/v1/replays?' + query, { method: 'POST', headers: ours, body: log }, 120_000);
export const readQuarantine = (device) => ask('/api/v1/quarantine?limit=200' + (device ? '&device=' + encodeURIComponent(device) : ''));

// Where a press goes; the subject is a device for the technician's verbs, else an incident.
function address(subject, verb) {
  const name = encodeURIComponent(subject);
  if (verb === 'mode') return `/api/v1/homes/${name}/mode`;
  if (verb === 'reached') return `/api/v1/family/incidents/${name}/reached`;
  if (verb === 'resend') return `/api/v1/queues/${subject.split('/').map(encodeURIComponent).join('/dead-letters/')}/resend`;
  return verb === 'adopt' ? '/api/v1/devices/adopt' : verb === 'arm' ? `/api/v1/devices/${name}/arm` : `/api/v1/incidents/${name}/${verb}`;
}

export const press = (subject, verb, body) => post(address(subject, verb), body);

const silenceLimit = 40_000;

// Follows the stream from a cursor. `on` has incident(i), linked(), lost(), reset() and refused().
export function follow(cursor, on) {
  let heardAt = Date.now();
  const source = new EventSource(`/api/v1/stream?after=${encodeURIComponent(cursor)}`);
  const heard = () => { heardAt = Date.now(); };
  source.addEventListener('hello', () => { heard(); on.linked(); });
  source.addEventListener('alive', () => { heard(); on.linked(); });
  source.addEventListener('reset', () => { stop(); on.reset(); });
  source.addEventListener('incident', (message) => {
    heard();
    let incident;
    try { incident = JSON.parse(message.data); } catch { return; }
    on.incident(incident);
  });
  // The browser comes back by itself with its last id, unless the hub answered with a refusal.
  source.addEventListener('error', () => {
    on.lost();
    if (source.readyState === EventSource.CLOSED) { stop(); on.refused(); }
  });
  const watch = setInterval(() => {
    if (Date.now() - heardAt < silenceLimit) return;
    stop();
    on.lost();
    on.refused();
  }, 5_000);
  function stop() { clearInterval(watch); source.close(); }
  return stop;
}
