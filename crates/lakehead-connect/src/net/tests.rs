//! Spellings of addresses that must not get through, and that no socket is touched for them.

use std::net::IpAddr;

use tokio::net::TcpListener;

use super::*;

fn policy(allow: &[&str]) -> EgressPolicy {
    EgressPolicy { allow: allow.iter().map(|block| block.parse().unwrap()).collect() }
}

/// The guard's verdict on a host in a URL: its kind, or `None` where it may be asked.
fn verdict(net: &Net, host: &str) -> Option<ConnectErrorKind> {
    match Url::parse(&format!("http://{host}/")) {
        Ok(url) => net.check(&url).err().map(|error| error.kind),
        Err(_) => Some(ConnectErrorKind::BadRequest),
    }
}

const REFUSED_HOSTS: &[&str] = &[
    // loopback, in every spelling a resolver or a browser ever took
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0x7F.1",
    "0177.0.0.1",
    "017700000001",
    "0177.0.0.0x1",
    "%31%32%37.0.0.1",
    "\u{ff11}\u{ff12}\u{ff17}.0.0.1",
    "127\u{3002}0\u{3002}0\u{3002}1",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[0000::0001]",
    // unspecified
    "0.0.0.0",
    "0",
    "0x0",
    "0.1.2.3",
    "[::]",
    // metadata
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "0xA9.0xFE.0xA9.0xFE",
    "0251.0376.0251.0376",
    "169.254.43518",
    "169.16689662",
    "169.254.170.2",
    "169.254.170.23",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "[fd00:ec2::254]",
    "[fd00:ec2::23]",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "[::169.254.169.254]",
    "[64:ff9b::169.254.169.254]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::a9fe:a9fe]",
    "[2002:a9fe:a9fe::1]",
    "[2001:0:a9fe:a9fe::1]",
    "[2001:0:808:808:0:0:5601:5601]",
    // private, shared, link-local
    "10.0.0.1",
    "10.255.255.255",
    "167772161",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "192.168.257",
    "0300.0250.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "169.254.0.1",
    "[fe80::1]",
    "[febf::1]",
    "[fec0::1]",
    "[fc00::1]",
    "[fd12:3456::1]",
    // multicast, broadcast, reserved
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "4294967295",
    "[ff02::1]",
    "[ff0e::1]",
    // documentation, benchmarking, protocol assignments
    "192.0.2.1",
    "198.51.100.1",
    "203.0.113.1",
    "198.18.0.1",
    "198.19.255.255",
    "192.0.0.8",
    "192.88.99.1",
    "[2001:db8::1]",
    "[3fff::1]",
    "[2001:2::1]",
    "[2001:10::1]",
    "[100::1]",
    "[5f00::1]",
    // IPv4 inside IPv6, public or not
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:8.8.8.8]",
    "[::127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b::8.8.8.8]",
    "[2002:7f00:1::]",
    "[2002:808:808::1]",
    "[2001::1]",
    "[4000::1]",
    "[1::1]",
];

#[test]
fn no_spelling_of_a_special_address_gets_through() {
    let net = Net::new(EgressPolicy::default()).unwrap();
    for host in REFUSED_HOSTS {
        assert_eq!(verdict(&net, host), Some(ConnectErrorKind::Refused), "{host}");
    }
}

#[test]
fn public_addresses_and_names_may_be_asked() {
    let net = Net::new(EgressPolicy::default()).unwrap();
    for host in [
        "8.8.8.8",
        "1.1.1.1",
        "134744072",
        "9.255.255.255",
        "11.0.0.1",
        "100.63.255.255",
        "100.128.0.1",
        "126.255.255.255",
        "128.0.0.1",
        "172.15.255.255",
        "172.32.0.1",
        "192.167.255.255",
        "192.169.0.1",
        "198.17.255.255",
        "198.20.0.1",
        "223.255.255.255",
        "[2606:4700::1111]",
        "[2a00:1450:4001::1]",
        "[2001:4860:4860::8888]",
        "s3.eu-west-1.amazonaws.com",
        "localhost",
        "10.0.0.1.nip.io",
    ] {
        assert_eq!(verdict(&net, host), None, "{host}");
    }
}

#[test]
fn urls_with_tricks_are_bad_requests() {
    let net = Net::new(EgressPolicy::default()).unwrap();
    for url in [
        "ftp://h.example/",
        "file:///etc/passwd",
        "gopher://h.example/",
        "ws://h.example/",
        "data:text/plain,x",
        "http://user@h.example/",
        "http://user:pw@h.example/",
        "http://h.example@127.0.0.1/",
        "http://:pw@h.example/",
    ] {
        let error = net.check(&Url::parse(url).unwrap()).unwrap_err();
        assert_eq!(error.kind, ConnectErrorKind::BadRequest, "{url}");
        assert!(!error.public.contains("pw"), "{error}");
    }
    for host in ["[fe80::1%25eth0]", "[::1", "256.256.256.256", "1.2.3.4.5", "0x100000000", "08.0.0.1", "h ost"] {
        assert_eq!(verdict(&net, host), Some(ConnectErrorKind::BadRequest), "{host}");
    }
}

