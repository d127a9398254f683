/// Texts that break pages, queries or eyes. Made from parts, so that each stands in several places of a text.
enum HostileTexts {
    /// What a page must not run and a template must not fill in.
    private static let markup = [
        "<script>window.hit=1</script>", "<ScRiPt>window.hit=1</sCrIpT>", "<img src=x onerror=window.hit=1>", "\"><svg onload=window.hit=1>", "'><img src=x onerror=window.hit=1>",
        "</textarea><script>window.hit=1</script>", "</title><script>window.hit=1</script>", "<!--<script>window.hit=1</script>-->", "]]><script>window.hit=1</script>",
        "<iframe srcdoc='<script>parent.hit=1</script>'>", "<details open ontoggle=window.hit=1>", "<body onload=window.hit=1>", "<a href=javascript:window.hit=1>x</a>", "javascript:window.hit=1",
        "<math><mi xlink:href=javascript:window.hit=1>", "<object data=javascript:window.hit=1>", "<embed src=javascript:window.hit=1>", "<base href=//x/>", "<meta http-equiv=refresh content=0>",
        "<link rel=stylesheet href=//x>", "<style>*{display:none}</style>", "<input autofocus onfocus=window.hit=1>", "<marquee onstart=window.hit=1>", "<video><source onerror=window.hit=1>",
        "&lt;script&gt;window.hit=1&lt;/script&gt;", "&#60;script&#62;", "&amp;&quot;&apos;", "<b>bold</b>", "<p hidden>", "<button>OK</button>",
        "{{constructor.constructor('window.hit=1')()}}", "${window.hit=1}", "#{window.hit=1}", "<%= 7*7 %>", "{{7*7}}", "{n}", "{who}", "{t} {what}", "[[${7*7}]]", "@{7*7}", "%{7*7}", "*{7*7}",
        "window.hit=1//", "';window.hit=1;'", "\";window.hit=1;\"", "`${window.hit=1}`", "\\\";window.hit=1;//", "\\u003cscript\\u003e", "\\x3cscript\\x3e", "%3Cscript%3E",
        "constructor", "__proto__", "prototype", "toString", "hasOwnProperty", "undefined", "null", "NaN", "true", "[object Object]",
    ]

    /// What a database, a shell, a header, a format or a path must not read.
    private static let queries = [
        "'; DROP TABLE incident; --", "' OR '1'='1", "\" OR \"\"=\"", "1; ATTACH DATABASE 'x'", "Robert'); DELETE FROM audit;--", "' UNION SELECT 1 --", "%' AND 1=1 --", "$(reboot)", "`reboot`", "; reboot",
        "| reboot", "&& reboot", "../../../etc/passwd", "..\\..\\windows", "/dev/null", "C:\\con", "%n%n%s%s%d", "%00", "\\0", "\\n\\r", "=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(1)", "=HYPERLINK(\"x\")",
        "---", "- a: b", "key: value", "&anchor *anchor", "!!binary x", "# comment", "{\"a\":1}", "[1,2]", "a,b;c", "a|b", "\"quoted\"", "'quoted'", "\\", "\\\\", "/", "//", "?x=1&y=2", "#token=1", "1e309", "-0", "٠١٢", "०१२", "Ⅳ",
    ]

    /// What the eye does not see or takes for something else: turned, joined, stacked, wide, unassigned, from other alphabets.
    private static let scalars: [UInt32] = [
        0x202A, 0x202B, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x061C, 0x2060, 0xFEFF, 0x00AD, 0x034F, 0x115F, 0x3164, 0x2028, 0x2029, 0x00A0, 0x3000,
        0x0301, 0x20DD, 0xFE0F, 0xE0001, 0xFFFD, 0xFFFE, 0xFDD0, 0x1F9D1, 0x10FFFF, 0x0430, 0x03BF, 0x13A0, 0x1D400, 0xFF21, 0x02BC, 0x037E, 0x2215, 0x29F8, 0xFF1C, 0xFF1E, 0x2039, 0x203A, 0x20BB7, 0x2A6D6,
    ]

    private static let wholes = [
        "👩‍👩‍👧‍👦", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👍🏿", "🇨🇳", "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}", "שלום <b>עולם</b>", "مرحبا (1) <i>", "Ｗａｎｇ", "pаypаl", "ﷺ", "꧅", "𝕏", "ｱ", "ß ẞ ſ İ ı", "王\u{202E}芳\u{202C}秀", "A\u{030A}", "\u{0645}\u{0645}\u{0645}\u{064B}",
        String(repeating: "长", count: 1_000), String(repeating: "W", count: 3_000), String(repeating: "<b>", count: 500), String(repeating: "\u{0301}", count: 300), String(repeating: "a\u{202E}", count: 300),
    ]

    /// Without control characters; no two the same.
    static let all: [String] = {
        let hidden = scalars.compactMap { Unicode.Scalar($0) }.flatMap { ["王\($0)芳", "a\($0)<b>"] }
        return markup + queries + hidden + wholes
    }()
}
