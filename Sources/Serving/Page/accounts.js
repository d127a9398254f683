// Accounts: who may sign in and whom they reach; made with a set-up link that is shown once, as text and as a QR code.
import { arrange, at, make, makeButton, put } from './dom.js';
import { PressForm } from './forms.js';
import * as frame from './frame.js';
import * as hub from './hub.js';
import './people-words.js';
import * as qr from './qr.js';
import * as who from './who.js';
import { word } from './words.js';

const roles = ['caregiver', 'family', 'technician', 'supervisor', 'inspector', 'administrator'];
const reachFields = [
  { name: 'stations', kind: 'line', label: 'stations', list: 'station-list', max: 2_000 }, { name: 'homes', kind: 'line', label: 'homesReach', list: 'home-list', max: 2_000 },
  { name: 'residents', kind: 'line', label: 'residentsReach', list: 'resident-list', max: 2_000 },
];
const roleField = (more = []) => ({ name: 'role', kind: 'choice', label: 'accountRole', isNeeded: true, choices: [...roles, ...more].map((name) => [name, 'role_' + name]) });
let accounts = null;
let given = null;
let said = null;
const cards = new Map();

const top = make('div'), secret = make('section', 'pane'), state = make('p', 'notice'), list = make('ol');
const add = makeButton('primary', () => { adding.open(); });
add.id = 'add';
state.setAttribute('role', 'status');
secret.id = 'secret';
secret.tabIndex = -1;
const adding = new PressForm([{ name: 'name', kind: 'line', label: 'accountName', isNeeded: true }, roleField(['wall']), ...reachFields], 'createAccount', create);
adding.root.id = 'adding';

const several = (text) => text.split(/[,，、\n]+/).map((part) => part.trim()).filter(Boolean);

// Without a place the rights reach everything; a family's name its people.
function reach(body) {
  const found = { stations: several(body.stations), homes: several(body.homes), residents: several(body.residents) };
  return { ...found, everything: body.role !== 'family' && !found.stations.length && !found.homes.length && !found.residents.length };
}

function say(name, places = {}) { said = name ? [name, places] : null; write(); }

function tell({ status, body }) {
  if (status === 200) return true;
  say('failed', { why: word(status === 0 ? 'unreachable' : status === 423 ? 'lockedPage' : status === 401 ? 'signInFirst' : (body.error?.code ?? String(status))) });
  return false;
}

// The code is shown here once; the hub keeps its digest alone.
function hand(name, answer) {
  given = { name, isWall: Boolean(answer.token), link: location.origin + (answer.token ? '/#token=' + answer.token : '/page/set-up.html#code=' + answer.code) };
  said = null;
  write();
  secret.focus();
}

async function create(body) {
  const answer = await hub.post('/api/v1/accounts', { name: body.name, ...reach(body), ...(body.role === 'wall' ? { wall: true } : { role: body.role }) });
  if (!tell(answer)) {
    // What was typed stays, to be mended.
    for (const { field, input } of adding.parts) input.value = body[field.name];
    return adding.open();
  }
  hand(body.name, answer.body);
  return frame.again();
}

const address = (name, verb) => `/api/v1/accounts/${encodeURIComponent(name)}/${verb}`;

class AccountCard {
  constructor(row) {
    this.root = make('li', 'card');
    this.root.dataset.account = row.name;
    this.title = make('h3', 'place');
    this.told = make('div');
    this.buttons = make('div', 'actions');
    this.toggle = this.button('toggle', () => this.send(this.row.is_disabled ? 'enable' : 'disable', {}));
    this.link = this.button('link', async () => { const answer = await hub.post(address(this.row.name, 'link'), {}); if (tell(answer)) { hand(this.row.name, answer.body); frame.again(); } });
    this.rights = this.button('rights', () => this.open());
    this.form = new PressForm([roleField(), ...reachFields], 'saveRights', (body) => this.send('rights', { role: body.role, ...reach(body) }, body));
    this.root.append(this.title, this.told, this.buttons, this.form.root);
  }

  button(verb, press) {
    const button = makeButton('', press);
    button.dataset.verb = verb;
    this.buttons.append(button);
    return button;
  }

