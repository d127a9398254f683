// What the hub's stable words are called by people: kinds, qualities, units and what happened to an incident.
import { language } from './words.js';

const kinds = {
  'vital.heart_rate': ['心率', 'Heart rate'], 'vital.spo2': ['血氧', 'Oxygen saturation'], 'vital.perfusion_index': ['灌注指数', 'Perfusion index'],
  'vital.respiratory_rate': ['呼吸', 'Respiratory rate'], 'vital.body_temperature': ['体温', 'Body temperature'], 'vital.skin_temperature': ['皮肤温度', 'Skin temperature'],
  'vital.bp.systolic': ['收缩压', 'Systolic pressure'], 'vital.bp.diastolic': ['舒张压', 'Diastolic pressure'], 'vital.bp.mean': ['平均压', 'Mean pressure'],
  'vital.glucose': ['血糖', 'Glucose'], 'vital.weight': ['体重', 'Weight'], 'vital.hrv_sdnn': ['心率变异', 'Heart rate variability'], 'vital.rr_interval': ['心跳间期', 'Beat interval'],
  'vital.consciousness': ['意识', 'Consciousness'], 'vital.oxygen_therapy': ['吸氧', 'Oxygen therapy'], 'vital.uric_acid': ['尿酸', 'Uric acid'], 'vital.cholesterol': ['胆固醇', 'Cholesterol'],
  'signal.waveform': ['波形', 'Waveform'],
  'safety.fall': ['跌倒', 'Fall'], 'safety.sos': ['紧急呼叫', 'SOS'], 'safety.call_button': ['呼叫按钮', 'Call button'], 'safety.smoke': ['烟雾', 'Smoke'],
  'safety.co': ['一氧化碳报警', 'Carbon monoxide alarm'], 'safety.water_leak': ['漏水', 'Water leak'], 'safety.gas': ['燃气', 'Gas'], 'safety.geofence': ['离开区域', 'Left the area'],
  'safety.wandering': ['走失', 'Wandering'], 'safety.immobile': ['长时间不动', 'Motionless'], 'safety.attendance': ['床旁人员', 'Helper at the bedside'],
  'behaviour.motion': ['活动', 'Motion'], 'behaviour.presence': ['有人', 'Presence'], 'behaviour.region': ['所在区域', 'Region'],
  'behaviour.position.x': ['位置 X', 'Position X'], 'behaviour.position.y': ['位置 Y', 'Position Y'], 'behaviour.opening': ['门窗打开', 'Opening'],
  'behaviour.bed_occupancy': ['在床', 'In bed'], 'behaviour.chair_occupancy': ['在椅', 'In the chair'], 'behaviour.out_of_bed_time': ['离床时间', 'Time out of bed'],
  'behaviour.room_use': ['房间使用', 'Use of a room'], 'behaviour.room_use_today': ['今日房间使用', 'Use of a room today'], 'behaviour.posture': ['姿势', 'Posture'],
  'behaviour.sleep_stage': ['睡眠阶段', 'Sleep stage'], 'behaviour.sleep_stages': ['睡眠分期', 'Sleep stages'], 'behaviour.sleep_duration': ['睡眠时长', 'Sleep'],
  'behaviour.steps': ['步数', 'Steps'], 'behaviour.steps_today': ['今日步数', 'Steps today'], 'behaviour.location.latitude': ['纬度', 'Latitude'],
  'behaviour.location.longitude': ['经度', 'Longitude'], 'behaviour.location.accuracy': ['定位误差', 'Accuracy of the place'], 'behaviour.tag_present': ['标签在场', 'Tag present'],
  'behaviour.worn': ['已佩戴', 'Worn'], 'behaviour.appliance_power': ['电器功率', 'Appliance power'], 'behaviour.medication_taken': ['已服药', 'Medication taken'],
  'behaviour.enuresis': ['尿湿', 'Enuresis'], 'behaviour.object_motion': ['物体移动', 'Object moved'], 'behaviour.motion_count': ['活动次数', 'Movements'], 'behaviour.target_distance': ['目标距离', 'Distance'],
  'env.temperature': ['室温', 'Room temperature'], 'env.humidity': ['湿度', 'Humidity'], 'env.illuminance': ['照度', 'Light'], 'env.pressure': ['气压', 'Air pressure'],
  'env.co2': ['二氧化碳', 'Carbon dioxide'], 'env.co': ['一氧化碳', 'Carbon monoxide'], 'env.gas_level': ['燃气浓度', 'Gas level'],
  'device.online': ['在线', 'Online'], 'device.restarted': ['已重启', 'Restarted'], 'device.battery': ['电量', 'Battery'], 'device.battery_low': ['电量低', 'Battery low'],
  'device.battery_voltage': ['电池电压', 'Battery voltage'], 'device.battery_charge': ['充电', 'Charge'], 'device.external_power': ['外接电源', 'External power'], 'device.rssi': ['信号强度', 'Signal'],
  'device.link_quality': ['链路质量', 'Link quality'], 'device.link_margin': ['链路余量', 'Link margin'], 'device.signal_level': ['信号格数', 'Signal level'], 'device.tamper': ['被拆动', 'Tampered'],
  'device.fault': ['设备故障', 'Device fault'], 'device.test': ['设备自检', 'Device test'], 'device.temperature': ['设备温度', 'Device temperature'], 'device.clock_skew': ['设备时差', 'Clock skew'],
  'raw.current': ['电流', 'Current'], 'raw.voltage': ['电压', 'Voltage'],
};

