//! How often one address may call: a bucket of tokens for each.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::api::error::ApiError;

/// How many requests of one address are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// `RATE_LIMIT_PER_SECOND`.
    pub per_second: NonZeroU32,
    /// `RATE_LIMIT_BURST`: how many at once.
    pub burst: NonZeroU32,
    /// `TRUSTED_PROXIES`: how many stand between the callers and the service, each of which adds the
    /// address it hears from to `x-forwarded-for`.
    pub trusted_proxies: usize,
}

/// The buckets.
pub struct Limiter {
    buckets: DefaultKeyedRateLimiter<IpAddr>,
    clock: DefaultClock,
    trusted_proxies: usize,
    calls: AtomicU32,
}

impl fmt::Debug for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limiter")
            .field("addresses", &self.buckets.len())
            .finish_non_exhaustive()
    }
}

impl Limiter {
    /// Empty buckets.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let quota = Quota::per_second(settings.per_second).allow_burst(settings.burst);
        Self {
            buckets: RateLimiter::keyed(quota),
            clock: DefaultClock::default(),
            trusted_proxies: settings.trusted_proxies,
            calls: AtomicU32::new(0),
        }
    }

    /// Takes a token, or tells after how many seconds there will be one.
    fn take(&self, address: IpAddr) -> Result<(), u64> {
        // Full buckets are those of addresses that were not heard of for a while.
        if self.calls.fetch_add(1, Ordering::Relaxed) % 10_000 == 9_999 {
            self.buckets.retain_recent();
        }
        self.buckets.check_key(&address).map_err(|early| {
            let wait = early.wait_time_from(self.clock.now());
            wait.as_millis().div_ceil(1000).try_into().unwrap_or(1).max(1)
        })
    }

    /// Who calls: the peer, or whom the outermost proxy that is trusted has heard from.
    fn address(&self, headers: &HeaderMap, peer: Option<IpAddr>) -> IpAddr {
        let forwarded = headers
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .collect::<Vec<_>>();
        let named = forwarded
            .len()
            .checked_sub(self.trusted_proxies)
            .filter(|_| self.trusted_proxies > 0)
            .and_then(|index| forwarded.get(index)?.parse().ok());
        let address = named.or(peer).unwrap_or(Ipv4Addr::UNSPECIFIED.into());
        match address.to_canonical() {
            // Whoever has one address of a network of 64 bits has all of them.
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
            IpAddr::V4(address) => address.into(),
        }
    }
}

/// Middleware that refuses with 429 and `retry-after` what comes too often.
pub async fn limit(State(limiter): State<Arc<Limiter>>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let address = limiter.address(request.headers(), peer.map(|peer| peer.0.ip()));
    match limiter.take(address) {
        Ok(()) => next.run(request).await,
        Err(seconds) => ApiError::of_status(StatusCode::TOO_MANY_REQUESTS)
            .header(RETRY_AFTER, HeaderValue::from(seconds))
            .into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(trusted_proxies: usize) -> Limiter {
        Limiter::new(Settings {
            per_second: NonZeroU32::MIN,
            burst: NonZeroU32::MIN,
            trusted_proxies,
        })
    }

    #[test]
    fn an_address_waits_and_another_does_not() {
        let limiter = limiter(0);
        let (one, other) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        assert_eq!(limiter.take(one), Ok(()));
        assert_eq!(limiter.take(one), Err(1));
        assert_eq!(limiter.take(other), Ok(()));
    }

    #[test]
    fn only_trusted_proxies_say_who_calls() {
        let peer = IpAddr::from([10, 0, 0, 1]);
        let mut headers = HeaderMap::new();
        headers.insert(
            "x-forwarded-for",
            HeaderValue::from_static("1.1.1.1, 2.2.2.2"),
        );
        let address = |proxies| limiter(proxies).address(&headers, Some(peer));
        assert_eq!(address(0), peer);
        assert_eq!(address(1), IpAddr::from([2, 2, 2, 2]));
        assert_eq!(address(2), IpAddr::from([1, 1, 1, 1]));
        assert_eq!(address(3), peer);
    }
}
