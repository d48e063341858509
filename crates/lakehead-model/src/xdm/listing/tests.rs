//! Pages that are followed to the end, and what cannot be asked for.

use serde_json::json;

use super::*;

fn resources(count: usize) -> Vec<Value> {
    let one = |n: usize| {
        json!({ "$id": format!("https://ns.adobe.com/acme/schemas/{n:03}"), "title": format!("T{}", n % 7), "n": n,
                "meta:registryMetadata": { "repo:lastModifiedDate": 1_000 + n % 5, "repo:createdDate": 2_000 - n } })
    };
    (0..count).map(one).collect()
}

fn listed(all: &[Value], orderby: Option<&str>, limit: Option<&str>, start: Option<&str>) -> Listed {
    let listing = Listing::parse(orderby, limit, start, Vec::new()).unwrap();
    let mut page = listing.page();
    for body in all {
        page.offer(body, Value::clone);
    }
    page.finish()
}

fn numbers(page: &Listed) -> Vec<u64> {
    page.results.iter().map(|body| body["n"].as_u64().unwrap()).collect()
}

#[test]
fn a_client_that_follows_next_sees_every_resource_once_and_in_order() {
    let all = resources(50);
    for orderby in [None, Some("title"), Some("-title,n"), Some("-updated"), Some("created"), Some("nothing")] {
        let whole = listed(&all, orderby, None, None);
        assert!(whole.next.is_none() && whole.results.len() == 50);
        let (mut seen, mut start) = (Vec::new(), None);
        loop {
            // The first request says order and limit, the others only `start`.
            let first = start.is_none();
            let page = listed(&all, orderby.filter(|_| first), Some("7").filter(|_| first), start.as_deref());
            assert!(page.results.len() <= 7);
            seen.extend(numbers(&page));
            match page.next {
                Some(next) => start = Some(next),
                None => break,
            }
        }
        assert_eq!(seen, numbers(&whole), "{orderby:?}");
    }
}

#[test]
fn lists_are_ordered_by_values() {
    let all = resources(6);
    assert_eq!(numbers(&listed(&all, Some("-n"), Some("2"), None)), [5, 4]);
    assert_eq!(numbers(&listed(&all, Some("created"), Some("2"), None)), [5, 4]);
    assert_eq!(numbers(&listed(&all, None, None, None)), [0, 5, 1, 2, 3, 4]);
    assert_eq!(numbers(&listed(&all, Some("-updated,-n"), Some("3"), None)), [4, 3, 2]);
}

#[test]
fn a_start_can_be_a_value_of_the_order() {
    let all = resources(14);
    assert_eq!(numbers(&listed(&all, Some("n"), Some("2"), Some("4"))), [5, 6]);
    assert_eq!(numbers(&listed(&all, Some("-n"), Some("2"), Some("4"))), [3, 2]);
    assert_eq!(numbers(&listed(&all, Some("title,n"), None, Some("T5"))), [6, 13]);
}

#[test]
fn a_page_has_a_size_in_bytes_too() {
    let large = |n: u64| json!({ "$id": n.to_string(), "n": n, "text": "x".repeat(3 << 20) });
    let all: Vec<Value> = (0..5).map(large).collect();
    let page = listed(&all, Some("n"), None, None);
    assert_eq!(numbers(&page), [0, 1]);
    assert_eq!(numbers(&listed(&all, None, None, page.next.as_deref())), [2, 3]);
    let huge = [json!({ "$id": "h", "n": 1, "text": "x".repeat(9 << 20) }), json!({ "$id": "s", "n": 2 })];
    assert_eq!(numbers(&listed(&huge, Some("n"), None, None)), [1]);
}

#[test]
fn filters_travel_with_the_token_and_what_cannot_be_read_is_refused() {
    let all = resources(20);
    let listing = Listing::parse(Some("n"), Some("1"), None, vec!["title==T3".to_owned()]).unwrap();
    let mut page = listing.page();
    for body in &all {
        page.offer(body, Value::clone);
    }
    let next = page.finish().next.unwrap();
    assert_eq!(numbers(&listed(&all, None, None, Some(&next))), [10]);
    for (orderby, limit, start) in [
        (Some("%"), None, None),
        (Some("a..b"), None, None),
        (Some("title"), None, Some(next.as_str())),
        (None, Some("-1"), None),
        (None, Some("x"), None),
        (None, None, Some("Miller")),
    ] {
        assert!(Listing::parse(orderby, limit, start, Vec::new()).is_err(), "{orderby:?} {limit:?} {start:?}");
    }
    let many = vec!["title"; 17].join(",");
    assert!(Listing::parse(Some(&many), None, None, Vec::new()).is_err());
}

#[test]
fn a_whole_list_has_one_page_unless_a_size_is_asked_for() {
    let all = resources(400);
    let count = |limit: Option<&str>, whole: bool| {
        let listing = Listing::parse(None, limit, None, Vec::new()).unwrap();
        let listing = if whole { listing.whole() } else { listing };
        let mut page = listing.page();
        for body in &all {
            page.offer(body, Value::clone);
        }
        let listed = page.finish();
        (listed.results.len(), listed.next.is_some())
    };
    assert_eq!((count(None, true), count(None, false)), ((400, false), (300, true)));
    assert_eq!((count(Some("0"), true), count(Some("350"), true)), ((400, false), (300, true)));
}
