// Every word that the page shows, in both languages. Chinese comes first.
const words = {
  'zh-CN': {
    board: '守望 · 值守台', enter: '进入', token: '访问令牌', leave: '退出', language: 'English',
    lost: '连接中断 — 正在重新连接', expired: '登录已失效 — 请重新输入令牌', linked: '● 已连接', linking: '○ 正在连接…',
    soundOff: '声音未开启 — 点按此处开启', calm: '当前没有未结案的事件', cut: '事件过多，列表不完整',
    disclaimer: '本系统为辅助提醒，非医疗诊断。', wrongToken: '令牌不正确', tooMany: '尝试次数过多，请稍后再试', unreachable: '无法连接主机',
    high: '▲ 紧急', medium: '◆ 重要', low: '● 一般', information: 'ℹ 提示',
    open: '待接单', acknowledged: '处理中', contacted: '已联系', on_site: '已到场', resolved: '已结案',
    tier: '第 {n} 级', owner: '负责人：{who}', unknownPlace: '位置未知', drill: '演练', late: '补报', replay: '回放',
    acknowledge: '接单', acknowledgeAgain: '再按一次确认接单', resolve: '结案', resolveNow: '确认结案', back: '返回',
    contact: '记录联系', contactNow: '确认记录', contactResult: '联系结果', chooseResult: '请选择', assessment: '病情简要评估（联系上后填写，30 分钟计时才停止）',
    patient: '已联系本人', family: '已联系家属', not_understood: '接通但无法说清', no_answer: '无人接听',
    dueTake: '请在 {t} 内接单，否则通知上一级', dueCall: '请在 {t} 内致电', dueShare: '{t} 后同时通知上一级', dueContact: '请在 {t} 内联系并评估病情', dueOther: '时限：{t}', now: '0 秒',
    not_owner: '只有负责人或主管可以移交',
    reason: '结案原因', note: '备注', chooseReason: '请选择',
    sending: '{what}：正在发送…', retrying: '{what}：主机尚未确认，正在重试…', done: '{what}：主机已确认', refused: '{what}：未成功 — {why}', dismiss: '知道了',
    summary: '未结案 {n}，待接单紧急 {m}', ago: '已 {t}', seconds: '{n} 秒', minutes: '{n} 分钟', hours: '{n} 小时 {m} 分',
    real_emergency: '真实求助', accidental: '误触', accidental_child: '儿童误触', false_alarm: '误报', device_fault: '设备故障', drillReason: '测试演练', hospitalised: '已送医', unreachableReason: '无法联系',
    already_taken: '已由他人接单', already_resolved: '已经结案', outdated: '事件已更新，请再看一遍', forbidden: '无权操作', unknown_incident: '事件不存在',
  },
  en: {
    board: 'Vigil · Duty board', enter: 'Enter', token: 'Access token', leave: 'Leave', language: '中文',
    lost: 'Connection lost — trying again', expired: 'Signed out — enter the token again', linked: '● Connected', linking: '○ Connecting…',
    soundOff: 'Sound is off — press here to turn it on', calm: 'No open incidents', cut: 'Too many incidents: the list is incomplete',
    disclaimer: 'An aid for people who care; not a medical device.', wrongToken: 'This token is not known', tooMany: 'Too many attempts, wait a moment', unreachable: 'The hub can’t be reached',
    high: '▲ Urgent', medium: '◆ Important', low: '● Normal', information: 'ℹ Notice',
    open: 'Not taken', acknowledged: 'Taken', contacted: 'Contacted', on_site: 'On site', resolved: 'Resolved',
    tier: 'Tier {n}', owner: 'Held by {who}', unknownPlace: 'Place unknown', drill: 'Drill', late: 'Late', replay: 'Replay',
    acknowledge: 'Take', acknowledgeAgain: 'Press again to take it', resolve: 'Resolve', resolveNow: 'Resolve now', back: 'Back',
    contact: 'Record contact', contactNow: 'Record now', contactResult: 'What came of the call', chooseResult: 'Choose', assessment: 'Short assessment (when reached: it stops the 30 minutes)',
    patient: 'Patient reached', family: 'Family reached', not_understood: 'Answered, not understood', no_answer: 'No answer',
    dueTake: 'Take it within {t}, else the next tier is told', dueCall: 'Call within {t}', dueShare: 'The next tier joins in {t}', dueContact: 'Contact and assess within {t}', dueOther: 'Due in {t}', now: '0 s',
    not_owner: 'only its owner or a supervisor may hand it over',
    reason: 'Close reason', note: 'Note', chooseReason: 'Choose',
    sending: '{what}: sending…', retrying: '{what}: not confirmed by the hub yet, trying again…', done: '{what}: confirmed by the hub', refused: '{what}: not done — {why}', dismiss: 'OK',
    summary: '{n} open, {m} urgent not taken', ago: '{t} ago', seconds: '{n} s', minutes: '{n} min', hours: '{n} h {m} min',
    real_emergency: 'Real emergency', accidental: 'Pressed by accident', accidental_child: 'Pressed by a child', false_alarm: 'False alarm', device_fault: 'Device fault', drillReason: 'Test or drill', hospitalised: 'Taken to hospital', unreachableReason: 'Could not be reached',
    already_taken: 'somebody else holds it', already_resolved: 'already resolved', outdated: 'it has changed, look again', forbidden: 'not allowed', unknown_incident: 'no such incident',
  },
};

const remembered = 'vigil.language';
let chosen = localStorage.getItem(remembered) === 'en' ? 'en' : 'zh-CN';

export const closeReasons = [
  ['real_emergency', 'real_emergency'], ['accidental', 'accidental'], ['accidental_child', 'accidental_child'], ['false_alarm', 'false_alarm'],
  ['device_fault', 'device_fault'], ['drill', 'drillReason'], ['hospitalised', 'hospitalised'], ['unreachable', 'unreachableReason'],
];

export const contactResults = ['patient', 'family', 'not_understood', 'no_answer'].map((name) => [name, name]);

export function language() { return chosen; }

export function switchLanguage() {
  chosen = chosen === 'en' ? 'zh-CN' : 'en';
  localStorage.setItem(remembered, chosen);
}

// A word with its {places} filled; a word that isn't in the table stands for itself.
export function word(name, places = {}) {
  const text = Object.hasOwn(words[chosen], name) ? words[chosen][name] : String(name);
  return text.replace(/\{(\w+)\}/g, (whole, place) => (place in places ? String(places[place]) : whole));
}

export function sentence(incident) {
  const text = incident.text ?? {};
  return text[chosen] ?? text['zh-CN'] ?? text.en ?? incident.kind;
}

export function span(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return word('seconds', { n: s });
  if (s < 3600) return word('minutes', { n: Math.floor(s / 60) });
  return word('hours', { n: Math.floor(s / 3600), m: Math.floor((s % 3600) / 60) });
}

// Writes the words of everything marked with data-word.
export function writeWords() {
  document.documentElement.lang = chosen;
  for (const element of document.querySelectorAll('[data-word]')) element.textContent = word(element.dataset.word);
}
