"""Changes sample messages so that what they mean is still known: for scripts/score-samples --mutate.

Numbers that an expectation shows, whatever their scale, whether plain, written as text, between commas or in bytes; flags
whose key says what they are; all times of a message by one span; identifiers, the same ones alike in all lines; the order
of keys; keys that nobody knows. What can't be traced from the message to exactly one expectation stays as it is.
"""
import base64, copy, json, random, re, struct
from datetime import datetime, timedelta, timezone
from decimal import Decimal

SCALES = [Decimal(1), Decimal("0.001"), Decimal("0.01"), Decimal("0.1"), Decimal("0.5"), Decimal("0.0000001")]
TIME_KEYS = {"ts", "time", "timestamp", "tst", "to", "from", "created_at", "last_seen", "scan_time", "unixtime", "bt", "statusUpdateTimestamp", "endTimestamp", "wtst"}
FLAGS = {"behaviour.motion": ("occupancy", "motion"), "behaviour.presence": ("presence", "occupancy", "presenceDetected"), "safety.water_leak": ("water_leak",), "safety.gas": ("gas",),
         "safety.co": ("carbon_monoxide",), "device.battery_low": ("battery_low",), "device.tamper": ("tamper", "vibration"), "device.fault": ("trouble",), "behaviour.bed_occupancy": ("occupancy",)}
ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)([T ])(\d\d):(\d\d):(\d\d)")
DMY = re.compile(r"(\d\d)/(\d\d)/(\d{4}) (\d\d):(\d\d):(\d\d)")


def leaves(node, path=()):
    if isinstance(node, dict):
        for key, value in node.items():
            yield from leaves(value, path + (key,))
    elif isinstance(node, list):
        for i, value in enumerate(node):
            yield from leaves(value, path + (i,))
    else:
        yield path, node


def put(node, path, value):
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value


def decimal(value):
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float)):
        return Decimal(repr(value))
    if isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return Decimal(value)
    return None


def numbers_of(expect):
    """(item, key inside a composite value or None, number) of what may change."""
    for item in expect:
        if "quality" in item or item.get("kind") in ("signal.waveform", "behaviour.sleep_stages", "behaviour.region"):
            continue
        value = item["value"]
        if isinstance(value, dict):
            for key, inner in value.items():
                if isinstance(inner, float):
                    yield item, key, Decimal(repr(inner))
        elif decimal(value) is not None and not isinstance(value, str):
            yield item, None, decimal(value)


def changed(number, rng):
    """Another number of the same digits, near enough to stay possible."""
    digits = max(0, -number.as_tuple().exponent)
    span = max(abs(number) / 20, Decimal(1).scaleb(-digits))
    if number == number.to_integral_value() and abs(number) < 20 and digits == 0:
        return number + rng.choice([-1, 1]) if number > 2 else number
    new = (number + span * Decimal(rng.choice([-1, 1]) * rng.uniform(0.2, 1))).quantize(Decimal(1).scaleb(-digits))
    return new if new != number else number


def plain(number, like):
    if isinstance(like, str):
        return str(number)
    return int(number) if isinstance(like, int) else float(number)


def scaled(number):
    value = number.normalize()
    return int(value) if value == value.to_integral_value() else float(value)


def store(item, key, number):
    if key is None:
        item["value"] = scaled(number)
    else:
        item["value"][key] = float(number)


def change_numbers(read, write, expect, rng):
    """`read()` gives [(place, number)], `write(place, number)` stores one. Gives whether anything changed."""
    hits = {}
    places = [(place, number) for place, number in read() if number is not None]
    for item, key, want in list(numbers_of(expect)):
        found = [(place, number, scale) for scale in SCALES for place, number in places if number * scale == want and number != 0]
        if not found:
            continue
        best = found[0][2]
        found = [f for f in found if f[2] == best]
        if len(found) == 1:
            hits.setdefault(found[0][0], []).append((item, key, found[0][1], best))
    any_change = False
    for place, users in hits.items():
        if len(users) != 1:
            continue
        item, key, number, scale = users[0]
        new = changed(number, rng)
        if new == number or (item["unit"] == "%" and not 0 < new * scale <= 100) or (item["kind"] == "vital.spo2" and new * scale < 80):
            continue
        write(place, new)
        store(item, key, new * scale)
        any_change = True
    return any_change


