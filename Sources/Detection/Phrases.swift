import CareModel

/// Sentences that a rule file need not write: for special causes, and the reasons of verdicts.
enum Phrases {
    private static let known = ["what", "room", "device", "profile"]

    static let check = BilingualTemplate(
        zhCN: "请核实：[{room}]{what}处于触发状态，发生时间不明，请致电确认", en: "Please check by phone: {what}[ in {room}] stands as triggered, nobody knows since when", known: known)
    static let missedOffline = BilingualTemplate(
        zhCN: "请立即致电核实：设备离线期间曾发出{what}[（{room}）]，现在才收到", en: "Call now and check: {what}[ in {room}] was sent while the device was offline and arrived only now", known: known)
    static let test = BilingualTemplate(
        zhCN: "无需处置：收到测试信号（{what}）[，{room}]", en: "No action needed: test signal received ({what})[, {room}]", known: known)
    static let withdrawn = BilingualTemplate(
        zhCN: "仍请致电确认平安：设备已撤销{what}[（{room}）]", en: "Still call to make sure: the device took back {what}[ in {room}]", known: known)
    static let cleared = BilingualTemplate(
        zhCN: "{what}已恢复正常[（{room}）]", en: "{what}[ in {room}] is back to normal", known: known)
    static let unregistered = BilingualTemplate(
        zhCN: "请立即查明位置并核实：未登记设备{device}发出{what}，位置不明", en: "Find out where and check now: {what} from {device}, unregistered, place unknown", known: known)

    /// Why a rule spoke, or why it did not.
    static func sentence(_ verdict: Verdict, _ language: Language) -> String {
        switch verdict {
        case .quiet(let reason): reason.text[language]
        case .raise(let ground, _), .update(let ground, _), .withdraw(let ground, _), .clear(let ground, _): ground.cause.text[language]
        }
    }
}

extension Quiet {
    /// The reason in plain words.
    public var text: LocalizedText {
        switch self {
        case .notConcerned: LocalizedText(zhCN: "与本规则无关", en: "it does not concern this rule")
        case .withinLimits: LocalizedText(zhCN: "数值在范围内", en: "the value is within its limits")
        case .belowPersistence: LocalizedText(zhCN: "超限时间还不够长", en: "it has not been outside the limit for long enough")
        case .alreadyTold: LocalizedText(zhCN: "已经报告过，仍在持续", en: "it was told already and goes on")
        case .notYetCleared: LocalizedText(zhCN: "好转，但未到恢复值", en: "it is better, but not yet at the clear level")
        case .sameState: LocalizedText(zhCN: "状态没有变化", en: "the state has not changed")
        case .stateLearned: LocalizedText(zhCN: "首次得知，状态正常", en: "the first known state is in order")
        case .nothingToWithdraw: LocalizedText(zhCN: "没有可撤销的报告", en: "there is nothing to take back")
        case .unjudgeable: LocalizedText(zhCN: "数据质量不可用于判断", en: "the quality does not allow a judgement")
        case .late: LocalizedText(zhCN: "迟到的数据，不作实时报告", en: "late data raises nothing live")
        case .outOfOrder: LocalizedText(zhCN: "旧状态晚到", en: "an older state arrived after a newer one")
        case .retained: LocalizedText(zhCN: "代理保留的旧消息", en: "a message of unknown age that the broker kept")
        case .wrongShape: LocalizedText(zhCN: "数据形式不符", en: "the value has not the shape that the rule reads")
        case .ignoredCode: LocalizedText(zhCN: "该代码无需处理", en: "this word means nothing to the rule")
        case .test: LocalizedText(zhCN: "设备自检，状态正常", en: "the device's own test, all in order")
        case .notYetDue: LocalizedText(zhCN: "时间未到", en: "the time has not come")
        case .blind: LocalizedText(zhCN: "网关自身中断期间，不作判断", en: "the hub itself could not see, so absence proves nothing")
        case .gathered: LocalizedText(zhCN: "已并入同型号设备的汇总报告", en: "it is counted in the finding for its whole profile")
        case .firstSession: LocalizedText(zhCN: "首次连接", en: "the first connection has no session to find")
        case .notEnoughKnown: LocalizedText(zhCN: "已知且新鲜的数值不够", en: "too few values are known and fresh")
        case .tooSoon: LocalizedText(zhCN: "复测间隔太短", en: "the second measurement came too soon after the first")
        case .outsideSchedule: LocalizedText(zhCN: "不在规则的时段内", en: "the rule does not look at this time of day")
        case .learning: LocalizedText(zhCN: "尚在学习此人的常态", en: "what is usual for this person is not known yet")
        case .notArmed: LocalizedText(zhCN: "前提尚未发生", en: "what must happen first has not happened")
        case .waiting: LocalizedText(zhCN: "已发生一部分，等待其余", en: "part of it has happened, the rule waits for the rest")
        case .otherRoom: LocalizedText(zhCN: "不在规则所看的房间", en: "it is another room than those of the rule")
        case .away: LocalizedText(zhCN: "已登记外出或住院", en: "the resident is away, as somebody told the hub")
        case .visitors: LocalizedText(zhCN: "已登记有访客，行为不能说明问题", en: "visitors are there, as somebody told the hub")
        case .behindBridge: LocalizedText(zhCN: "所经网桥已失联，已由网桥的报告说明", en: "the bridge through which it is heard is gone, and that is told")
        case .timedOut: LocalizedText(zhCN: "设备不会报告结束，时限已过", en: "the device never says the end, and its time has passed")
        case .personTold: LocalizedText(zhCN: "此人未登记，已经报告过", en: "that this person is unknown was told already")
        case .usual: LocalizedText(zhCN: "对此人此时段属正常", en: "it is usual for this person at this time of day")
        }
    }
}

