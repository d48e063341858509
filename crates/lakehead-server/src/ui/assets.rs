//! The files of the interface, compressed once. A debug build reads them from disk at every request, so that a change
//! is seen by reloading the page.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use flate2::Compression;
use flate2::write::GzEncoder;
use rust_embed::RustEmbed;
use sha2::{Digest as _, Sha256};

/// What stands in `index.html` for the folder of files.
const FILES_MARK: &str = "{{files}}";
/// Version of files that are read anew each time.
const UNVERSIONED: &str = "now";
/// Media types by the end of a file's name.
const MEDIA_TYPES: &[(&str, &str)] = &[
    (".html", "text/html; charset=utf-8"),
    (".js", "text/javascript; charset=utf-8"),
    (".mjs", "text/javascript; charset=utf-8"),
    (".css", "text/css; charset=utf-8"),
    (".svg", "image/svg+xml"),
    (".json", "application/json"),
    (".md", "text/plain; charset=utf-8"),
    (".txt", "text/plain; charset=utf-8"),
    (".map", "application/json"),
    (".ico", "image/x-icon"),
    (".png", "image/png"),
];

/// The folder `ui` of this crate.
#[derive(RustEmbed)]
#[folder = "ui/"]
struct Folder;

/// All files, or the way to read them.
pub(super) struct Assets {
    version: String,
    /// By path; empty in debug builds.
    loaded: BTreeMap<String, Arc<Asset>>,
}

/// A file as it is sent.
pub(super) struct Asset {
    media_type: &'static str,
    plain: Bytes,
    gzip: Bytes,
    etag: HeaderValue,
}

/// How long a browser may keep a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lasts {
    /// Its address changes with it.
    ForEver,
    /// It is asked for each time, and answered with 304 where it is the same.
    UntilAsked,
}

impl Assets {
    /// What is inside the program, or what is on disk now.
    pub(super) fn load() -> Self {
        Self::load_as(cfg!(debug_assertions))
    }

    fn load_as(read_anew: bool) -> Self {
        if read_anew {
            return Self { version: UNVERSIONED.to_owned(), loaded: BTreeMap::new() };
        }
        let mut hash = Sha256::new();
        let files: Vec<_> = Folder::iter().filter_map(|path| Some((path.clone(), Folder::get(&path)?.data))).collect();
        for (path, data) in &files {
            hash.update(path.as_bytes());
            hash.update(data);
        }
        let version = hex::encode(&hash.finalize()[..8]);
        let asset = |(path, data): (Cow<'static, str>, Cow<'static, [u8]>)| {
            let asset = Asset::new(&path, data, &version, Compression::best())?;
            Some((path.into_owned(), Arc::new(asset)))
        };
        Self { loaded: files.into_iter().filter_map(asset).collect(), version }
    }

    /// Whether files of this version never change.
    pub(super) fn is_final(&self, version: &str) -> bool {
        version == self.version && version != UNVERSIONED
    }

    /// The page of all pages.
    pub(super) fn index(&self) -> Option<Arc<Asset>> {
        self.file("index.html")
    }

    /// The file at a path below the folder.
    pub(super) fn file(&self, path: &str) -> Option<Arc<Asset>> {
        if self.version != UNVERSIONED {
            return self.loaded.get(path).cloned();
        }
        // What is not in the list may lie outside of the folder.
        let known = Folder::iter().any(|known| known == path);
        let data = Folder::get(path).filter(|_| known)?.data;
        Asset::new(path, data, &self.version, Compression::fast()).map(Arc::new)
    }
}

impl Asset {
    fn new(path: &str, data: Cow<'static, [u8]>, version: &str, level: Compression) -> Option<Self> {
        let media_type = media_type(path)?;
        let plain = match data {
            data if path == "index.html" => {
                let text = String::from_utf8_lossy(&data).replace(FILES_MARK, &format!("/ui/files/{version}"));
                Bytes::from(text)
            }
            Cow::Borrowed(data) => Bytes::from_static(data),
            Cow::Owned(data) => Bytes::from(data),
        };
        let mut encoder = GzEncoder::new(Vec::new(), level);
        encoder.write_all(&plain).ok()?;
        let gzip = Bytes::from(encoder.finish().ok()?);
        let etag = HeaderValue::from_str(&format!("\"{}\"", hex::encode(&Sha256::digest(&plain)[..8]))).ok()?;
        Some(Self { media_type, plain, gzip, etag })
    }

