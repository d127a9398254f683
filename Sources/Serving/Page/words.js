// Every word that the page shows, in both languages. Chinese comes first.
const words = {
  'zh-CN': {
    board: '守望 · 值守台', title: '守望 · 值守台', token: '访问令牌', leave: '退出', leaveAgain: '再按退出：本机将不再响铃', language: 'English',
    lost: '⚠ 连接中断 — 正在重新连接', linked: '● 已连接', linking: '○ 正在连接…',
    soundBar: '声音', soundOff: '声音未开启 — 有紧急事件也不会响铃', soundOn: '开启声音', soundUntested: '开班试音 — 请确认听得到警报声', soundTest: '播放警报声',
    soundAsked: '听到警报声了吗？', soundHeard: '听到了', soundSilent: '没听到', soundNotHeard: '请调大音量、检查耳机或换一台设备，再试一次',
    calm: '当前没有未结案的事件', cut: '事件过多，列表不完整', who: '值班人：{who}', ownerYou: '{who}（您）', name: '值班人姓名（记入每次操作）', beginShift: '开班',
    disclaimer: '本系统为辅助提醒，非医疗诊断。', wrongToken: '令牌不正确', tooMany: '尝试次数过多，请稍后再试',
    filters: '筛选', filterAll: '全部', filterUntaken: '待接单', filterMine: '我负责', filterUrgent: '紧急', station: '站点', everyStation: '全部站点', filtered: '另有 {n} 件被筛选隐藏（紧急待接单的总是显示）',
    high: '▲ 紧急', medium: '◆ 重要', low: '● 一般', information: 'ℹ 提示',
    open: '○ 待接单', acknowledged: '◐ 处理中', contacted: '☎ 已联系', on_site: '⌂ 已到场', resolved: '✔ 已结案',
    tier: '第 {n} 级', owner: '负责人：{who}', unknownPlace: '位置未知', years: '{n} 岁', drill: '演练', late: '补报', replay: '回放',
    acknowledge: '接单', acknowledgeAgain: '再按一次确认接单', acceptOffer: '接受移交', help: '加入协助', arrive: '已到场', escalate: '升级', escalateAgain: '再按一次：立即通知上一级', annotate: '备注', annotateNow: '保存备注', resolve: '结案', resolveNow: '确认结案', back: '返回',
    contact: '记录联系', contactNow: '确认记录', contactResult: '联系结果', choose: '请选择', assessment: '病情简要评估（联系上后填写，30 分钟计时才停止）',
    'hand-over': '移交', handOverTo: '移交给谁（对方接受前仍由您负责）', handOverNow: '提出移交', handAll: '交班', handAllNow: '全部移交',
    offeredTo: '⇄ 等待 {who} 接受移交', offeredToYou: '⇄ {by} 把此事件移交给您，请接受', offeredCount: '{n} 件等您接受移交',
    patient: '已联系本人', family: '已联系家属', not_understood: '接通但无法说清', no_answer: '无人接听',
    dueTake: '请在 {t} 内接单，否则通知上一级', dueCall: '请在 {t} 内致电', dueShare: '{t} 后同时通知上一级', dueContact: '请在 {t} 内联系并评估病情', dueOther: '时限：{t}', overdue: '⚠ 已超时 {t} — {what}',
    limit: '界限 {v}', rising: '↑ 上升', falling: '↓ 下降', steady: '→ 持平', flagOn: '有信号', flagOff: '无信号', hiddenValue: '（不显示）',
    readAgo: '{t}前的读数', source: '来源 {d} · 质量：{q}', sound: '✔ 正常', doubt: '⚠ {q}', chart: '{kind}：{n} 个读数，{low} 至 {high} {unit}', more: '经过（{n}）', details: '详情与处置', toMore: '更多', openedStep: '事件开始',
    announce: '新的紧急事件：{text} {who}',
    not_owner: '只有负责人或主管可以移交', not_allowed: '无权操作', limit_reached: '已达上限', actor_not_allowed: '不能以他人名义操作', not_shelvable: '生命安全事件不能搁置', superseded: '同类新事件已打开',
    reason: '结案原因', note: '备注内容',
    sending: '⏳ {what}：正在发送…', retrying: '⏳ {what}：主机尚未确认，正在重试…', done: '✔ {what}：主机已确认', refused: '✖ {what}：未成功 — {why}', dismiss: '知道了',
    summary: '未结案 {n}，待接单紧急 {m}', ago: '已 {t}', seconds: '{n} 秒', minutes: '{n} 分钟', hours: '{n} 小时 {m} 分',
    real_emergency: '真实求助', accidental: '误触', accidental_child: '儿童误触', false_alarm: '误报', device_fault: '设备故障', drillReason: '测试演练', hospitalised: '已送医', unreachableReason: '无法联系',
    already_taken: '已由他人接单', already_resolved: '已经结案', all_told: '该通知的各级都已通知', outdated: '事件已更新，请再看一遍', forbidden: '无权操作', unknown_incident: '事件不存在',
    toDevices: '设备', toBoard: '值守台', unknownDevices: '隔离区：未登记的设备', noUnknown: '没有未登记的设备', deviceInHand: '手中新设备的标识（见标签）', knownDevices: '已登记的设备', search: '查找',
    heard: '收到 {n} 次，最近 {t}前', no_profile: '没有适用的型号', several_profiles: '多个型号适用', unregistered: '未登记', adopt: '收编', adoptNow: '确认收编', adopted: '本机收编',
    profile: '型号（devices 里的文件夹名）', home: '住户编号', residents: '老人编号（可多个，空着表示整户）', room: '房间', arm: '步测', lastSeen: '最近一次：{t}前', neverSeen: '还没有收到过',
    walkWaiting: '⏳ 请在安装位置按一下或触发设备，还剩 {t}', walkHeard: '✔ 主机收到了（{t}前）', walkDrill: '✔ 演练事件已开出：{id}', walkMissed: '✖ 五分钟内没有收到，请检查电池与信号',
    already_bound: '设备已经登记', unknown_home: '没有这个住户', unknown_resident: '该住户没有这位老人', unknown_profile: '没有这个型号', unknown_device: '没有这个设备',
  },
  en: {
    board: 'Vigil · Duty board', title: 'Vigil · Duty board', token: 'Access token', leave: 'Leave', leaveAgain: 'Press again: no sound here any more', language: '中文',
    lost: '⚠ Connection lost — trying again', linked: '● Connected', linking: '○ Connecting…',
    soundBar: 'Sound', soundOff: 'Sound is off — an urgent incident would be silent', soundOn: 'Turn sound on', soundUntested: 'Start of shift — make sure that you hear the alarm', soundTest: 'Play the alarm',
    soundAsked: 'Did you hear the alarm?', soundHeard: 'I heard it', soundSilent: 'I did not', soundNotHeard: 'Turn up the volume, look for headphones or take another device; then try again',
    calm: 'No open incidents', cut: 'Too many incidents: the list is incomplete', who: 'On duty: {who}', ownerYou: '{who} (you)', name: 'Name of the person on duty (kept with each press)', beginShift: 'Begin the shift',
    disclaimer: 'An aid for people who care; not a medical device.', wrongToken: 'This token is not known', tooMany: 'Too many attempts, wait a moment',
    filters: 'Filters', filterAll: 'All', filterUntaken: 'Not taken', filterMine: 'Mine', filterUrgent: 'Urgent', station: 'Station', everyStation: 'Every station', filtered: '{n} more are filtered out (urgent ones that nobody has are always shown)',
    high: '▲ Urgent', medium: '◆ Important', low: '● Normal', information: 'ℹ Notice',
    open: '○ Not taken', acknowledged: '◐ Taken', contacted: '☎ Contacted', on_site: '⌂ On site', resolved: '✔ Resolved',
    tier: 'Tier {n}', owner: 'Held by {who}', unknownPlace: 'Place unknown', years: '{n} years', drill: 'Drill', late: 'Late', replay: 'Replay',
    acknowledge: 'Take', acknowledgeAgain: 'Press again to take it', acceptOffer: 'Accept hand-over', help: 'Join in', arrive: 'On site', escalate: 'Escalate', escalateAgain: 'Press again: tell the next tier now', annotate: 'Note', annotateNow: 'Keep the note', resolve: 'Resolve', resolveNow: 'Resolve now', back: 'Back',
    contact: 'Record contact', contactNow: 'Record now', contactResult: 'What came of the call', choose: 'Choose', assessment: 'Short assessment (when reached: it stops the 30 minutes)',
    'hand-over': 'Hand over', handOverTo: 'To whom (it stays yours until they accept)', handOverNow: 'Offer it', handAll: 'End of shift', handAllNow: 'Offer all of mine',
    offeredTo: '⇄ Waiting for {who} to accept', offeredToYou: '⇄ {by} hands this over to you: please accept', offeredCount: '{n} wait for you to accept them',
    patient: 'Patient reached', family: 'Family reached', not_understood: 'Answered, not understood', no_answer: 'No answer',
    dueTake: 'Take it within {t}, else the next tier is told', dueCall: 'Call within {t}', dueShare: 'The next tier joins in {t}', dueContact: 'Contact and assess within {t}', dueOther: 'Due in {t}', overdue: '⚠ {t} late — {what}',
    limit: 'limit {v}', rising: '↑ rising', falling: '↓ falling', steady: '→ steady', flagOn: 'reported', flagOff: 'not reported', hiddenValue: '(not shown)',
    readAgo: 'measured {t} ago', source: 'from {d} · quality: {q}', sound: '✔ sound', doubt: '⚠ {q}', chart: '{kind}: {n} readings, {low} to {high} {unit}', more: 'History ({n})', details: 'Details and what to do', toMore: 'More', openedStep: 'Opened',
    announce: 'New urgent incident: {text} {who}',
    not_owner: 'only its owner or a supervisor may hand it over', not_allowed: 'not allowed', limit_reached: 'a limit is reached', actor_not_allowed: 'not in another person’s name', not_shelvable: 'a life-safety incident can’t be shelved', superseded: 'a newer one of the same thing is open',
    reason: 'Close reason', note: 'Note',
    sending: '⏳ {what}: sending…', retrying: '⏳ {what}: not confirmed by the hub yet, trying again…', done: '✔ {what}: confirmed by the hub', refused: '✖ {what}: not done — {why}', dismiss: 'OK',
    summary: '{n} open, {m} urgent not taken', ago: '{t} ago', seconds: '{n} s', minutes: '{n} min', hours: '{n} h {m} min',
    real_emergency: 'Real emergency', accidental: 'Pressed by accident', accidental_child: 'Pressed by a child', false_alarm: 'False alarm', device_fault: 'Device fault', drillReason: 'Test or drill', hospitalised: 'Taken to hospital', unreachableReason: 'Could not be reached',
    already_taken: 'somebody else holds it', already_resolved: 'already resolved', all_told: 'everybody in the plan is told already', outdated: 'it has changed, look again', forbidden: 'not allowed', unknown_incident: 'no such incident',
    toDevices: 'Devices', toBoard: 'Duty board', unknownDevices: 'Quarantine: devices that nobody registered', noUnknown: 'No unknown device', deviceInHand: 'Identifier of the new device in your hand (on its label)', knownDevices: 'Registered devices', search: 'Search',
    heard: 'heard {n} times, last {t} ago', no_profile: 'no profile fits', several_profiles: 'several profiles fit', unregistered: 'not registered', adopt: 'Adopt', adoptNow: 'Adopt it now', adopted: 'adopted on this hub',
    profile: 'Profile (a folder of devices)', home: 'Home', residents: 'Residents (several, or none for the home)', room: 'Room', arm: 'Walk test', lastSeen: 'last heard {t} ago', neverSeen: 'never heard',
    walkWaiting: '⏳ Press or trigger it where it hangs, {t} left', walkHeard: '✔ The hub heard it ({t} ago)', walkDrill: '✔ Its drill was opened: {id}', walkMissed: '✖ Nothing came in five minutes: look at battery and signal',
    already_bound: 'the device is registered already', unknown_home: 'no such home', unknown_resident: 'no such resident in this home', unknown_profile: 'no such profile', unknown_device: 'no such device',
  },
};

// A page's own words join the table.
export function addWords(more) { for (const language of Object.keys(words)) Object.assign(words[language], more[language]); }

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

// A running time: 0:42, 27:05, then in words.
export function clock(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  return s < 3600 ? `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}` : span(s);
}

// Writes the words of everything marked with data-word, and the labels of what has data-label.
export function writeWords() {
  document.documentElement.lang = chosen;
  for (const element of document.querySelectorAll('[data-word]')) element.textContent = word(element.dataset.word);
  for (const element of document.querySelectorAll('[data-label]')) element.setAttribute('aria-label', word(element.dataset.label));
}
