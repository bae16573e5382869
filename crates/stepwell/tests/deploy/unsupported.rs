//! Bindings of kinds that are not supported: named at the deploy, unless the operator takes them.

use crate::shop::Shop;
use stepwell_e2e::{Wrangler, installation};

const KV: &str =
    r#""kv_namespaces": [{ "binding": "CACHE", "id": "0123456789abcdef0123456789abcdef" }], "vars":"#;

fn with_kv(shop: &Shop) {
    shop.project.replace("wrangler.jsonc", "\"vars\":", KV);
    shop.project.replace(
        "src/index.ts",
        "      case \"/log\":",
        "      case \"/kv\":\n        return Response.json(await (env as any).CACHE.get(\"a\"));\n      case \"/log\":",
    );
}

#[test]
fn a_deploy_with_such_a_binding_is_refused_and_names_it() {
    for wrangler in [Wrangler::newest(), Wrangler::oldest()] {
        let shop = Shop::new(wrangler);
        with_kv(&shop);
        let said = shop.run(&["deploy"]);
        assert_eq!(said.code, Some(1), "{said:?}");
        assert!(
            said.stderr.contains("CACHE") && said.stderr.contains("kv_namespace"),
            "{said:?}"
        );
        assert!(said.stderr.contains("--allow-unsupported"), "{said:?}");
        assert_eq!(shop.served.get("shop", "/").status, 404, "nothing is half there");
    }
}

#[test]
fn an_operator_may_allow_it_and_its_use_throws() {
    let shop = Shop::on(
        installation!().arguments(&["--allow-unsupported"]),
        Wrangler::newest(),
    );
    with_kv(&shop);
    shop.deploy();
    assert_eq!(shop.about()["edition"], "first");
    assert_eq!(shop.served.get("shop", "/kv").status, 500);
    shop.served.log().wait_for("why it threw", |line| {
        line["target"] == "stepwell::uncaught"
            && line["error"]
                .as_str()
                .is_some_and(|error| error.contains("CACHE"))
    });
}