extension Ground.Cause {
    /// The cause in plain words.
    public var text: LocalizedText {
        switch self {
        case .occurred: LocalizedText(zhCN: "设备报告", en: "the device reports it")
        case .check: LocalizedText(zhCN: "代理保留的状态，时间不明", en: "a kept state of unknown age")
        case .missedOffline: LocalizedText(zhCN: "离线期间发生", en: "it happened while offline")
        case .test: LocalizedText(zhCN: "测试信号", en: "a test signal")
        case .belowLimit: LocalizedText(zhCN: "低于限值", en: "at or below the limit")
        case .aboveLimit: LocalizedText(zhCN: "高于限值", en: "at or above the limit")
        case .silent: LocalizedText(zhCN: "超时没有任何消息", en: "nothing was heard for too long")
        case .offline: LocalizedText(zhCN: "网桥报告设备离线", en: "a bridge says that the device is gone")
        case .inactive: LocalizedText(zhCN: "长时间没有活动", en: "no activity for too long")
        case .unreadable: LocalizedText(zhCN: "消息无法识别", en: "a message could not be read")
        case .unreadableMany: LocalizedText(zhCN: "同型号设备的大量消息无法识别", en: "many messages of one profile could not be read")
        case .sessionLost: LocalizedText(zhCN: "代理丢失了会话", en: "the broker forgot the session")
        case .linkDown: LocalizedText(zhCN: "与代理的连接中断", en: "the connection to the broker is down")
        case .withdrawn: LocalizedText(zhCN: "设备撤销", en: "the device takes it back")
        case .scored: LocalizedText(zhCN: "多项数值合计评分", en: "a score of several values")
        case .provisional: LocalizedText(zhCN: "单次测量，待复测", en: "one measurement says so, a second one is asked for")
        case .confirmed: LocalizedText(zhCN: "复测结果相同", en: "a second measurement says the same")
        case .unconfirmed: LocalizedText(zhCN: "未按时复测", en: "no second measurement came in time")
        case .changed: LocalizedText(zhCN: "短时间内变化过大", en: "it changed too much in too short a time")
        case .missed: LocalizedText(zhCN: "应发生而未发生", en: "what is expected at this time did not happen")
        case .lasted: LocalizedText(zhCN: "状态持续过久", en: "the state lasts too long")
        case .followed: LocalizedText(zhCN: "前后两事不符合预期", en: "what happened was not followed as it should be")
        case .counted: LocalizedText(zhCN: "次数过多", en: "it happened too often")
        case .outside: LocalizedText(zhCN: "在安全区域之外", en: "outside the safe area")
        case .wandering: LocalizedText(zhCN: "往返徘徊", en: "to and fro without a goal")
        case .corroborated: LocalizedText(zhCN: "两个设备相互印证", en: "two devices say so independently")
        case .unusual: LocalizedText(zhCN: "不同于此人的常态", en: "unusual for this person")
        case .dose: LocalizedText(zhCN: "浓度与时间累计超限", en: "so much for so long")
        case .fallSuspected: LocalizedText(zhCN: "动作符合跌倒", en: "the movement of a fall")
        case .fallConfirmed: LocalizedText(zhCN: "动作符合跌倒，且躺倒未起", en: "the movement of a fall, and the person lies")
        case .backHome: LocalizedText(zhCN: "登记外出期间家中有活动", en: "somebody stirs although the resident is away")
        case .unknownPerson: LocalizedText(zhCN: "设备指名的人未登记", en: "the device names a person whom nobody registered")
        case .doubted: LocalizedText(zhCN: "网关认为该设备的数值或时间不可信", en: "the hub doubts the device's values or its clock")
        case .fallLowered: LocalizedText(zhCN: "动作符合跌倒，但已起身", en: "the movement of a fall, but the person got up")
        }
    }
}
