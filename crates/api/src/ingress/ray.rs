//! The number of a request.

use super::chance;

/// Where Cloudflare has the name of a data center: there is none.
pub(super) const COLO: &str = "XXX";

/// The number of a request, which no other has: 16 hex digits and where it was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ray(String);

impl Ray {
    /// That of another request.
    pub(super) fn new() -> Self {
        Self(format!("{:016x}-{COLO}", chance::bits()))
    }

    /// As in the header `CF-Ray`.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// As on pages, without the place.
    pub(super) fn id(&self) -> &str {
        self.0.split('-').next().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_has_another_one() {
        let (one, other) = (Ray::new(), Ray::new());
        assert_ne!(one, other);
        assert_eq!(one.as_str(), format!("{}-{COLO}", one.id()));
        assert_eq!(one.id().len(), 16);
    }
}
