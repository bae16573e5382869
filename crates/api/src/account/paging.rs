//! Parts of lists. The SDKs go on asking for the next page until one is empty, whatever the answers say: a page past the end
//! is empty.

use super::asked::{FromQuery, Query};
use super::reply::{Reply, ResultInfo};
use utoipa::IntoParams;

/// Most entries of a page.
pub(crate) const PER_PAGE_MAX: u64 = 100;
/// The highest page that can be asked for: beyond what a number of JavaScript holds nothing is exact.
pub(crate) const PAGE_MAX: u64 = (1 << 53) - 1;

/// Which page of a list. `DEFAULT` is how many entries a page has where nothing is said, `MAX` how many it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Page<const DEFAULT: u64, const MAX: u64 = PER_PAGE_MAX> {
    /// The page, from 1.
    #[param(minimum = 1, default = 1, required = false)]
    pub(crate) page: u64,
    /// Entries of a page.
    #[param(minimum = 1, required = false)]
    pub(crate) per_page: u64,
}

impl<const DEFAULT: u64, const MAX: u64> FromQuery for Page<DEFAULT, MAX> {
    fn read(query: &mut Query) -> Self {
        Self {
            page: query.number("page", 1, PAGE_MAX).unwrap_or(1),
            per_page: query.number("per_page", 1, MAX).unwrap_or(DEFAULT),
        }
    }
}

impl<const DEFAULT: u64, const MAX: u64> Page<DEFAULT, MAX> {
    /// The entries of `all` that are on this page.
    pub(crate) fn of<T>(self, all: Vec<T>) -> Reply<Vec<T>> {
        let total = all.len() as u64;
        let skip = (self.page - 1).saturating_mul(self.per_page);
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        let entries: Vec<T> = all.into_iter().skip(skip).take(self.per_page as usize).collect();
        let info = ResultInfo {
            count: entries.len() as u64,
            per_page: self.per_page,
            page: Some(self.page),
            total_count: Some(total),
            total_pages: Some(total.div_ceil(self.per_page)),
            cursor: None,
        };
        Reply::list(entries, info)
    }
}
