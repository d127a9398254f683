// What is to be done, step by step, by what happened: an aid for those who care, no medical advice. The longest name that fits counts.
const reach = [
  ['马上致电老人本人，问清情况，保持通话。', 'Call the resident at once, ask what is the matter, stay on the line.'],
  ['无人接听：按顺序联系家属与持钥匙人，同时派最近的人上门。', 'No answer: call the contacts in their order, and send whoever is nearest.'],
  ['有生命危险、说不清话或叫不醒：拨打120，照“告诉120”念。', 'Life in danger, confused speech or no response: call 120 and read out what stands under "What to tell 120".'],
  ['到场后按“已到场”，写下简要评估，再结案。', 'On the spot press "On site", write a short assessment, then resolve it.'],
];
const procedures = {
  '': reach,
  'safety.fall': [
    ['马上致电；能说话就问：头、颈、髋痛不痛，能不能动。', 'Call at once; if the resident can speak, ask: pain in head, neck or hip, can you move?'],
    ['不要急着扶起。剧痛、不能动、昏迷或服用抗凝药：拨打120。', 'Do not hurry to lift. Strong pain, cannot move, unconscious, or on blood thinners: call 120.'],
    ['无人接听：联系持钥匙人，最近的人上门，带上入户说明。', 'No answer: call the key-holder and send whoever is nearest, with the way in.'],
    ['到场后保暖、陪伴，按“已到场”，观察24小时。', 'On the spot keep the resident warm and accompanied, press "On site", watch for 24 hours.'],
  ],
  'safety.smoke': [
    ['致电住户：立即离开房间，低身、捂口鼻，不坐电梯。', 'Call the home: leave at once, stay low, cover mouth and nose, no lift.'],
    ['无人接听或确认有火：拨打119，再派人到门外接应，不要单独进入。', 'No answer or a fire: call 119, then send somebody to meet them outside; nobody goes in alone.'],
    ['有人受伤或吸入烟雾：拨打120。', 'Somebody hurt or has breathed smoke: call 120.'],
    ['确认安全后查明原因再结案。', 'When all is safe find the cause, then resolve it.'],
  ],
  'safety.gas': [
    ['致电住户：不开关电器、不打火，开窗、关总阀、离开房间后再打电话。', 'Call the home: touch no switch and no flame, open windows, close the main valve, phone from outside.'],
    ['无人接听：拨打燃气公司抢修与119，派人到楼外。', 'No answer: call the gas company and 119, send somebody to the building.'],
    ['头晕、恶心：移到通风处，拨打120。', 'Dizzy or sick: fresh air, call 120.'],
  ],
  'safety.co': [
    ['致电住户：立即开窗、关炉灶、离开房间。', 'Call the home: open windows, put out stove or heater, leave.'],
    ['头痛、恶心、叫不醒：拨打120，并说明可能一氧化碳中毒。', 'Headache, sick or no response: call 120 and say that it may be carbon monoxide.'],
    ['无人接听：拨打119，派人开门，进门先通风。', 'No answer: call 119 and send somebody; air the room before going in.'],
  ],
  'safety.water_leak': [
    ['致电住户或家属：关水阀，小心触电和滑倒。', 'Call the home or the family: close the tap, mind electricity and a wet floor.'],
    ['无人接听：派人上门查看，老人可能在卫生间。', 'No answer: send somebody; the resident may be in the bathroom.'],
  ],
  'safety.geofence': [
    ['致电老人本人（手表可通话），问在哪里、要去哪里。', 'Call the resident (the watch can speak): where are you, where are you going?'],
    ['联系家属，看最近位置；天气恶劣或失智老人：立即派人去找。', 'Call the family, look at the last place; in bad weather or with dementia send somebody at once.'],
    ['30分钟找不到：报警110。', 'Not found within 30 minutes: call the police, 110.'],
  ],
  'vital.': [
    ['致电：问胸闷、气促、头晕、出冷汗没有；让老人坐下或半躺。', 'Call: tight chest, short of breath, dizzy, cold sweat? Have the resident sit or lie half up.'],
    ['检查佩戴，安静5分钟后复测；看近一小时曲线和平时范围。', 'Check how it is worn, measure again after 5 quiet minutes; look at the last hour and the usual range.'],
    ['不适、无人接听或复测仍异常：派人上门；危急时拨打120。', 'Unwell, no answer or still abnormal: send somebody; call 120 when it is urgent.'],
    ['写下简要评估；需要时告知家庭医生。', 'Write a short assessment; tell the family doctor where needed.'],
  ],
  'behaviour.': [
    ['致电老人本人，问是否安好。', 'Call the resident and ask whether all is well.'],
    ['无人接听：看其他设备最近的活动，联系家属与邻居。', 'No answer: look at what other devices heard last, call family and neighbours.'],
    ['仍无人应答：带钥匙上门。', 'Still no answer: go there with the key.'],
  ],
  'device.': [
    ['看哪些老人因此没有保护，先打电话问平安。', 'See who is without protection because of it, and call them first.'],
    ['查电池、电源、信号与网关；修好后做步测。', 'Check battery, power, signal and gateway; walk test when it is mended.'],
    ['短时间修不好：安排替代设备或人工探访。', 'It will take longer: give another device or visit the home.'],
  ],
};
procedures['safety.gas_level'] = procedures['safety.gas'];
procedures['safety.wandering'] = procedures['safety.geofence'];
procedures['safety.immobile'] = procedures['safety.fall'];
procedures['env.'] = procedures['behaviour.'];
procedures['hub.'] = procedures['device.'];

export function procedure(kind) {
  const fits = Object.keys(procedures).filter((name) => String(kind).startsWith(name)).sort((a, b) => b.length - a.length);
  return procedures[fits[0]];
}
