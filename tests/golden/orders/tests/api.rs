//! What the document cannot say about this service, asked of the real router over HTTP.

mod support;

use support::Server;

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let server = Server::start().await;
    let reply = server.send("GET", "/no/such/path", None).await;
    reply.expect("unknown path", 404);
    reply.expect_rejection("unknown path", &[404]);
    server.stop().await;
}