def shift_text(text, span):
    def iso(m):
        y, mo, d, sep, h, mi, s = m.groups()
        if int(y) < 1990:
            return m.group(0)
        at = datetime(int(y), int(mo), int(d), int(h), int(mi), int(s)) + span
        return at.strftime(f"%Y-%m-%d{sep}%H:%M:%S")

    def dmy(m):
        d, mo, y, h, mi, s = map(int, m.groups())
        return (datetime(y, mo, d, h, mi, s) + span).strftime("%d/%m/%Y %H:%M:%S")

    try:
        return DMY.sub(dmy, ISO.sub(iso, text))
    except ValueError:
        return text


def shift_times(document, expect, span, keys):
    for path, value in list(leaves(document)):
        key = next((p for p in reversed(path) if isinstance(p, str)), None)
        if isinstance(value, str):
            new = shift_text(value, span)
            number = decimal(value)
            if key in keys and number is not None and 1_000_000_000 < number < 2_200_000_000:
                new = str(int(number + int(span.total_seconds())))
            if new != value:
                put(document, path, new)
        elif isinstance(value, (int, float)) and not isinstance(value, bool) and key in keys:
            if 1_000_000_000 < value < 2_100_000_000:
                put(document, path, type(value)(round(value + span.total_seconds(), 6)))
            elif 1_000_000_000_000 < value < 2_100_000_000_000:
                put(document, path, value + int(span.total_seconds()) * 1000)
    for item in expect:
        for key in ("at", "start", "end"):
            if key in item:
                item[key] = shift_text(item[key], span)


def shuffle(node, rng):
    if isinstance(node, dict):
        keys = list(node)
        rng.shuffle(keys)
        out = {key: shuffle(node[key], rng) for key in keys}
        if rng.random() < 0.4:
            out[f"x_{rng.randrange(16 ** 4):04x}"] = rng.choice([1, "unknown", True, None, 0.5])
        return out
    if isinstance(node, list):
        return [shuffle(item, rng) for item in node]
    return node


class Identifiers:
    """New identifiers for old, alike in every spelling and every line."""
    SHAPE = re.compile(r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}(?![0-9A-Za-z])|(?<![0-9A-Za-z])[0-9A-Fa-f]{12}(?:[0-9A-Fa-f]{4})?(?![0-9A-Za-z])|(?<![0-9A-Za-z])\d{15}(?![0-9A-Za-z])")

    def __init__(self, rng):
        self.rng, self.known = rng, {}

    def one(self, match):
        text = match.group(0)
        key = text.replace(":", "").lower()
        if key not in self.known:
            digits = "0123456789" if key.isdigit() and len(key) == 15 else "0123456789abcdef"
            self.known[key] = "".join(self.rng.choice(digits) for _ in key)
        new = self.known[key]
        if any(c.isupper() for c in text):
            new = new.upper()
        return ":".join(new[i:i + 2] for i in range(0, len(new), 2)) if ":" in text else new

    def text(self, text):
        return self.SHAPE.sub(self.one, text)

    def tree(self, node, key=None):
        if isinstance(node, dict):
            return {self.text(k): self.tree(v, k) for k, v in node.items()}
        if isinstance(node, list):
            return [self.tree(v, key) for v in node]
        if isinstance(node, str) and key not in ("data", "frm_payload", "payload_hex", "cipher", "mic", "ctr"):
            return self.text(node)
        return node


INTEGERS = [("u8", 1, "<B"), ("u16le", 2, "<H"), ("u16be", 2, ">H"), ("i16be", 2, ">h"), ("u32le", 4, "<I")]


def change_bytes(blob, expect, rng):
    """Whole numbers in bytes that only one expectation can mean."""
    data = bytearray(blob)
    any_change = False
    for item, key, want in list(numbers_of(expect)):
        found = []
        for name, width, form in INTEGERS:
            for at in range(len(data) - width + 1):
                raw = Decimal(struct.unpack_from(form, data, at)[0])
                if width > 1 and -256 < raw < 256:
                    continue
                for scale in (SCALES[:5] if name != "u8" else SCALES[:1]):
                    if raw * scale == want:
                        found.append((at, width, form, raw, scale))
        if len(found) != 1 or want == 0:
            continue
        at, width, form, raw, scale = found[0]
        new = changed(raw, rng)
        if new == raw or (width == 1 and not 0 < new < 255) or (item["unit"] == "%" and not 0 < new * scale <= 100):
            continue
        struct.pack_into(form, data, at, int(new))
        store(item, key, new * scale)
        any_change = True
    return bytes(data), any_change