    /// The answer to a request with these headers.
    pub(super) fn answer(&self, headers: &HeaderMap, lasts: Lasts) -> Response<Body> {
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).unwrap_or_default();
        let is_known = text(header::IF_NONE_MATCH)
            .split(',')
            .any(|tag| tag.trim().trim_start_matches("W/").as_bytes() == self.etag.as_bytes());
        let takes_gzip = takes_gzip(text(header::ACCEPT_ENCODING));
        let mut response = Response::new(Body::empty());
        let to = response.headers_mut();
        to.insert(header::ETAG, self.etag.clone());
        to.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        let kept = match lasts {
            Lasts::ForEver => "public, max-age=31536000, immutable",
            Lasts::UntilAsked => "no-cache",
        };
        to.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
        if is_known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        to.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.media_type));
        if takes_gzip {
            to.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        *response.body_mut() = Body::from(if takes_gzip { self.gzip.clone() } else { self.plain.clone() });
        response
    }
}

/// The media type of a file by its name; nothing for what is the path of a page.
pub(super) fn media_type(path: &str) -> Option<&'static str> {
    MEDIA_TYPES.iter().find(|(end, _)| path.ends_with(end)).map(|(_, media_type)| *media_type)
}

fn takes_gzip(accepted: &str) -> bool {
    accepted.split(',').any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        named && !parts.any(|weight| matches!(weight, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(pairs: &[(header::HeaderName, &str)]) -> Response<Body> {
        let asset = Asset::new("a.js", Cow::Borrowed(b"export const one = 1;\n"), "v", Compression::fast()).unwrap();
        let headers = pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
        asset.answer(&headers, Lasts::ForEver)
    }

    #[test]
    fn what_a_browser_has_is_not_sent_again() {
        let first = asked(&[]);
        let etag = first.headers()[header::ETAG].to_str().unwrap().to_owned();
        for known in [etag.clone(), format!("W/{etag}"), format!("\"x\", {etag}")] {
            assert_eq!(asked(&[(header::IF_NONE_MATCH, &known)]).status(), StatusCode::NOT_MODIFIED);
        }
        assert_eq!(asked(&[(header::IF_NONE_MATCH, "\"x\"")]).status(), StatusCode::OK);
    }

    #[test]
    fn files_are_compressed_for_those_who_take_it() {
        for (accepted, taken) in [("gzip, br", true), ("br;q=1, GZIP;q=0.5", true), ("gzip;q=0", false), ("", false)] {
            let answer = asked(&[(header::ACCEPT_ENCODING, accepted)]);
            assert_eq!(answer.headers().contains_key(header::CONTENT_ENCODING), taken, "{accepted}");
        }
    }

    #[test]
    fn a_path_outside_of_the_folder_is_no_file() {
        for assets in [Assets::load_as(true), Assets::load_as(false)] {
            for path in ["../Cargo.toml", "/etc/hosts.txt", "pages/../../src/ui/style.css", "", "nothing.js"] {
                assert!(assets.file(path).is_none(), "{path}");
            }
        }
    }

    #[test]
    fn files_inside_the_program_have_addresses_that_change_with_them() {
        let assets = Assets::load_as(false);
        let index = assets.index().unwrap();
        let text = std::str::from_utf8(&index.plain).unwrap();
        assert!(text.contains(&format!("/ui/files/{}/app.js", assets.version)) && !text.contains(FILES_MARK));
        assert!(
            assets.is_final(&assets.version) && !assets.is_final("former") && !Assets::load_as(true).is_final("now")
        );
        // What the page names is there.
        for link in text.split(['"']).filter_map(|part| part.split_once(&format!("files/{}/", assets.version))) {
            assert!(assets.file(link.1).is_some(), "{}", link.1);
        }
    }
}
