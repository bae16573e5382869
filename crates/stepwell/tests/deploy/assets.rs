//! Static assets: uploaded once, and again only where they have changed.

use crate::shop::Shop;
use stepwell_e2e::Wrangler;

/// The files that wrangler says it uploads.
fn uploaded(text: &str) -> Vec<&str> {
    let lines = text.lines().filter_map(|line| line.trim().strip_prefix("+ "));
    let mut files: Vec<&str> = lines.collect();
    files.sort_unstable();
    files
}

fn changed_files_alone_are_uploaded(wrangler: Wrangler) {
    let mut shop = Shop::new(wrangler);
    shop.project.replace(
        "wrangler.jsonc",
        "\"vars\":",
        r#""assets": { "directory": "public" }, "vars":"#,
    );
    shop.project.write("public/index.html", "<h1>first</h1>");
    shop.project.write("public/about.html", "<p>about</p>");
    shop.project
        .write("public/styles/main.css", "body { color: red }");
    let said = shop.ok(&["deploy"]);
    assert_eq!(
        uploaded(&said),
        ["/about.html", "/index.html", "/styles/main.css"],
        "{said}"
    );
    let get = |shop: &Shop, path: &str| shop.served.get("shop", path);
    assert_eq!(get(&shop, "/").text, "<h1>first</h1>");
    assert_eq!(get(&shop, "/about").text, "<p>about</p>");
    let style = get(&shop, "/styles/main.css");
    assert_eq!(
        style.header("content-type"),
        Some("text/css; charset=utf-8"),
        "{style:?}"
    );
    assert_eq!(get(&shop, "/count").ok(), 1, "what is no file is the code's");

    shop.project.write("public/about.html", "<p>more about</p>");
    let said = shop.ok(&["deploy"]);
    assert_eq!(uploaded(&said), ["/about.html"], "{said}");
    for _ in 0..2 {
        assert_eq!(get(&shop, "/about").text, "<p>more about</p>");
        assert_eq!(get(&shop, "/").text, "<h1>first</h1>");
        assert_eq!(get(&shop, "/styles/main.css").text, style.text);
        shop.served.kill_9();
        shop.served.restart();
    }

    // Nothing has changed, and then one file is gone.
    let said = shop.ok(&["deploy"]);
    assert_eq!(uploaded(&said), [""; 0], "{said}");
    std::fs::remove_file(shop.path("public/about.html")).unwrap();
    shop.ok(&["deploy"]);
    assert_eq!(get(&shop, "/about").status, 404);
    assert_eq!(get(&shop, "/").text, "<h1>first</h1>");
}

#[test]
fn the_newest_wrangler_uploads_files_that_have_changed() {
    changed_files_alone_are_uploaded(Wrangler::newest());
}

#[test]
fn an_old_wrangler_uploads_files_that_have_changed() {
    changed_files_alone_are_uploaded(Wrangler::oldest());
}
