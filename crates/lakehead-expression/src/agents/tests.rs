//! Agents as they are met.

use super::*;

#[track_caller]
fn is(text: &str, os: &str, os_version: &str, name: &str, version: &str, device: &str) {
    let agent = Agent::of(text);
    let found = (agent.os, agent.os_version.as_deref().unwrap_or(""), agent.name.as_str());
    assert_eq!(found, (os, os_version, name), "{text}");
    assert_eq!((agent.version.as_deref().unwrap_or(""), agent.device), (version, device), "{text}");
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn browsers_of_desktops() {
    let windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)";
    let webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
    is(
        &format!("{windows} {webkit} Chrome/120.0.0.0 Safari/537.36"),
        "Windows NT",
        "10.0",
        "Chrome",
        "120.0.0.0",
        "Desktop",
    );
    is(
        &format!("{windows} {webkit} Chrome/120.0.0.0 Safari/537.36 Edg/120.0.2210.91"),
        "Windows NT",
        "10.0",
        "Edge",
        "120.0.2210.91",
        "Desktop",
    );
    is(
        &format!("{windows} {webkit} Chrome/119.0.0.0 Safari/537.36 OPR/105.0.0.0"),
        "Windows NT",
        "10.0",
        "Opera",
        "105.0.0.0",
        "Desktop",
    );
    is(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:121.0) Gecko/20100101 Firefox/121.0",
        "Windows NT",
        "10.0",
        "Firefox",
        "121.0",
        "Desktop",
    );
    is(
        "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
        "Windows NT",
        "7",
        "Internet Explorer",
        "11.0",
        "Desktop",
    );
    is(
        "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 5.1; Trident/4.0)",
        "Windows NT",
        "XP",
        "Internet Explorer",
        "8.0",
        "Desktop",
    );
    let mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)";
    is(
        &format!("{mac} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.2 Safari/605.1.15"),
        "Mac OS",
        "10.15.7",
        "Safari",
        "17.2",
        "Desktop",
    );
    is(
        &format!("{mac} {webkit} Chrome/120.0.0.0 Safari/537.36 Vivaldi/6.5.3206.48"),
        "Mac OS",
        "10.15.7",
        "Vivaldi",
        "6.5.3206.48",
        "Desktop",
    );
    is(
        "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0",
        "Ubuntu",
        "",
        "Firefox",
        "120.0",
        "Desktop",
    );
    is(
        &format!("Mozilla/5.0 (X11; Linux x86_64) {webkit} HeadlessChrome/119.0.0.0 Safari/537.36"),
        "Linux",
        "",
        "Headless Chrome",
        "119.0.0.0",
        "Desktop",
    );
    is(
        &format!("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {webkit} Chrome/119.0.0.0 Safari/537.36"),
        "Chrome OS",
        "14541.0.0",
        "Chrome",
        "119.0.0.0",
        "Desktop",
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn phones_and_tablets() {
    is(
        "Mozilla/5.0 (iPhone; CPU iPhone OS 5_1_1 like Mac OS X) AppleWebKit/534.46 (KHTML, like Gecko) Version/5.1 Mobile/9B206 Safari/7534.48.3",
        "iOS",
        "5.1.1",
        "Safari",
        "5.1",
        "Phone",
    );
    let iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";
    is(
        &format!("{iphone} CriOS/120.0.6099.119 Mobile/15E148 Safari/604.1"),
        "iOS",
        "17.2",
        "Chrome",
        "120.0.6099.119",
        "Phone",
    );
    is(&format!("{iphone} FxiOS/121.0 Mobile/15E148 Safari/605.1.15"), "iOS", "17.2", "Firefox", "121.0", "Phone");
    is(
        &format!("{iphone} Mobile/15E148 Instagram 312.0.0.32.113"),
        "iOS",
        "17.2",
        "Instagram",
        "312.0.0.32.113",
        "Phone",
    );
    is(
        "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1",
        "iOS",
        "16.6",
        "Safari",
        "16.6",
        "Tablet",
    );
    let webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
    is(
        &format!("Mozilla/5.0 (Linux; Android 13; Pixel 7) {webkit} Chrome/120.0.0.0 Mobile Safari/537.36"),
        "Android",
        "13",
        "Chrome",
        "120.0.0.0",
        "Phone",
    );
    is(
        &format!(
            "Mozilla/5.0 (Linux; Android 13; SM-S918B) {webkit} SamsungBrowser/23.0 Chrome/115.0.0.0 Mobile Safari/537.36"
        ),
        "Android",
        "13",
        "SamsungBrowser",
        "23.0",
        "Phone",
    );
    is(
        &format!("Mozilla/5.0 (Linux; Android 12; SM-X906C) {webkit} Chrome/120.0.0.0 Safari/537.36"),
        "Android",
        "12",
        "Chrome",
        "120.0.0.0",
        "Tablet",
    );
    is(
        &format!(
            "Mozilla/5.0 (Linux; Android 11; SM-A125F; wv) {webkit} Version/4.0 Chrome/119.0.0.0 Mobile Safari/537.36"
        ),
        "Android",
        "11",
        "Chrome Webview",
        "119.0.0.0",
        "Phone",
    );
    is(
        "Mozilla/5.0 (Android 14; Mobile; rv:121.0) Gecko/121.0 Firefox/121.0",
        "Android",
        "14",
        "Firefox",
        "121.0",
        "Phone",
    );
    is(
        &format!(
            "Mozilla/5.0 (Linux; Android 9; KFMAWI) {webkit} Silk/108.4.6 like Chrome/108.0.5359.160 Safari/537.36"
        ),
        "Android",
        "9",
        "Amazon Silk",
        "108.4.6",
        "Tablet",
    );
}

#[test]
fn robots_programs_and_things() {
    is(
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Unknown",
        "",
        "Googlebot",
        "2.1",
        "Robot",
    );
    is(
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        "Unknown",
        "",
        "Bingbot",
        "2.0",
        "Robot",
    );
    is("curl/8.5.0", "Unknown", "", "curl", "8.5.0", "Robot");
    is("python-requests/2.31.0", "Unknown", "", "python-requests", "2.31.0", "Robot");
    is("okhttp/4.12.0", "Unknown", "", "okhttp", "4.12.0", "Robot");
    is(
        "Mozilla/5.0 (PlayStation; PlayStation 5/6.00) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.4 Safari/605.1.15",
        "PlayStation",
        "",
        "Safari",
        "15.4",
        "Game Console",
    );
    is(
        "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/79.0.3945.79 Safari/537.36",
        "webOS",
        "",
        "Chrome",
        "79.0.3945.79",
        "TV",
    );
    is("", "Unknown", "", "Unknown", "", "Unknown");
    is("ä/ö /", "Unknown", "", "ä", "", "Robot");
}
