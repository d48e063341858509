//! All objects below a prefix, listed by several requests at a time.
//!
//! A folder that fills a page is taken apart: its sub-folders are listed side by side, whatever order a store answers
//! in, and a stretch of keys within one folder is cut in two where a request is free. A store whose keys are out of
//! order, or a tree of very many tiny folders, is listed once more from the start, one page after the other.

mod stretch;

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;

use self::stretch::{Order, Stretch, is_behind, is_worth_descending, middle};
use super::{
    api::{Api, Listing, MAX_PAGES, too_many},
    list::Filter,
    xml::ListPage,
};
use crate::connector::{ConnectError, Found};

/// Requests at the same time.
const PARALLEL: usize = 8;
/// Requests that taking a tree apart may cost in any case.
const FREE_PAGES: usize = 200;
/// Objects that each request beyond must bring on average: a plain listing brings a thousand.
const OBJECTS_PER_PAGE: usize = 100;
/// End of the names of buckets that have no order.
const UNORDERED: &str = "--x-s3";

/// What is listed.
#[derive(Clone)]
pub(super) struct Tree {
    pub(super) bucket: String,
    pub(super) prefix: String,
    /// Everything below, or one level.
    pub(super) recursive: bool,
}

/// How.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Side by side, relying on the order of keys within a folder.
    Apart,
    /// One page after the other; each key is behind the last.
    Ordered,
    /// One page after the other, remembering every object.
    Remembering,
}

/// Why a way does not lead to the end.
enum Stop {
    /// Keys are not in order.
    Disorder,
    /// Too many requests for too few objects.
    Scattered,
    /// Nobody wants to know any more.
    Unwanted,
    Failed(ConnectError),
}

impl From<ConnectError> for Stop {
    fn from(error: ConnectError) -> Self {
        Self::Failed(error)
    }
}

/// Lists `tree` and sends what `filter` takes; answers whether there was anything at all.
pub(super) async fn list(
    api: &Arc<Api>,
    tree: Tree,
    filter: Filter,
    found: &mpsc::Sender<Found>,
) -> Result<bool, ConnectError> {
    let filter = Arc::new(filter);
    let mut way = Way::Apart;
    loop {
        let (more, queue) = mpsc::unbounded_channel();
        let walk = Arc::new(Walk {
            api: Arc::clone(api),
            tree: tree.clone(),
            filter: Arc::clone(&filter),
            found: found.clone(),
            way,
            more,
            left: Notify::new(),
            idle: AtomicUsize::new(0),
            pages: AtomicUsize::new(0),
            objects: AtomicUsize::new(0),
            exists: AtomicBool::new(false),
        });
        way = match all(&walk, queue).await {
            Ok(()) | Err(Stop::Unwanted) => return Ok(walk.exists.load(Relaxed)),
            Err(Stop::Failed(error)) => return Err(error),
            Err(Stop::Scattered) => Way::Ordered,
            Err(Stop::Disorder) => Way::Remembering,
        };
        tracing::debug!(pages = walk.pages.load(Relaxed), "a listing begins anew, one page after the other");
        if found.send(Found::Restart).await.is_err() {
            return Ok(true);
        }
    }
}

/// Works until no stretch is left; the first failure ends all.
async fn all(walk: &Arc<Walk>, mut queue: mpsc::UnboundedReceiver<Stretch>) -> Result<(), Stop> {
    let mut waiting = VecDeque::from([Stretch::whole(&walk.tree)]);
    let mut folders = HashSet::new();
    let mut running = JoinSet::new();
    loop {
        while let Ok(stretch) = queue.try_recv() {
            // Two halves of a folder may both see the sub-folder at their border.
            if !stretch.is_folder() || folders.insert(stretch.prefix.clone()) {
                waiting.push_back(stretch);
            }
        }
        while running.len() < PARALLEL
            && let Some(stretch) = waiting.pop_front()
        {
            running.spawn(Arc::clone(walk).stretch(stretch));
        }
        walk.idle.store(PARALLEL.saturating_sub(running.len() + waiting.len()), Relaxed);
        tokio::select! {
            // What a stretch leaves to others is in the queue before it ends.
            ended = running.join_next() => match ended {
                Some(ended) => ended.unwrap_or_else(|_| Err(Stop::Failed(walk.api.not_s3("the listing broke off"))))?,
                None if queue.is_empty() => return Ok(()),
                None => {}
            },
            () = walk.left.notified() => {}
        }
    }
}