#[test]
fn the_operator_opens_blocks_but_never_the_metadata_services() {
    let open = policy(&["0.0.0.0/0", "::/0"]);
    for address in ["127.0.0.1", "10.1.2.3", "::1", "fd12::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "fe80::1"] {
        assert!(open.permits(address.parse().unwrap()), "{address}");
    }
    let net = Net::new(open).unwrap();
    for host in REFUSED_HOSTS.iter().filter(|host| {
        Url::parse(&format!("http://{host}/")).is_ok_and(|url| {
            let address: IpAddr = url.host_str().unwrap().trim_matches(['[', ']']).parse().unwrap();
            address::is_metadata(address)
        })
    }) {
        assert_eq!(verdict(&net, host), Some(ConnectErrorKind::Refused), "{host}");
    }
    for host in ["169.254.169.254", "169.254.170.2", "[fd00:ec2::254]", "[::ffff:169.254.169.254]", "2852039166"] {
        assert_eq!(verdict(&net, host), Some(ConnectErrorKind::Refused), "{host}");
    }
    let narrow = policy(&["127.0.0.0/8"]);
    assert!(narrow.permits("127.9.9.9".parse().unwrap()));
    for address in ["126.0.0.1", "10.0.0.1", "::1", "::ffff:127.0.0.1"] {
        assert_eq!(narrow.permits(address.parse().unwrap()), address == "126.0.0.1", "{address}");
    }
}

#[test]
fn blocks_are_read_strictly_and_written_back() {
    for text in ["10.0.0.0/8", "127.0.0.1/32", "fd12::/16", "0.0.0.0/0", "::/0", "::1/128"] {
        assert_eq!(text.parse::<Cidr>().unwrap().to_string(), text);
    }
    assert_eq!("10.1.2.3".parse::<Cidr>().unwrap().to_string(), "10.1.2.3/32");
    for text in [
        "",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/+8",
        "10.0.0.1/8",
        "::1/64",
        "10/8",
        "x/8",
        "10.0.0.0/",
        "::/129",
        "10.0.0.0/8/8",
        "10.0.0.0/999",
    ] {
        assert!(text.parse::<Cidr>().is_err(), "{text}");
    }
    let policy: EgressPolicy = serde_json::from_str(r#"{"allow":["10.0.0.0/8"]}"#).unwrap();
    assert!(policy.permits("10.9.9.9".parse().unwrap()));
    assert_eq!(serde_json::to_string(&policy).unwrap(), r#"{"allow":["10.0.0.0/8"]}"#);
    assert!(serde_json::from_str::<EgressPolicy>(r#"{"allow":["10.0.0.1/8"]}"#).is_err());
    assert!(serde_json::from_str::<EgressPolicy>(r#"{"deny":[]}"#).is_err());
}

async fn ask(net: &Net, url: &str) -> ConnectError {
    let request = reqwest::Request::new(reqwest::Method::GET, Url::parse(url).unwrap());
    net.execute(request).await.unwrap_err()
}

#[tokio::test]
async fn open_and_closed_ports_of_a_refused_host_look_the_same() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let open = listener.local_addr().unwrap().port();
    let closed = {
        let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
        other.local_addr().unwrap().port()
    };
    let net = Net::new(EgressPolicy::default()).unwrap();
    for host in ["127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"] {
        let a = ask(&net, &format!("http://{host}:{open}/")).await;
        let b = ask(&net, &format!("http://{host}:{closed}/")).await;
        assert_eq!((a.kind, b.kind), (ConnectErrorKind::Refused, ConnectErrorKind::Refused), "{host}");
        assert_eq!(a.public, b.public);
        assert!(a.public.contains("--allow-egress"));
    }
    let nothing = futures::poll!(Box::pin(listener.accept()));
    assert!(nothing.is_pending(), "no connection was opened");
}

#[tokio::test]
async fn a_name_is_judged_by_what_it_resolves_to() {
    let net = Net::new(policy(&["127.0.0.0/8", "::1"])).unwrap();
    let closed = {
        let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
        other.local_addr().unwrap().port()
    };
    let error = ask(&net, &format!("http://localhost:{closed}/")).await;
    assert_eq!(error.kind, ConnectErrorKind::Unreachable, "allowed, so it was tried");
}
