//! What user code sees live is what it sees on replay.

use super::each;
use serde_json::json;

#[test]
fn errors_look_the_same_live_and_on_replay() {
    each(|server, ledger| {
        let id = server.create("errors", ledger);
        ledger.gate("errors").reached(1);
        server.kill_9();
        server.restart();
        ledger.gate("errors").reached(2);
        ledger.gate("errors").open();
        server.finish(&id).complete();
        let seen: Vec<_> = ledger
            .of("errors")
            .into_iter()
            .map(|record| record.value["errors"].clone())
            .collect();
        assert_eq!(seen[0], seen[1]);
        assert_eq!(seen[0].as_object().map(serde_json::Map::len), Some(8));
        assert_eq!(seen[0]["own"]["name"], "PaymentError");
        assert_eq!(seen[0]["fatal"]["isNonRetryable"], true);
        assert_eq!(seen[0]["timeout"]["message"], "Execution timed out after 1000ms");
    });
}

#[test]
fn steps_settle_in_the_recorded_order_so_that_a_race_keeps_its_winner() {
    each(|server, ledger| {
        let id = server.create("race", ledger);
        ledger.gate("race").reached(1);
        server.kill_9();
        server.restart();
        ledger.gate("race").reached(2);
        ledger.gate("race").open();
        let expected = json!({ "order": ["fast", "middle", "slow"], "winner": "fast" });
        assert_eq!(server.finish(&id).complete(), expected);
        let orders = ledger.of("order");
        assert_eq!(orders[0].value["order"], expected["order"], "live");
        assert_eq!(orders[1].value["order"], expected["order"], "on replay");
        assert_eq!(ledger.count("slow"), 1);
    });
}
