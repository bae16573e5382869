//! A server that is killed in the middle of a deploy, at each request in turn: nothing is half there, and the next deploy
//! works.

use crate::shop::Shop;
use serde_json::json;
use std::sync::mpsc;
use stepwell_e2e::{Moment, Proxy, Said, Wrangler};

/// What is done to the n-th request: every kind of harm comes up, at neighbouring requests.
fn moment(number: usize) -> Moment {
    [Moment::Sent, Moment::Answered, Moment::Half, Moment::Come][number % 4]
}

struct Cut {
    shop: Shop,
    proxy: Proxy,
}

impl Cut {
    fn new() -> Self {
        let shop = Shop::new(Wrangler::newest());
        let proxy = Proxy::start(&address(&shop));
        Self { shop, proxy }
    }

    /// `wrangler deploy` through the proxy.
    fn deploy(&self) -> Said {
        let mut command = self.shop.command(&["deploy"]);
        Said::of(command.env(
            "CLOUDFLARE_API_BASE_URL",
            format!("{}/client/v4", self.proxy.url()),
        ))
    }

    /// A deploy whose `number`-th request the server does not survive; then a new server. `false` if there were fewer requests.
    fn deploy_and_kill_at(&mut self, number: usize) -> bool {
        let (kill, killed) = mpsc::channel();
        let pid = self.shop.served.pid();
        self.proxy.at_each(move |count, _, at| {
            if count < number || (count == number && at != moment(number)) {
                return true;
            }
            if count == number {
                stepwell_e2e::kill_9(pid);
                let _ = kill.send(());
            }
            false
        });
        let said = self.deploy();
        let was_killed = killed.try_recv().is_ok();
        assert_eq!(was_killed, said.code != Some(0), "{said:?}");
        if was_killed {
            self.shop.served.kill_9();
            self.shop.served.restart();
            self.proxy.moved_to(&address(&self.shop));
        }
        was_killed
    }
}

fn address(shop: &Shop) -> String {
    let url = shop.served.api_url();
    url.strip_prefix("http://")
        .unwrap()
        .split('/')
        .next()
        .unwrap()
        .to_owned()
}

#[test]
fn a_first_deploy_survives_a_kill_at_every_request() {
    let mut number = 1;
    loop {
        let mut cut = Cut::new();
        let was_killed = cut.deploy_and_kill_at(number);
        // What is there is whole: the Worker answers with this code or is not there.
        let answer = cut.shop.served.get("shop", "/");
        assert!(matches!(answer.status, 200 | 404), "{number}: {answer:?}");
        cut.shop.deploy();
        assert_eq!(cut.shop.about()["edition"], "first", "{number}");
        cut.shop.create("one", &json!({}));
        assert_eq!(
            cut.shop.until("one", "complete")["output"]["counted"],
            1,
            "{number}"
        );
        if !was_killed {
            break;
        }
        number += 1;
    }
    assert!(number > 8, "a first deploy has more requests than {number}");
}

#[test]
fn a_later_deploy_survives_a_kill_at_every_request() {
    let mut cut = Cut::new();
    cut.shop.deploy();
    let mut edition = "first".to_owned();
    for number in 1.. {
        let next = format!("edition {number}");
        cut.shop.edit(&edition, &next);
        let was_killed = cut.deploy_and_kill_at(number);
        let found = cut.shop.about()["edition"].clone();
        assert!(
            found == edition.as_str() || found == next.as_str(),
            "{number}: {found}"
        );
        cut.shop.deploy();
        assert_eq!(cut.shop.about()["edition"], next.as_str());
        let id = format!("i{number}");
        cut.shop.create(&id, &json!({}));
        assert_eq!(
            cut.shop.until(&id, "complete")["output"]["counted"],
            number,
            "no count is lost"
        );
        edition = next;
        if !was_killed {
            assert!(number > 6, "a later deploy has more requests than {number}");
            break;
        }
    }
}