def mutate_one(sample, rng, identifiers):
    new = copy.deepcopy(sample)
    expect = new["expect"]
    new["topic"] = identifiers.text(new["topic"])
    for item in expect:
        if "device" in item:
            item["device"] = identifiers.text(item["device"])
    if new.get("encoding") == "base64":
        # A shape of their own each; of bytes only what can be traced is changed.
        if new["dialect"] not in ("senml-cbor", "sparkplug-b", "aprilbrother-v4", "mqtt-edge", "homie-5"):
            blob, _ = change_bytes(base64.b64decode(new["payload"]), expect, rng)
            new["payload"] = base64.b64encode(blob).decode()
        return new
    text = new["payload"]
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if isinstance(document, (dict, list)):
        document = identifiers.tree(document)
        if isinstance(document, dict) and "object" in document and "data" in document and rng.random() < 0.5:
            del document[rng.choice(["object", "data"])]
        envelope = document.get("uplink_message", document) if isinstance(document, dict) else {}
        field = next((f for f in ("data", "frm_payload") if isinstance(envelope.get(f), str) and "object" not in envelope and "decoded_payload" not in envelope), None) if isinstance(envelope, dict) else None
        if field and new["dialect"] in ("chirpstack-v4", "tts-v3", "loriot"):
            coded = envelope[field]
            blob = bytes.fromhex(coded) if new["dialect"] == "loriot" else base64.b64decode(coded)
            blob, _ = change_bytes(blob, [e for e in expect if e["kind"] != "device.rssi"], rng)
            envelope[field] = blob.hex().upper() if new["dialect"] == "loriot" else base64.b64encode(blob).decode()
        # Both the bytes and what a codec made of them: a change of one would contradict the other.
        both = isinstance(envelope, dict) and any(f in envelope for f in ("object", "decoded_payload")) and any(f in envelope for f in ("data", "frm_payload"))
        if not both and not new["dialect"].startswith("senml"):
            change_numbers(lambda: [(p, decimal(v)) for p, v in leaves(document)],
                           lambda p, n: put(document, p, plain(n, next(v for q, v in leaves(document) if q == p))), expect, rng)
        if isinstance(document, dict) and new["dialect"] == "zigbee2mqtt":
            for item in expect:
                for key in FLAGS.get(item["kind"], ()):
                    if isinstance(document.get(key), bool) and item["value"] is document[key] and sum(document.get(k) is not None for k in FLAGS[item["kind"]]) == 1 and rng.random() < 0.5:
                        document[key] = item["value"] = not document[key]
        span = timedelta(seconds=rng.randrange(-20 * 86400, 20 * 86400))
        # Times inside bytes can't be moved along.
        if not any(e.get("late") for e in expect):
            shift_times(document, expect, span, TIME_KEYS if new["dialect"] == "owntracks" else TIME_KEYS - {"from", "to"})
        new["payload"] = json.dumps(shuffle(document, rng), ensure_ascii=False)
        return new
    tokens = re.split(r"([,*\[\] ])", text)
    if text.startswith("["):
        # Length and identity of a frame are no measurements; its word of bits neither.
        free = [i for i, t in enumerate(tokens) if decimal(t) is not None and i > tokens.index(",")] if "," in tokens else []
    else:
        free = [i for i, t in enumerate(tokens) if decimal(t) is not None and len(tokens) == 1]
    if new["dialect"] not in ("lifesos",):
        def write(i, n):
            tokens[i] = str(n)
        if not any(e["unit"] is None for e in expect if e["kind"] == "behaviour.bed_occupancy"):
            change_numbers(lambda: [(i, decimal(tokens[i])) for i in free if not re.fullmatch(r"0\d+", tokens[i])], write, expect, rng)
        new["payload"] = "".join(tokens)
    return new


def mutate(samples, seed):
    """Other samples, and how many differ from what they were."""
    rng = random.Random(seed)
    identifiers = Identifiers(rng)
    known, out = {}, []
    for sample in samples:
        key = (sample["topic"], sample["payload"])
        if key in known:
            # The same message again: what tells a repetition must be the same.
            new = copy.deepcopy(known[key])
            new.update({k: v for k, v in sample.items() if k not in ("topic", "payload", "expect")})
            new["expect"] = [] if not sample["expect"] else new["expect"]
        else:
            new = mutate_one(sample, rng, identifiers)
            known[key] = new
        out.append(new)
    return out, sum(a["payload"] != b["payload"] or a["topic"] != b["topic"] for a, b in zip(samples, out))