/// What all stretches share.
struct Walk {
    api: Arc<Api>,
    tree: Tree,
    filter: Arc<Filter>,
    found: mpsc::Sender<Found>,
    way: Way,
    more: mpsc::UnboundedSender<Stretch>,
    /// There is something new for `more`.
    left: Notify,
    /// Requests that could be made and are not.
    idle: AtomicUsize,
    pages: AtomicUsize,
    objects: AtomicUsize,
    exists: AtomicBool,
}

impl Walk {
    /// Lists one stretch, and leaves parts of it to others.
    async fn stretch(self: Arc<Self>, mut stretch: Stretch) -> Result<(), Stop> {
        let mut order = Order::new(stretch.after.clone(), self.way == Way::Remembering);
        let mut token: Option<String> = None;
        loop {
            let mut page = self.page(&stretch, token.as_deref()).await?;
            let next = page.next.take();
            if next.is_some() && next == token {
                return Err(self.api.not_s3("the listing does not advance").into());
            }
            let first = token.is_none() && stretch.after.is_none();
            if first && next.is_some() && self.takes_apart(&stretch, &page) {
                self.leave(Stretch { one_level: true, descend: true, ..stretch });
                return Ok(());
            }
            order.check(&mut page.objects).map_err(|()| Stop::Disorder)?;
            let last = order.last(&page);
            let end = is_behind(&mut page, stretch.until.as_deref());
            if stretch.descend {
                for prefix in std::mem::take(&mut page.prefixes) {
                    self.leave(Stretch { prefix, ..Stretch::whole(&self.tree) });
                }
            }
            self.take(page).await?;
            let Some(next) = next.filter(|_| !end) else { return Ok(()) };
            token = Some(next);
            self.split(&mut stretch, last.as_deref());
        }
    }

    async fn page(&self, stretch: &Stretch, token: Option<&str>) -> Result<ListPage, Stop> {
        let pages = self.pages.fetch_add(1, Relaxed);
        if pages >= MAX_PAGES {
            return Err(too_many(&self.tree.bucket, &self.tree.prefix).into());
        }
        let worth = FREE_PAGES + self.objects.load(Relaxed) / OBJECTS_PER_PAGE;
        if self.way == Way::Apart && pages > worth {
            return Err(Stop::Scattered);
        }
        let listing = Listing {
            one_level: stretch.one_level,
            start_after: stretch.after.as_deref(),
            ..Listing::of(&self.tree.bucket, &stretch.prefix)
        };
        let page = self.api.page(listing, token).await?;
        self.objects.fetch_add(page.objects.len(), Relaxed);
        if !page.objects.is_empty() || !page.prefixes.is_empty() {
            self.exists.store(true, Relaxed);
        }
        Ok(page)
    }

    async fn take(&self, page: ListPage) -> Result<(), Stop> {
        let taken = self.filter.take(page.objects)?;
        if taken.is_empty() {
            return if self.found.is_closed() { Err(Stop::Unwanted) } else { Ok(()) };
        }
        self.found.send(Found::Objects(taken)).await.map_err(|_| Stop::Unwanted)
    }

    fn leave(&self, stretch: Stretch) {
        // The receiver lives as long as the stretches do.
        let _ = self.more.send(stretch);
        self.left.notify_one();
    }

    /// Whether sub-folders of this stretch are worth a listing each.
    fn takes_apart(&self, stretch: &Stretch, page: &ListPage) -> bool {
        self.way == Way::Apart && !stretch.one_level && is_worth_descending(page, &stretch.prefix)
    }

    /// Leaves the farther half of what is to come to another request, where one is free.
    fn split(&self, stretch: &mut Stretch, last: Option<&str>) {
        // Only Amazon says what the order is where folders are mixed with files; within a folder all agree.
        let ordered = (stretch.one_level || self.api.is_amazon()) && !self.tree.bucket.ends_with(UNORDERED);
        let Some(last) = last.filter(|_| ordered && self.way == Way::Apart) else { return };
        if self.idle.fetch_update(Relaxed, Relaxed, |idle| idle.checked_sub(1)).is_err() {
            return;
        }
        let Some(middle) = middle(&stretch.prefix, last, stretch.until.as_deref()) else { return };
        let until = stretch.until.replace(middle.clone());
        self.leave(Stretch { after: Some(middle), until, ..stretch.clone() });
    }
}
