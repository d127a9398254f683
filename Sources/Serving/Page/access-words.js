// The words of signing in, setting up and locking, in both languages; they join the table of words.js.
import { addWords } from './words.js';

addWords({
  'zh-CN': {
    signIn: '登录', personName: '姓名（账号）', password: '密码', enter: '进入', byToken: '用访问令牌进入', expired: '⚠ 登录已失效 — 请重新登录', wrongPassword: '姓名或密码不正确，或账号已停用',
    tooManyWait: '尝试次数过多，请 {n} 秒后再试；已登录的屏幕不受影响', busySignIn: '正在登录的人较多，请再试一次',
    locked: '🔒 已锁定：姓名隐藏，按键停用；列表与警报声照常', pin: 'PIN 码', unlock: '解锁', unlockByPassword: '改用密码解锁', otherPerson: '换人登录', lockNow: '锁定', wrong_pin: 'PIN 不正确，还可试 {n} 次', pin_spent: 'PIN 试错过多，请用密码解锁', wrong_password: '密码不正确',
    lockedPage: '🔒 屏幕已锁定，请在值守台解锁', account: '账号', accountTitle: '守望 · 账号', setUpTitle: '守望 · 设置账号', hello: '{name}（{role}）', checking: '正在核对链接…', linkSpent: '链接无效、已用过或已过期，请向管理员要一个新的',
    newPassword: '新密码（至少 10 个字符）', repeatPassword: '再输入一次', oldPassword: '现在的密码', newPIN: 'PIN 码（4 至 8 位数字，用于解锁屏幕；可不填）', finishSetUp: '完成设置', notSame: '两次输入的密码不同', weak_password: '密码太简单：至少 10 个字符，含 4 种不同字符，不含姓名', weak_pin: 'PIN 需为 4 至 8 位数字，不能全相同或连号',
    changePassword: '修改密码', changePIN: '修改 PIN 码', savedSecret: '✔ 已修改', notSaved: '✖ 未修改：{why}', noAccount: '这是令牌登录，没有个人密码', unreachable: '无法连接主机', signInFirst: '请先在值守台登录',
    role_caregiver: '护理员', role_family: '家属', role_technician: '技术员', role_supervisor: '主管', role_inspector: '督查', role_administrator: '管理员',
  },
  en: {
    signIn: 'Sign in', personName: 'Name (account)', password: 'Password', enter: 'Enter', byToken: 'Enter with an access token', expired: '⚠ Signed out — sign in again', wrongPassword: 'Name or password is wrong, or the account is not in use',
    tooManyWait: 'Too many attempts, try again in {n} s; screens that are signed in go on', busySignIn: 'Many people are signing in, try again',
    locked: '🔒 Locked: no names, no presses; list and alarm go on', pin: 'PIN', unlock: 'Unlock', unlockByPassword: 'Unlock with the password', otherPerson: 'Somebody else', lockNow: 'Lock', wrong_pin: 'Wrong PIN, {n} tries left', pin_spent: 'Too many wrong PINs: use the password', wrong_password: 'Wrong password',
    lockedPage: '🔒 The screen is locked: unlock it at the duty board', account: 'Account', accountTitle: 'Vigil · Account', setUpTitle: 'Vigil · Set up an account', hello: '{name} ({role})', checking: 'Looking at the link…', linkSpent: 'This link is not known, was used, or has expired; ask an administrator for a new one',
    newPassword: 'New password (10 characters or more)', repeatPassword: 'Once more', oldPassword: 'Present password', newPIN: 'PIN (4 to 8 digits, opens a locked screen; may be left empty)', finishSetUp: 'Finish', notSame: 'The two passwords differ', weak_password: 'Too simple: 10 characters or more, 4 different ones, without the name', weak_pin: 'A PIN has 4 to 8 digits, not all the same, not in a row',
    changePassword: 'Change password', changePIN: 'Change PIN', savedSecret: '✔ Changed', notSaved: '✖ Not changed: {why}', noAccount: 'Signed in with a token: there is no password of a person', unreachable: 'The hub can’t be reached', signInFirst: 'Sign in at the duty board first',
    role_caregiver: 'caregiver', role_family: 'family', role_technician: 'technician', role_supervisor: 'supervisor', role_inspector: 'inspector', role_administrator: 'administrator',
  },
});
