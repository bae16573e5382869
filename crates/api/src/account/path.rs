//! Paths as clients write them: with slashes at the end, and twice where a base address ended with one.

use hyper::Uri;
use hyper::http::uri::PathAndQuery;

/// The address with one slash wherever there are several, and none at its end. `None` if it is so already.
pub(super) fn tidied(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    let tidy = !path.contains("//") && (path == "/" || !path.ends_with('/'));
    if tidy {
        return None;
    }
    let mut tidied = String::with_capacity(path.len());
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        tidied.push('/');
        tidied.push_str(segment);
    }
    if tidied.is_empty() {
        tidied.push('/');
    }
    if let Some(query) = uri.query() {
        tidied.push('?');
        tidied.push_str(query);
    }
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(tidied).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::tidied;

    #[test]
    fn slashes_that_say_nothing() {
        let tidy = |uri: &str| tidied(&uri.parse().unwrap()).map(|uri| uri.to_string());
        assert_eq!(tidy("/client/v4/x"), None);
        assert_eq!(tidy("/"), None);
        assert_eq!(tidy("/?a=//"), None);
        assert_eq!(
            tidy("/client/v4//x/?a=b//c/").as_deref(),
            Some("/client/v4/x?a=b//c/")
        );
        assert_eq!(tidy("//").as_deref(), Some("/"));
        assert_eq!(tidy("/a%2F/b//").as_deref(), Some("/a%2F/b"));
    }
}
