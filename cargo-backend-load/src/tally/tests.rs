//! Figures against a plain list, and what counts as what.

use std::time::Duration;

use super::{FailureCount, Tally};
use crate::sample::{Answer, Failure, FailureKind, Pace, Sample};

/// Numbers that look random and are the same every time.
fn numbers(seed: u64, count: usize) -> Vec<u64> {
    let mut state = seed;
    std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        // Spreads over all magnitudes from 1 µs to 67 s.
        (state >> 20) % (1 << (1 + (state >> 59) % 26))
    })
    .take(count)
    .collect()
}

fn answer(latency_us: u64, status: u16) -> Sample {
    Sample {
        finished: Duration::ZERO,
        latency: Duration::from_micros(latency_us),
        first_byte: None,
        pace: None,
        expected: None,
        result: Ok(Answer {
            status,
            body_bytes: 10,
            refusal: None,
        }),
    }
}

#[test]
fn quantiles_agree_with_a_sorted_list() {
    for seed in 1..20 {
        let mut all = numbers(seed, 1 + seed as usize * 97);
        // Recorded in two halves and merged, as a run does it.
        let mut parts = [Tally::new(), Tally::new()];
        for (index, latency_us) in all.iter().enumerate() {
            parts[index % 2].record(&answer(*latency_us, 200));
        }
        let [mut merged, other] = parts;
        merged.merge(&other);
        all.sort_unstable();
        for quantile in [0.5, 0.9, 0.95, 0.99, 0.999] {
            let rank = (quantile * all.len() as f64).ceil() as usize;
            let exact = all[rank.clamp(1, all.len()) - 1];
            let told = merged.latency.at_us(quantile);
            let allowed = exact / 1000 + 1;
            assert!(
                told.abs_diff(exact) <= allowed,
                "seed {seed}, {quantile}: {told} instead of {exact}"
            );
        }
        assert_eq!(merged.latency.min_us, all[0]);
        assert_eq!(merged.latency.max_us, all[all.len() - 1]);
        let sum: u64 = all.iter().sum();
        assert_eq!(merged.latency.sum_us, u128::from(sum));
    }
}

#[test]
fn first_bytes_agree_with_a_sorted_list() {
    let services = numbers(7, 900);
    let mut firsts = Vec::new();
    let mut parts = [Tally::new(), Tally::new()];
    for (index, service_us) in services.iter().enumerate() {
        // Every third answer comes in parts, and begins in a quarter of its time.
        let first_us = index.is_multiple_of(3).then_some(service_us / 4);
        firsts.push(first_us.unwrap_or(*service_us));
        parts[index % 2].record(&Sample {
            first_byte: first_us.map(Duration::from_micros),
            ..answer(*service_us, 200)
        });
    }
    let [mut merged, other] = parts;
    merged.merge(&other);
    firsts.sort_unstable();
    let told = merged.first_byte();
    assert_eq!(told.count(), 900);
    assert_eq!(told.sum_us, u128::from(firsts.iter().sum::<u64>()));
    assert_eq!(told.min_us, firsts[0]);
    for (told, exact) in [
        (told.at_us(0.5), firsts[449]),
        (told.at_us(0.99), firsts[890]),
        (told.max_us, firsts[899]),
    ] {
        let allowed = exact / 1000 + 1;
        assert!(told.abs_diff(exact) <= allowed, "{told} instead of {exact}");
    }
}

#[test]
fn two_hundreds_and_three_hundreds_are_success_and_the_rest_is_not() {
    let mut tally = Tally::new();
    for status in [200, 204, 302, 400, 404, 500] {
        tally.record(&answer(1, status));
    }
    assert_eq!((tally.ok, tally.failed), (3, 3));
    assert_eq!(tally.statuses.len(), 6);
    assert_eq!(tally.body_bytes, 60);
}

#[test]
fn an_expected_status_is_the_only_success() {
    let mut tally = Tally::new();
    for status in [200, 400, 400] {
        tally.record(&Sample {
            expected: Some(400),
            ..answer(1, status)
        });
    }
    assert_eq!((tally.ok, tally.failed), (2, 1));
}

#[test]
fn failures_have_no_latency_and_keep_their_first_words() {
    let mut tally = Tally::new();
    for detail in ["first", "second"] {
        tally.record(&Sample {
            result: Err(Failure::closed(detail)),
            ..answer(1_000_000, 0)
        });
    }
    assert_eq!(tally.latency.count(), 0);
    assert_eq!(tally.latency.at_us(0.5), 0);
    assert_eq!(tally.latency.summary(), None);
    let known = FailureCount {
        count: 2,
        example: "first".into(),
    };
    assert_eq!(tally.failures.get(&FailureKind::Closed), Some(&known));
}

#[test]
fn a_paced_request_is_counted_from_the_time_it_was_due() {
    let mut tally = Tally::new();
    for (waited, lateness_ms) in [(false, 150), (true, 50), (true, 150)] {
        tally.record(&Sample {
            pace: Some(Pace {
                service: Duration::from_millis(10),
                lateness: Duration::from_millis(lateness_ms),
                waited,
            }),
            ..answer((lateness_ms + 10) * 1_000, 200)
        });
    }
    assert_eq!(tally.latency.max_us, 160_000);
    assert_eq!(tally.service.max_us, 10_000);
    assert_eq!(tally.lateness.min_us, 50_000);
    assert_eq!(tally.starved, 1);
}

#[test]
fn a_hundred_thousand_requests_take_no_more_room_than_a_thousand() {
    let mut tally = Tally::new();
    let mut room = Vec::new();
    for count in [1_000, 100_000] {
        for latency_us in numbers(7, count) {
            tally.record(&answer(latency_us % 1_000_000, 200));
        }
        room.push(tally.latency.histogram_us.distinct_values());
    }
    assert_eq!(room[0], room[1]);
}
