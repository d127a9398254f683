// Who sits at this desk: the token's account, and under a shared one the name that the person on duty gave.
const remembered = 'vigil.name';
let account = { actor: '', role: '' };
let name = localStorage.getItem(remembered) ?? '';

export function enter(session) { account = { actor: String(session.actor ?? ''), role: String(session.role ?? '') }; }
export const role = () => account.role;
export const mayPress = () => ['caregiver', 'supervisor', 'administrator'].includes(account.role);
export const mayShelve = mayPress;
export const mayAdopt = () => ['technician', 'administrator'].includes(account.role);
// Only these may act in a person's name; everybody else acts in the account's.
export const maySayName = () => ['supervisor', 'administrator'].includes(account.role);
export const me = () => (maySayName() && name ? name : account.actor);
export const givenName = () => (maySayName() ? name : '');

export function rename(text) {
  name = text.trim().slice(0, 40);
  if (name) localStorage.setItem(remembered, name); else localStorage.removeItem(remembered);
}
