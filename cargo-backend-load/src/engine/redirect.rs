//! Redirects, where the user wants them followed: to the server that he named, and no other.

use super::{Connection, Prepared};
use crate::request::Request;
use crate::sample::{Answer, Failure, FailureKind};

/// What is needed to put the next request together.
#[derive(Debug)]
pub(super) struct Follow {
    pub(super) request: Request,
    pub(super) most: u32,
}

/// Whether such an answer says where to ask instead.
pub(super) fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

impl Connection {
    /// Goes where an answer says until one says nothing more. Bodies on the way are counted too.
    pub(super) async fn follow(
        &mut self,
        follow: &Follow,
        mut answer: Answer,
        mut location: String,
    ) -> Result<Answer, Failure> {
        let mut request = follow.request.clone();
        loop {
            if self.redirects == follow.most {
                let detail = match follow.most {
                    1 => "more than one redirect".to_owned(),
                    most => format!("more than {most} redirects"),
                };
                return Err(Failure::new(FailureKind::Redirect, detail));
            }
            let next = request.redirected(answer.status, &location);
            request = next.map_err(|why| Failure::new(FailureKind::Redirect, why.to_string()))?;
            let prepared = Prepared::encoded(&request, self.server.closes, self.server.http2)
                .map_err(|why| Failure::new(FailureKind::Redirect, why.to_string()))?;
            self.redirects += 1;
            let body_bytes = answer.body_bytes;
            answer = self.hop(&prepared).await?;
            answer.body_bytes += body_bytes;
            match self.location.take() {
                Some(further) => location = further,
                None => return Ok(answer),
            }
        }
    }
}
