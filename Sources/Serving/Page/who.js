// Who sits at this desk: the token's account, and under a shared one the name that the person on duty gave.
import { is as isLocked } from './lock.js';

const remembered = 'vigil.name';
let account = { actor: '', role: '', isPersonal: false };
let name = localStorage.getItem(remembered) ?? '';

export function enter(session) { account = { actor: String(session.actor ?? ''), role: String(session.role ?? ''), isPersonal: session.is_personal === true }; }
export const role = () => account.role;
export const isPersonal = () => account.isPersonal;
export const mayPress = () => !isLocked() && ['caregiver', 'supervisor', 'administrator'].includes(account.role);
export const mayShelve = mayPress;
export const mayAdopt = () => ['technician', 'administrator'].includes(account.role);
// Only under these shared tokens a person's name is given; everybody else acts in the account's.
export const maySayName = () => !account.isPersonal && ['supervisor', 'administrator'].includes(account.role);
export const me = () => (maySayName() && name ? name : account.actor);
export const givenName = () => (maySayName() ? name : '');

export function rename(text) {
  name = text.trim().slice(0, 40);
  if (name) localStorage.setItem(remembered, name); else localStorage.removeItem(remembered);
}
