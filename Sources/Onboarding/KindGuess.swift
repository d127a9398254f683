import CareModel
import Decoding

/// What a field may mean: a line of a profile that a person must confirm.
struct KindGuess: Sendable {
    var kind: Kind
    /// The output without its `kind` and `path`, for instance `unit: mV`; in the order in which it is written.
    var options: [String] = []
    /// Name and values leave no other reading that we know of; then the line is active, and still marked.
    var isSure = false
    /// Why, for the technician.
    var why: String
}

extension KindGuess {
    /// The words by which makers call a kind. `sure` ones say kind and unit by themselves.
    struct Row: Sendable {
        var kind: Kind
        var sure: [String]
        var maybe: [String]

        init(_ kind: Kind, sure: [String] = [], maybe: [String] = []) { (self.kind, self.sure, self.maybe) = (kind, sure, maybe) }
    }

    /// Words of devices' documents and of the languages that they are sold in.
    static let rows: [Row] = [
        Row(.heartRate, sure: ["heartrate", "pulserate", "heartratebpm", "hrbpm", "heartbeatrate", "心率", "脉率"], maybe: ["hr", "pulse", "bpm", "heartbeat", "heart", "pr", "脉搏", "frequenciacardiaca", "herzfrequenz", "frecuenciacardiaca"]),
        Row(.spo2, sure: ["spo2", "bloodoxygen", "oxygensaturation", "血氧", "血氧饱和度"], maybe: ["sao2", "oxygen", "o2sat", "spo", "oxy", "saturation"]),
        Row(.respiratoryRate, sure: ["respiratoryrate", "respirationrate", "breathingrate", "breathrate", "呼吸率", "呼吸频率"], maybe: ["respiration", "breath", "breathing", "resp", "rr", "breaths", "呼吸"]),
        Row(.bodyTemperature, sure: ["bodytemperature", "bodytemp", "体温"], maybe: ["tbody", "forehead", "eartemp", "oraltemp"]),
        Row(.skinTemperature, sure: ["skintemperature", "skintemp", "wristtemperature", "wristtemp", "皮温"]),
        Row(.bpSystolic, sure: ["systolic", "systolicpressure", "bpsys", "bphigh", "sbp", "bloodpressuresys", "bloodpressuresystolic", "bloodpressurehigh", "收缩压", "高压"], maybe: ["sys", "highpressure"]),
        Row(.bpDiastolic, sure: ["diastolic", "diastolicpressure", "bpdia", "bplow", "dbp", "bloodpressuredia", "bloodpressurediastolic", "bloodpressurelow", "舒张压", "低压"], maybe: ["dia", "lowpressure"]),
        Row(.bpMean, maybe: ["meanarterialpressure", "bpmean", "meanpressure"]),
        Row(.glucose, maybe: ["glucose", "bloodglucose", "bloodsugar", "glu", "bg", "血糖"]),
        Row(.weight, maybe: ["weight", "bodyweight", "weightkg", "体重"]),
        Row(.hrvSdnn, maybe: ["hrv", "sdnn", "hrvsdnn"]),
        Row(.perfusionIndex, maybe: ["perfusionindex", "perfusion", "pi"]),
        Row(.uricAcid, maybe: ["uricacid", "尿酸"]),
        Row(.cholesterol, maybe: ["cholesterol", "胆固醇"]),
        Row(.chipTemperature, sure: ["devicetemperature", "chiptemperature", "cputemperature"], maybe: ["devicetemp", "chiptemp", "cputemp", "boardtemp"]),
        Row(.roomTemperature, sure: ["roomtemperature", "ambienttemperature", "室温"], maybe: ["temperature", "temp", "t", "tempc", "temperaturec", "tempf", "temperaturef", "tc", "tf", "温度", "temperatura", "temperatur", "ambienttemp", "roomtemp"]),
        Row(.humidity, sure: ["humidity", "relativehumidity", "湿度"], maybe: ["hum", "rh", "humi", "h", "humedad", "umidade"]),
        Row(.illuminance, sure: ["illuminance", "lux", "illuminancelux", "照度"], maybe: ["lx", "light", "brightness", "illumination", "光照", "daylight"]),
        Row(.pressure, sure: ["airpressure", "atmosphericpressure", "barometricpressure", "气压"], maybe: ["pressure", "baro", "barometer", "press"]),
        Row(.co2, sure: ["co2", "carbondioxide", "二氧化碳"], maybe: ["eco2", "co2ppm"]),
        Row(.coLevel, maybe: ["coppm", "colevel", "coconcentration", "co", "carbonmonoxide", "一氧化碳"]),
        Row(.gasLevel, maybe: ["gaslevel", "lel", "gaslel", "gasconcentration"]),
        Row(.stepsToday, maybe: ["steps", "step", "stepcount", "stepstoday", "pedometer", "步数"]),
        Row(.latitude, sure: ["latitude", "纬度"], maybe: ["lat"]),
        Row(.longitude, sure: ["longitude", "经度"], maybe: ["lon", "lng", "long"]),
        Row(.locationAccuracy, maybe: ["accuracy", "acc", "gpsaccuracy", "radius"]),
        Row(.appliancePower, maybe: ["power", "activepower", "wattage", "watts", "功率"]),
        Row(.targetDistance, maybe: ["distance", "targetdistance", "range"]),
        Row(.positionX, maybe: ["x", "posx", "locationx", "positionx"]),
        Row(.positionY, maybe: ["y", "posy", "locationy", "positiony"]),
        Row(.motionCount, maybe: ["motioncount", "movements", "movementcount", "pircount"]),
        Row(.sleepDuration, maybe: ["sleepduration", "sleeptime", "totalsleep"]),
        Row(.outOfBedTime, maybe: ["outofbedtime", "outofbedseconds"]),
        Row(.immobile, maybe: ["immobile", "nomovement", "stillseconds"]),
        Row(.battery, sure: ["battery", "batterylevel", "batterypercent", "batterypercentage", "batterypct", "电量"], maybe: ["batt", "bat", "soc", "batlevel", "batpct", "batterystatus", "power", "charge", "bateria", "电池"]),
        Row(.batteryVoltage, maybe: ["batteryvoltage", "batvoltage", "vbat", "batv", "voltage", "volt", "battery", "batt", "bat", "batmv", "batterymv", "电压"]),
        Row(.rssi, sure: ["rssi"], maybe: ["signal", "dbm", "wifisignal", "wifirssi", "signalstrength", "csq", "信号"]),
        Row(.linkQuality, sure: ["linkquality", "lqi"]),
        Row(.signalLevel, maybe: ["signallevel", "signalpercent", "signalgsm", "quality"]),
        Row(.smoke, maybe: ["smoke", "smokealarm", "smokedetected", "smokedetection", "fire", "firealarm", "烟雾", "烟感", "火警", "humo", "fumaca", "rauch"]),
        Row(.gas, maybe: ["gas", "gasalarm", "gasdetected", "gasleak", "methane", "lpg", "燃气", "煤气"]),
        Row(.carbonMonoxide, maybe: ["co", "carbonmonoxide", "coalarm", "codetected", "一氧化碳"]),
        Row(.waterLeak, maybe: ["waterleak", "leak", "waterleakage", "leakage", "water", "flood", "flooding", "moisture", "水浸", "漏水"]),
        Row(.fall, maybe: ["fall", "falls", "falldetected", "falldetection", "fallen", "fallalarm", "fallstatus", "fallevent", "falldown", "isfall", "hasfallen", "跌倒", "摔倒", "queda", "caida", "sturz", "chute"]),
        Row(.sos, maybe: ["sos", "panic", "panicalarm", "emergency", "help", "sosalarm", "sosbutton", "soskey", "sosstatus", "alarmsos", "nursecall", "call", "patientcall", "assistance", "pullcord", "cord", "拉绳", "求助", "求救", "紧急", "呼救"]),
        Row(.callButton, maybe: ["button", "press", "action", "click", "key", "keypress", "nursecall", "call", "patientcall", "pullcord", "cord", "callbutton", "buttonstatus", "buttonevent", "pressed", "呼叫", "按键"]),
        Row(.geofence, maybe: ["geofence", "fence", "fenceevent", "safezone", "围栏"]),
        Row(.wandering, maybe: ["wandering", "wander", "走失"]),
        Row(.motion, maybe: ["motion", "pir", "movement", "moving", "motiondetected", "ismoving", "occupancy", "人体", "移动"]),
        Row(.presence, maybe: ["presence", "occupancy", "occupied", "present", "human", "people", "person", "personpresent", "presencestatus", "someone", "有人", "存在"]),
        Row(.opening, maybe: ["contact", "door", "window", "open", "opened", "isopen", "opening", "magnet", "reed", "doorstatus", "doorstate", "doorsensor", "fridge", "drawer", "门", "门磁", "开门"]),
        Row(.bedOccupancy, maybe: ["bed", "inbed", "bedoccupancy", "bedstatus", "onbed", "bedoccupied", "bedstate", "在床", "离床"]),
        Row(.chairOccupancy, maybe: ["chair", "seat", "inchair", "sitting", "seatoccupied", "chairoccupied"]),
        Row(.worn, maybe: ["worn", "wear", "wearing", "wearstatus", "wearstate", "isworn", "onbody", "onwrist", "佩戴"]),
        Row(.enuresis, maybe: ["enuresis", "wet", "wetness", "diaper", "diaperwet", "尿湿", "遗尿", "尿床"]),
        Row(.medicationTaken, maybe: ["medication", "medicationtaken", "pill", "pillbox", "pilltaken", "dose", "dosetaken", "taken", "服药"]),
        Row(.posture, maybe: ["posture", "pose", "bodyposition", "姿态"]),
        Row(.sleepStage, maybe: ["sleepstage", "sleepstate", "sleepstatus", "睡眠"]),
        Row(.tagPresent, maybe: ["tagpresent", "beacon"]),
        Row(.tamper, maybe: ["tamper", "tampered", "tamperalarm", "tamperstatus", "防拆"]),
        Row(.fault, maybe: ["fault", "trouble", "error", "fail", "failure", "故障"]),
        Row(.test, maybe: ["test", "selftest", "testmode", "测试"]),
        Row(.batteryLow, maybe: ["batterylow", "lowbattery", "batlow", "lowbat", "lowbatt", "低电量"]),
        Row(.externalPower, maybe: ["externalpower", "charging", "ischarging", "plugged", "pluggedin", "mains", "acpower", "充电"]),
        Row(.online, maybe: ["online", "connected", "connection", "availability", "lwt", "isonline", "alive", "在线"]),
        Row(.restarted, maybe: ["restarted", "reboot", "rebooted", "boot", "poweron"]),
    ]

