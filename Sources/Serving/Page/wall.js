// The wall: counts by station for everybody in the room to see, and no name.
import { at, make } from './dom.js';
import * as frame from './frame.js';
import * as hub from './hub.js';
import { span, word } from './words.js';

const priorities = ['high', 'medium', 'low', 'information'];
let wall = null;

const rate = (step) => (step.count ? `${Math.floor(100 * step.kept / step.count)} %` : '–');

function tile(name, text, isBad, below) {
  const box = make('section', 'pane');
  box.dataset.tile = name;
  box.append(make('h2', '', word(name)), make('p', 'big ' + (isBad ? 'unwell' : 'well'), text), make('p', 'source', below));
  return box;
}

function write() {
  if (!wall) return;
  const tiles = make('div', 'walls');
  tiles.append(
    tile('minuteRate', rate(wall.minute), wall.minute.kept < wall.minute.count, word('keptOf', { n: wall.minute.kept, all: wall.minute.count })),
    tile('halfHourRate', rate(wall.assessment), wall.assessment.kept < wall.assessment.count, word('keptOf', { n: wall.assessment.kept, all: wall.assessment.count })),
    tile('silentDevices', String(wall.silent_devices), wall.silent_devices > 0, word('ofDevices', { all: wall.devices })),
    tile('hubTile', word(wall.hub_well && !wall.links_lost.length ? 'hubWell' : 'hubUnwell'), !wall.hub_well || wall.links_lost.length > 0, wall.links_lost.join(', ')));
  if (wall.hubs.watched) {
    const unwell = wall.hubs.unwell, silent = unwell.filter((h) => h.is === 'silent');
    tiles.append(tile('otherHubs', wall.hubs.is_seen ? String(silent.length) : '?', !wall.hubs.is_seen || unwell.length > 0, wall.hubs.is_seen ? word('ofHubs', { all: wall.hubs.watched, n: unwell.length }) : word('hubsUnseen')));
  }
  const rows = wall.stations.map((s) => ({
    className: s.high ? 'dead' : '',
    cells: [s.station || word('noStation'), ...priorities.map((name) => s[name]), s.untaken, s.oldest_at ? span((hub.hubNow() - Date.parse(s.oldest_at)) / 1_000) : '–'],
  }));
  const heads = [word('station'), ...priorities.map((name) => word(name)), word('open'), word('oldest')];
  const parts = [tiles, frame.table(heads, rows, word('to_wall'))];
  // A hub that fell silent guards nobody that we know of: its station is called.
  const hubs = wall.hubs.unwell.map((h) => ({
    className: h.is === 'silent' ? 'dead' : '',
    cells: [h.station || word('noStation'), h.hub, h.heard_s === null ? word('hubNeverHeard') : word(h.is === 'silent' ? 'hubSilent' : 'hubNotReady'), h.heard_s === null ? '–' : word('ago', { t: span(h.heard_s) }), h.reasons.join(', ')],
  }));
  if (hubs.length) parts.push(make('h2', '', word('otherHubs')), frame.table(['station', 'hubWord', 'state', 'lastHeard', 'what'].map((n) => word(n)), hubs, word('otherHubs')));
  // Which ones: a technician in the room sees where to go; a device's identifier is no name.
  const silent = wall.silent.map((d) => [d.station || word('noStation'), d.device, d.last_seen_at ? word('ago', { t: span((hub.hubNow() - Date.parse(d.last_seen_at)) / 1_000) }) : word('neverSeen')]);
  if (silent.length) parts.push(make('h2', '', word('silentDevices')), frame.table(['station', 'device', 'lastHeard'].map((n) => word(n)), silent, word('silentDevices')));
  at('body').replaceChildren(...parts);
}

async function read(isNewest) {
  const { status, body } = await hub.ask('/api/v1/wall');
  if (!isNewest() || !frame.tell(status)) return;
  wall = body;
  write();
}

frame.begin({ name: 'wall', every: 3_000, read, write });