  open() {
    const row = this.row, values = { role: row.role, stations: row.stations.join(', '), homes: row.homes.join(', '), residents: row.residents.join(', ') };
    for (const { field, input } of this.form.parts) input.value = values[field.name];
    this.form.open();
  }

  async send(verb, body, typed = null) {
    const answer = await hub.post(address(this.row.name, verb), body);
    if (!tell(answer)) {
      if (typed) { for (const { field, input } of this.form.parts) input.value = typed[field.name]; this.form.open(); }
      return;
    }
    said = ['saved', {}];
    await frame.again();
  }

  write(row) {
    this.row = row;
    const places = [...row.stations, ...row.homes, ...row.residents].join(', ');
    const link = row.link_expires_at ? word(Date.parse(row.link_expires_at) > hub.hubNow() ? 'linkUntil' : 'linkOver', { t: frame.time(row.link_expires_at) }) : '';
    const inUse = row.is_disabled ? 'disabledWord' : row.is_set_up ? 'inUse' : 'notSetUp';
    put(this.title, `${row.name} · ${word(row.is_wall ? 'role_wall' : 'role_' + row.role)}`);
    this.told.replaceChildren(
      make('p', row.is_disabled ? 'unwell' : row.is_set_up ? 'well' : '', [word(inUse), link].filter(Boolean).join(' · ')),
      frame.facts([['reach', row.everything ? word('reach_everything') : places], ['lastSignIn', row.is_wall ? '' : row.last_sign_in_at ? frame.time(row.last_sign_in_at) : word('neverSignedIn')]]));
    put(this.toggle, word(row.is_disabled ? 'unlockAccount' : 'lockAccount'));
    put(this.link, word('newLink'));
    put(this.rights, word('changeRights'));
    // Nobody locks out the one who sits here; a wall has no password that could be lost.
    this.toggle.hidden = row.name === who.me();
    this.link.hidden = row.is_wall;
    this.rights.hidden = row.is_wall || row.name === who.me();
    this.form.write();
  }
}

function writeSecret() {
  secret.hidden = !given;
  if (!given) return secret.replaceChildren();
  const link = make('p', 'payload', given.link), hide = makeButton('', () => { given = null; write(); add.focus(); });
  link.id = 'given-link';
  hide.id = 'hide-link';
  put(hide, word('hideLink'));
  return secret.replaceChildren(...[make('p', 'place', word(given.isWall ? 'wallMade' : 'accountMade', { name: given.name })), link, qr.picture(given.link, word('qrSaid')), hide].filter(Boolean));
}

function write() {
  if (!top.isConnected) { top.append(add, adding.root, secret, state); at('body').append(top, list); }
  put(add, word('addAccount'));
  adding.write();
  writeSecret();
  state.hidden = !said;
  put(state, said ? word(said[0], said[1]) : '');
  if (!accounts) return;
  const present = new Set(accounts.map((row) => row.name));
  for (const [name, card] of cards) if (!present.has(name)) { card.root.remove(); cards.delete(name); }
  for (const row of accounts) {
    if (!cards.has(row.name)) cards.set(row.name, new AccountCard(row));
    cards.get(row.name).write(row);
  }
  arrange(list, accounts.map((row) => cards.get(row.name).root));
}

function suggest(id, values) {
  const options = [...new Set(values.filter(Boolean))].sort().map((value) => { const option = make('option'); option.value = value; return option; });
  at(id).replaceChildren(...options);
}

async function read(isNewest) {
  const found = await hub.ask('/api/v1/accounts');
  if (!isNewest() || !frame.tell(found.status)) return;
  accounts = found.body.accounts;
  write();
  const people = await hub.ask('/api/v1/residents');
  if (people.status !== 200) return;
  suggest('station-list', people.body.residents.map((r) => r.station));
  suggest('home-list', people.body.residents.map((r) => r.home));
  suggest('resident-list', people.body.residents.map((r) => r.resident));
}

for (const id of ['station-list', 'home-list', 'resident-list']) { const options = make('datalist'); options.id = id; document.body.append(options); }
frame.begin({ name: 'accounts', read, write });
