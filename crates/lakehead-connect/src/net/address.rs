//! Which addresses are public. The answer for anything special is no.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Services that hand credentials to whoever asks: closed even where the operator opened their network.
const METADATA: [IpAddr; 8] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 2)),
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 23)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23)),
];

/// First address and prefix length of every IPv4 block that is not ordinary public space (IANA special registry).
const SPECIAL_V4: [([u8; 4], u8); 16] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 31, 196, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

/// Whether an address is ordinary public unicast space.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !SPECIAL_V4.iter().any(|(first, bits)| v4_in(v4, Ipv4Addr::from(*first), *bits)),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

/// Whether an address is, or carries inside it, an address of a metadata service.
pub(super) fn is_metadata(address: IpAddr) -> bool {
    if METADATA.contains(&address) {
        return true;
    }
    let IpAddr::V6(v6) = address else { return false };
    embedded(v6).into_iter().any(|v4| METADATA.contains(&IpAddr::V4(v4)))
}

/// Only `2000::/3` is global unicast; of that the transition and documentation blocks are not hosts.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let s = address.segments();
    let global = s[0] & 0xe000 == 0x2000;
    let protocol_assignments = s[0] == 0x2001 && s[1] < 0x0200; // 2001::/23: Teredo, benchmarking, ORCHID
    let documentation = (s[0] == 0x2001 && s[1] == 0x0db8) || (s[0] == 0x3fff && s[1] < 0x1000);
    let six_to_four = s[0] == 0x2002;
    global && !protocol_assignments && !documentation && !six_to_four
}

/// Every IPv4 address an IPv6 address may stand for: mapped, compatible, NAT64 and ISATAP keep it in the last
/// four bytes, 6to4 in bytes 2 to 5, Teredo its server in 4 to 7 and its client inverted in the last four.
fn embedded(address: Ipv6Addr) -> [Ipv4Addr; 4] {
    let b = address.octets();
    [
        Ipv4Addr::new(b[12], b[13], b[14], b[15]),
        Ipv4Addr::new(b[2], b[3], b[4], b[5]),
        Ipv4Addr::new(b[4], b[5], b[6], b[7]),
        Ipv4Addr::new(!b[12], !b[13], !b[14], !b[15]),
    ]
}

fn v4_in(address: Ipv4Addr, first: Ipv4Addr, bits: u8) -> bool {
    let shift = 32 - u32::from(bits);
    (u32::from(address) ^ u32::from(first)).checked_shr(shift).unwrap_or(0) == 0
}
