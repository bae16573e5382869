//! What the port counts of itself.

use crate::support::{ACCOUNT, Server};

#[tokio::test]
async fn requests_are_counted_by_group_and_code() {
    let server = Server::start().await;
    server.get("/workflows").await.success();
    server.get("/workflows").await.success();
    server.get("/workflows/nothing/instances").await.refusal();
    server.send("GET", "/nowhere", "", b"").await.refusal();
    let path = format!("{ACCOUNT}/workflows");
    assert_eq!(server.send("GET", &path, "", b"").await.status, 401);
    let answer = server.send("GET", "/metrics", "", b"").await;
    assert!(
        answer.head.contains("content-type: text/plain; version=0.0.4"),
        "{}",
        answer.head
    );
    for line in [
        "# TYPE stepwell_api_requests_total counter",
        "stepwell_api_requests_total{group=\"workflows\",code=\"200\"} 2",
        "stepwell_api_requests_total{group=\"workflows\",code=\"401\"} 1",
        "stepwell_api_requests_total{group=\"instances\",code=\"404\"} 1",
        "stepwell_api_requests_total{group=\"other\",code=\"404\"} 1",
        "# TYPE stepwell_api_request_duration_seconds histogram",
        "stepwell_api_request_duration_seconds_count{group=\"workflows\"} 3",
    ] {
        assert!(
            answer.body.contains(&format!("{line}\n")),
            "{line} in {}",
            answer.body
        );
    }
}