const qualities = {
  unworn: ['未佩戴', 'not worn'], frozen: ['数值不变', 'frozen'], implausible: ['不合理', 'implausible'], sentinel: ['无效值', 'no value'], clock_fault: ['设备时钟错误', 'clock fault'],
  age_unknown: ['时间不明', 'age unknown'], late: ['迟到', 'late'], out_of_order: ['次序颠倒', 'out of order'], test: ['测试', 'test'], unit_doubtful: ['单位存疑', 'unit in doubt'],
  jump: ['突变', 'jump'], polarity_unknown: ['方向不明', 'polarity unknown'], external_power: ['外接电源', 'external power'], rate_unknown: ['采样率不明', 'rate unknown'],
  unknown_subject: ['对象不明', 'person unknown'], other_wearer: ['可能由老伴佩戴', 'perhaps worn by somebody else'],
};

const steps = {
  joined: ['同类再次发现', 'Found again'], joined_late: ['补报并入', 'Joined late'], occurred_again: ['再次发生', 'Occurred again'], raised: ['优先级提高', 'Priority raised'],
  lowered: ['优先级降低', 'Priority lowered'], recovered: ['已恢复', 'Recovered'], returned: ['已返回', 'Returned'], cancelled_by_device: ['设备撤回', 'Taken back by the device'],
  rule_removed: ['规则已删除', 'Rule removed'], subject_removed: ['对象已删除', 'Person removed'], explained_by_bridge: ['由网桥失联解释', 'Explained by its bridge'],
  help_needed: ['现场仍需帮助', 'Help still needed on site'], help_done: ['现场处置完毕', 'Done on site'], received: ['已送达值守人员', 'Received by people'], acknowledged: ['接单', 'Taken'],
  contacted: ['已联系', 'Contacted'], contacted_patient: ['已联系本人', 'Patient reached'], contacted_family: ['已联系家属', 'Family reached'],
  call_not_understood: ['接通但无法说清', 'Answered, not understood'], call_not_answered: ['无人接听', 'No answer'], owner_reminded: ['已提醒负责人致电', 'Owner reminded to call'],
  owner_reminded_late: ['已提醒负责人致电（迟）', 'Owner reminded to call (late)'], not_called: ['未致电，已通知上一级', 'Not called: next tier told'], not_called_late: ['未致电，已通知上一级（迟）', 'Not called: next tier told (late)'],
  helper_joined: ['加入协助', 'Helper joined'], helper_joined_late: ['加入协助（迟）', 'Helper joined (late)'], contact_missed: ['30 分钟内未联系评估', 'No contact within the time'],
  contact_missed_late: ['30 分钟内未联系评估（迟）', 'No contact within the time (late)'], offered: ['提出移交给', 'Offered to'], offer_withdrawn: ['移交已收回', 'Offer withdrawn'],
  handed_over: ['已接受移交，原负责人', 'Hand-over accepted from'], arrived: ['已到场', 'Arrived'], resolved: ['结案', 'Resolved'], note: ['备注', 'Note'], escalated: ['已通知上一级', 'Next tier told'],
  repair_missed: ['限时内未修复，已通知上一级', 'Not mended in time: next tier told'], repair_missed_late: ['限时内未修复，已通知上一级（迟）', 'Not mended in time: next tier told (late)'],
  escalated_late: ['已通知上一级（迟）', 'Next tier told (late)'], escalated_by_hand: ['手动升级，已通知上一级', 'Escalated by hand: next tier told'], delivery_failed: ['送达失败', 'Delivery failed'],
  family_asked: ['请联系家属', 'Family to be asked'], ambulance_proposed: ['建议拨打120', 'Ambulance proposed'], morning_list: ['转入晨间清单', 'From the morning list'],
  shelved: ['暂时搁置', 'Shelved'], unshelved: ['取消搁置', 'Taken from the shelf'], shelf_ended: ['搁置到期', 'Shelving ended'], reopened: ['重新打开', 'Reopened'],
  flapping: ['反复发作', 'Comes and goes'], grouped: ['合并通知', 'Told as one of a group'], storm: ['集中发生', 'Many at once'],
};

const values = {
  pressed: ['按下', 'pressed'], long: ['长按', 'held'], double: ['连按', 'pressed twice'], cleared: ['已解除', 'cleared'], suspected: ['疑似', 'suspected'], confirmed: ['已确认', 'confirmed'],
  withdrawn: ['已撤回', 'withdrawn'], outside: ['在区域外', 'outside'], inside: ['在区域内', 'inside'],
};

// What is wrong with a device, by the kind of the incident that tells it.
const faults = {
  'device.clock': ['时钟不准', 'wrong clock'], 'device.frozen_value': ['数值长时间不变', 'frozen value'], 'device.other_wearer': ['疑似他人佩戴', 'worn by somebody else'], 'device.power_lost': ['停电', 'mains power lost'],
  'device.silent': ['没有消息', 'silent'], 'device.tamper': ['被拆动', 'tampered with'], 'device.unknown_person': ['使用者未登记', 'used by somebody unknown'], 'device.unreadable': ['报文无法读取', 'unreadable messages'], 'device.unworn': ['未佩戴', 'not worn'],
};

const units = { '%': '%', '/min': ['次/分', '/min'], Cel: '℃', 'mm[Hg]': 'mmHg', s: ['秒', 's'], min: ['分钟', 'min'], h: ['小时', 'h'], '{dBm}': 'dBm', '{lqi}': '', '1': '' };

function named(table, name) {
  const pair = Object.hasOwn(table, name) ? table[name] : String(name);
  return Array.isArray(pair) ? pair[language() === 'en' ? 1 : 0] : pair;
}

export const kindName = (name) => named(kinds, name);
export const faultName = (name) => (Object.hasOwn(faults, name) ? named(faults, name) : kindName(name));
export const qualityName = (name) => named(qualities, name);
export const stepName = (name) => named(steps, name);
export const unitName = (name) => (name === null || name === undefined ? '' : named(units, name));
export const valueName = (name) => named(values, name);