    /// Units that stand at the end of a key: `temperature_f`, `batteryMv`.
    static let unitSuffixes: [(suffix: String, unit: String)] = [
        ("bpm", "/min"), ("percent", "%"), ("pct", "%"), ("fahrenheit", "[degF]"), ("celsius", "Cel"), ("mmhg", "mm[Hg]"), ("kpa", "kPa"), ("hpa", "hPa"), ("mv", "mV"), ("volts", "V"),
        ("mmoll", "mmol/L"), ("mgdl", "mg/dL"), ("kg", "kg"), ("lbs", "[lb_av]"), ("lb", "[lb_av]"), ("lux", "lx"), ("ppm", "[ppm]"), ("dbm", "{dBm}"), ("cm", "cm"), ("watt", "W"), ("f", "[degF]"), ("c", "Cel"),
    ]

    /// How makers write units beside a value.
    static let unitWords: [(word: String, unit: String)] = [
        ("c", "Cel"), ("°c", "Cel"), ("cel", "Cel"), ("celsius", "Cel"), ("℃", "Cel"), ("f", "[degF]"), ("°f", "[degF]"), ("fahrenheit", "[degF]"), ("℉", "[degF]"), ("k", "K"), ("kg", "kg"), ("lb", "[lb_av]"), ("lbs", "[lb_av]"), ("jin", "{jin}"), ("斤", "{jin}"),
        ("g", "g"), ("mmhg", "mm[Hg]"), ("kpa", "kPa"), ("mmol/l", "mmol/L"), ("mg/dl", "mg/dL"), ("bpm", "/min"), ("/min", "/min"), ("beat/min", "/min"), ("count/min", "/min"), ("次/分", "/min"), ("%", "%"), ("%rh", "%"), ("lx", "lx"), ("lux", "lx"), ("v", "V"), ("mv", "mV"),
        ("hpa", "hPa"), ("pa", "Pa"), ("mbar", "mbar"), ("ppm", "[ppm]"), ("dbm", "{dBm}"), ("w", "W"), ("m", "m"), ("cm", "cm"), ("s", "s"), ("h", "h"), ("min", "min"),
    ]
}
