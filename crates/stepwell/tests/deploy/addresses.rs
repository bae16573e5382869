//! Custom domains and routes of a configuration.

use crate::shop::Shop;
use stepwell_e2e::{Answer, Wrangler};

const ADDRESSES: &str = r#""routes": [
    { "pattern": "shop.example.com", "custom_domain": true },
    { "pattern": "www.example.org/count*", "zone_name": "example.org" }
  ], "vars":"#;

fn get(shop: &Shop, host: &str, path: &str) -> Answer {
    shop.served.workers().get_with(path, &[("host", host)]).unwrap()
}

fn a_worker_is_at_its_addresses(wrangler: Wrangler) {
    let mut shop = Shop::new(wrangler);
    shop.deploy();
    assert_eq!(get(&shop, "shop.localhost", "/").status, 200);
    shop.project.replace("wrangler.jsonc", "\"vars\":", ADDRESSES);
    let said = shop.ok(&["deploy"]);
    assert!(said.contains("shop.example.com (custom domain)"), "{said}");
    assert!(said.contains("www.example.org/count*"), "{said}");
    for _ in 0..2 {
        assert_eq!(get(&shop, "shop.example.com", "/").ok()["edition"], "first");
        assert_eq!(get(&shop, "www.example.org", "/count").status, 200);
        assert_eq!(get(&shop, "www.example.org", "/").status, 404);
        assert_eq!(get(&shop, "other.example.com", "/").status, 404);
        // A Worker with routes is at no other address unless it says so.
        assert_eq!(get(&shop, "shop.localhost", "/").status, 404);
        shop.served.kill_9();
        shop.served.restart();
    }
    shop.project
        .replace("wrangler.jsonc", "www.example.org/count*", "www.example.org/*");
    shop.ok(&["triggers", "deploy"]);
    assert_eq!(get(&shop, "www.example.org", "/").ok()["edition"], "first");
}

#[test]
fn the_newest_wrangler_gives_a_worker_addresses() {
    a_worker_is_at_its_addresses(Wrangler::newest());
}

#[test]
fn an_old_wrangler_gives_a_worker_addresses() {
    a_worker_is_at_its_addresses(Wrangler::oldest());
}
