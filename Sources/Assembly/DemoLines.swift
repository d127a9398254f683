import CareModel
import Decoding
import Foundation

/// What `vigil simulate --demo` shows in the terminal, in Chinese and English.
enum DemoLines {
    enum Column: String {
        case home = "日常 home"
        case device = "设备 device"
        case queue = "队列 queue"
        case fault = "故障 fault"
    }

    private static let isColoured = isatty(1) == 1 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil

    static func heading(queue: String) {
        write("\n  一位独居老人的一天：一秒当作一分钟 · a day of somebody who lives alone, a minute each second")
        write("  队列 · queue: \(queue)\n")
    }

    static func say(_ column: Column, _ text: String) {
        let label: String
        switch column {
        case .home: label = styled(column.rawValue, "2")
        case .device: label = styled(column.rawValue, "33")
        case .queue: label = styled(column.rawValue, "32")
        case .fault: label = styled(column.rawValue, "31")
        }
        // A Chinese character is two columns wide.
        let width = column.rawValue.unicodeScalars.reduce(0) { $0 + ($1.value > 0x2E80 ? 2 : 1) }
        write("  \(label)\(String(repeating: " ", count: max(1, 13 - width)))\(text)")
    }

    /// One of the day's ordinary messages; reports that say nothing of the day are left out.
    static func ordinary(_ message: Message, ofDay second: Int) {
        let payload = String(decoding: message.payload, as: UTF8.self)
        let place = message.topic.split(separator: "/").last ?? ""
        let text: String
        switch place {
        case "kitchen_motion" where payload.contains("true"): text = "厨房有人活动 · somebody moves in the kitchen"
        case "bedroom_motion" where payload.contains("true"): text = "卧室有人活动 · somebody moves in the bedroom"
        case "bathroom_motion" where payload.contains("true"): text = "卫生间有人活动 · somebody moves in the bathroom"
        case "door": text = payload.contains("\"contact\":false") ? "入户门打开 · the front door opens" : "入户门关上 · the front door closes"
        default: return
        }
        say(.home, String(format: "%02d:%02d  ", second / 3_600 % 24, second / 60 % 60) + text)
    }

    static func saturation(_ percent: Int) {
        let text: String
        switch percent {
        case 92...95, 87...90: return
        case 97...: text = "血氧 \(percent)% 恢复 · oxygen saturation is back at \(percent) %"
        case 96: text = "血氧 \(percent)%，开始下降 · oxygen saturation \(percent) %, beginning to fall"
        case 91: text = "血氧 \(percent)%，到达低限，规则等15秒 · oxygen saturation \(percent) %, at its limit; the rule waits 15 s"
        default: text = "血氧 \(percent)% · oxygen saturation \(percent) %"
        }
        say(.device, text)
    }

    /// A delivery that the queue received.
    static func queued(_ incident: Value, took: Duration?, isLimit: Bool) {
        let id = incident["id"]?.text ?? "?", kind = incident["kind"]?.text ?? "?"
        let phase = incident["phase"]?.text ?? "?", priority = incident["priority"]?.text ?? "?"
        let revision = incident["revision"]?.number?.wholeNumber ?? 0
        say(.queue, "\(id) r\(revision)  \(kind)  \(word(priority))  \(word(phase))")
        let indent = String(repeating: " ", count: 15)
        write(indent + (incident["text"]?["zh-CN"]?.text ?? ""))
        write(indent + (incident["text"]?["en"]?.text ?? ""))
        guard let took else { return }
        let milliseconds = Double(took.components.seconds) * 1e3 + Double(took.components.attoseconds) / 1e15
        let time = milliseconds < 1_000 ? String(format: "%.0f ms", milliseconds) : String(format: "%.1f s", milliseconds / 1_000)
        let since = isLimit ? "数值越限后送达 · after the value passed its limit" : "设备发出后送达 · after the device spoke"
        write(indent + styled("\(time) \(since)", "1"))
    }

    static func complete(_ count: Int) {
        write("\n  \(count) 类事件全部送达 · all \(count) reached the queue\n")
    }

    private static func word(_ name: String) -> String {
        switch name {
        case "high": "高 high"
        case "medium": "中 medium"
        case "low": "低 low"
        case "information": "提示 information"
        case "start": "新 start"
        case "update": "更新 update"
        case "escalate": "升级 escalate"
        case "deescalate": "降级 deescalate"
        case "end": "结束 end"
        default: name
        }
    }

    private static func styled(_ text: String, _ code: String) -> String { isColoured ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }

    private static func write(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
}
