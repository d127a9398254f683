import CareModel

/// What a receiver reads that may not see names, places or health values: the action, and what sort of help it is.
enum NeutralText {
    static func sentence(for incident: Incident) -> LocalizedText {
        var zhCN = "", en = ""
        if incident.origin == .drill { zhCN += "【演练】"; en += "[DRILL] " }
        if incident.isLate { zhCN += "【迟到】"; en += "[LATE] " }
        if incident.state == .resolved { return LocalizedText(zhCN: zhCN + "已结案，无需处理", en: en + "Closed, nothing to do") }
        let body = sentence(incident.category, incident.priority)
        return LocalizedText(zhCN: zhCN + body.zhCN, en: en + body.en)
    }

    private static func sentence(_ category: Category, _ priority: Priority) -> LocalizedText {
        switch (category, priority) {
        case (.safety, .high): LocalizedText(zhCN: "紧急求助，请立即处理", en: "Act now: emergency call")
        case (.safety, _): LocalizedText(zhCN: "安全提醒，请尽快确认", en: "Check soon: safety notice")
        case (.medical, .high): LocalizedText(zhCN: "健康数据异常，请立即处理", en: "Act now: abnormal health data")
        case (.medical, _): LocalizedText(zhCN: "健康数据异常，请尽快确认", en: "Check soon: abnormal health data")
        case (.behaviour, _): LocalizedText(zhCN: "起居异常，请联系确认", en: "Please call: unusual daily routine")
        case (.technical, _): LocalizedText(zhCN: "设备异常，请检修", en: "Please repair: device fault")
        case (.duty, _): LocalizedText(zhCN: "有待办任务，请处理", en: "Please do: a duty is due")
        }
    }
}
