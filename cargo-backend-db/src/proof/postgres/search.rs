//! Which indexes to make for a set of statements: greedy, each step asked of the planner with
//! everything in place that was chosen before, so that one index that serves four statements beats
//! four. After Chaudhuri and Narasayya, "An Efficient, Cost-Driven Index Selection Tool for Microsoft
//! SQL Server" (VLDB 1997), with the planner's own costs.

use std::collections::{BTreeMap, BTreeSet};

use cargo_backend_shared::schema::Schema;
use sqlx::postgres::PgConnection;

use super::facts::{self, Facts};
use super::whatif::{self, WhatIf};
use crate::advise::candidate::{self, Candidate};
use crate::advise::need;
use crate::advise::{Chosen, Found, Gain};
use crate::workload::Query;

/// How much cheaper at least one statement has to be: less is within the error of the estimates.
const LEAST_FACTOR: f64 = 1.5;

/// A statement that costs less than this (pages read in sequence) is as good as free.
const LEAST_COST: f64 = 100.0;

/// How much dearer a statement may get when an index goes that others make superfluous.
const TOLERATED: f64 = 1.1;

/// A server whose tables are in memory reads a page anywhere for a tenth of what it assumes of a
/// disk (<https://www.postgresql.org/docs/current/runtime-config-query.html>, `seq_page_cost`), and
/// under load a scan has no second core for its workers. The promised factor is that of such a server.
const WARM: &str = "SET LOCAL seq_page_cost = 0.1; SET LOCAL random_page_cost = 0.1;
                    SET LOCAL max_parallel_workers_per_gather = 0";

/// What any statement takes beside its plan (the way from the client and back, parsing, planning), in
/// the same unit: measured as 40 to 80 µs, where a unit was 2 to 3 µs.
const WARM_OVERHEAD: f64 = 20.0;

/// A statement that can be planned.
struct Asked {
    /// Its place among the queries.
    place: usize,
    statement: String,
    tables: BTreeSet<String>,
    /// Its share of the time of all statements.
    weight: f64,
    /// Without any new index.
    first: f64,
    /// With those that are chosen.
    cost: f64,
    own: BTreeSet<Candidate>,
}

/// Searches; where hypopg is not there, it says what brings it.
pub(in super::super) async fn search(
    connection: &mut PgConnection,
    schema: &Schema,
    queries: &[Query],
) -> anyhow::Result<Found> {
    let Some(namespace) = whatif::namespace(&mut *connection).await? else {
        return Ok(Found::NotTried {
            why: "`CREATE EXTENSION hypopg` in this database lets indexes be tried".to_owned(),
        });
    };
    let facts = facts::columns(&mut *connection).await?;
    let writes = facts::writes(&mut *connection).await?;
    let mut search = Search {
        whatif: WhatIf::new(connection, schema, namespace),
        asked: Vec::new(),
        unplanned: Vec::new(),
    };
    search
        .whatif
        .run("BEGIN READ ONLY; SET LOCAL plan_cache_mode = force_generic_plan")
        .await?;
    let found = search.run(schema, queries, &facts, &writes).await;
    search.whatif.run("ROLLBACK; DEALLOCATE ALL").await?;
    found
}

struct Search<'a> {
    whatif: WhatIf<'a>,
    asked: Vec<Asked>,
    unplanned: Vec<(usize, String)>,
}

impl Search<'_> {
    async fn run(
        &mut self,
        schema: &Schema,
        queries: &[Query],
        facts: &Facts,
        writes: &BTreeMap<String, u64>,
    ) -> anyhow::Result<Found> {
        self.ask(schema, queries, facts).await?;
        let pool: BTreeSet<Candidate> = self.asked.iter().flat_map(|a| a.own.clone()).collect();
        let mut chosen = self.greedy(pool).await?;
        self.together(&mut chosen).await?;
        self.merge(&mut chosen).await?;
        self.prune(&mut chosen).await?;
        let chosen = self.report(chosen, writes).await?;
        let unplanned = std::mem::take(&mut self.unplanned);
        Ok(Found::Tried {
            chosen,
            unplanned,
            means: "by hypopg",
        })
    }

    /// Plans every statement as it is today, and collects what could serve it.
    async fn ask(
        &mut self,
        schema: &Schema,
        queries: &[Query],
        facts: &Facts,
    ) -> anyhow::Result<()> {
        let measured: u64 = queries.iter().filter_map(|query| query.total_us).sum();
        let counted: u64 = queries.iter().map(|query| query.calls).sum();
        for (place, query) in queries.iter().enumerate() {
            let plan = match self.whatif.prepare(place, query).await {
                Ok(statement) => self
                    .whatif
                    .try_plan(&statement)
                    .await?
                    .map(|plan| (statement, plan)),
                Err(fault) => Err(fault),
            };
            let (statement, plan) = match plan {
                Ok(planned) => planned,
                Err(fault) => {
                    self.unplanned.push((place, fault));
                    continue;
                }
            };
            let needs = need::of(&plan, schema);
            let none = BTreeMap::new();
            let own = needs
                .iter()
                .filter_map(|(name, need)| {
                    let table = schema.tables.get(name)?;
                    let facts = facts.get(name).unwrap_or(&none);
                    Some(candidate::candidates(name, table, need, facts))
                })
                .flatten()
                .collect();
            self.asked.push(Asked {
                place,
                statement,
                tables: needs.into_keys().collect(),
                weight: match query.total_us {
                    Some(total) => share(total, measured),
                    None => share(query.calls, counted),
                },
                first: plan.cost,
                cost: plan.cost,
                own,
            });
        }
        Ok(())
    }

    /// What an index would be worth beside those that stand, and the costs with it by place in
    /// `asked`; nothing where no statement gets better by enough.
    async fn worth(
        &mut self,
        candidate: &Candidate,
    ) -> anyhow::Result<Option<(f64, Vec<(usize, f64)>)>> {
        let touched: Vec<usize> = (0..self.asked.len())
            .filter(|n| self.asked[*n].tables.contains(&candidate.table))
            .filter(|n| self.asked[*n].cost >= LEAST_COST)
            .collect();
        if touched.is_empty() || !self.whatif.make(candidate).await? {
            return Ok(None);
        }
        let mut costs = Vec::new();
        let mut worth = 0.0;
        let mut enough = false;
        for n in touched {
            let cost = self.whatif.plan(&self.asked[n].statement).await?.cost;
            let asked = &self.asked[n];
            worth += asked.weight * (1.0 - cost / asked.cost).max(0.0);
            enough |= is_better(asked.cost, cost);
            costs.push((n, cost));
        }
        self.whatif.unmake(candidate).await?;
        Ok(enough.then_some((worth * (1.0 - breadth(candidate)), costs)))
    }

    /// Takes the best one until none is worth it. What an index is worth only shrinks as others are
    /// chosen, so one that was asked again and is still ahead is the best.
    async fn greedy(&mut self, pool: BTreeSet<Candidate>) -> anyhow::Result<Vec<Candidate>> {
        let mut open: Vec<(f64, Candidate)> = Vec::new();
        for candidate in pool {
            if let Some((worth, _)) = self.worth(&candidate).await? {
                open.push((worth, candidate));
            }
        }
        let mut chosen = Vec::new();
        let order = |a: &(f64, Candidate), b: &(f64, Candidate)| {
            a.0.total_cmp(&b.0).then_with(|| b.1.cmp(&a.1))
        };
        open.sort_by(order);
        while let Some((_, candidate)) = open.pop() {
            let Some((worth, costs)) = self.worth(&candidate).await? else {
                continue;
            };
            if open.last().is_some_and(|(next, _)| *next > worth) {
                let place = open.partition_point(|(other, _)| *other < worth);
                open.insert(place, (worth, candidate));
                continue;
            }
            self.whatif.make(&candidate).await?;
            for (n, cost) in costs {
                self.asked[n].cost = cost;
            }
            chosen.push(candidate);
        }
        Ok(chosen)
    }

    /// A join may need two indexes of which neither helps alone.
    async fn together(&mut self, chosen: &mut Vec<Candidate>) -> anyhow::Result<()> {
        for n in 0..self.asked.len() {
            if self.asked[n].cost < LEAST_COST {
                continue;
            }
            let mut added = Vec::new();
            for candidate in self.asked[n].own.clone() {
                if !chosen.contains(&candidate) && self.whatif.make(&candidate).await? {
                    added.push(candidate);
                }
            }
            let plan = self.whatif.plan(&self.asked[n].statement).await?;
            let better = is_better(self.asked[n].cost, plan.cost);
            for candidate in added {
                if better && self.whatif.uses(&plan, &candidate) {
                    chosen.push(candidate);
                } else {
                    self.whatif.unmake(&candidate).await?;
                }
            }
            if better {
                self.costs().await?;
            }
        }
        Ok(())
    }

    /// Asks all costs anew.
    async fn costs(&mut self) -> anyhow::Result<()> {
        let costs = self.all_costs().await?;
        for (asked, cost) in self.asked.iter_mut().zip(costs) {
            asked.cost = cost;
        }
        Ok(())
    }

    /// What every statement costs with the indexes that stand now.
    async fn all_costs(&mut self) -> anyhow::Result<Vec<f64>> {
        let mut costs = Vec::new();
        for asked in &self.asked {
            costs.push(self.whatif.plan(&asked.statement).await?.cost);
        }
        Ok(costs)
    }

    /// Puts one index in the place of two that begin alike, where that is as good.
    async fn merge(&mut self, chosen: &mut Vec<Candidate>) -> anyhow::Result<()> {
        while let Some((one, other, both)) = self.mergeable(chosen).await? {
            chosen.retain(|candidate| *candidate != one && *candidate != other);
            chosen.push(both);
            self.costs().await?;
        }
        Ok(())
    }

    /// Two that can go for a third, which stands then in their place.
    async fn mergeable(
        &mut self,
        chosen: &[Candidate],
    ) -> anyhow::Result<Option<(Candidate, Candidate, Candidate)>> {
        for one in chosen {
            for other in chosen {
                let Some(both) = one.merged(other) else {
                    continue;
                };
                self.whatif.unmake(one).await?;
                self.whatif.unmake(other).await?;
                if self.whatif.make(&both).await? && !self.is_missed(&both.table).await? {
                    return Ok(Some((one.clone(), other.clone(), both)));
                }
                self.whatif.unmake(&both).await?;
                self.whatif.make(one).await?;
                self.whatif.make(other).await?;
            }
        }
        Ok(None)
    }

    /// Whether a statement on this table got dearer than it is known to be.
    async fn is_missed(&mut self, table: &str) -> anyhow::Result<bool> {
        for n in 0..self.asked.len() {
            if !self.asked[n].tables.contains(table) {
                continue;
            }
            let cost = self.whatif.plan(&self.asked[n].statement).await?.cost;
            if cost > self.asked[n].cost * TOLERATED && cost > LEAST_COST {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Drops what the others make superfluous, the last chosen first.
    async fn prune(&mut self, chosen: &mut Vec<Candidate>) -> anyhow::Result<()> {
        for candidate in chosen.clone().into_iter().rev() {
            self.whatif.unmake(&candidate).await?;
            if self.is_missed(&candidate.table).await? {
                self.whatif.make(&candidate).await?;
            } else {
                chosen.retain(|other| *other != candidate);
            }
        }
        self.costs().await
    }

    /// Who gains from each, and by how much on a warm server.
    async fn report(
        &mut self,
        chosen: Vec<Candidate>,
        writes: &BTreeMap<String, u64>,
    ) -> anyhow::Result<Vec<Chosen>> {
        let mut users: Vec<Vec<usize>> = vec![Vec::new(); chosen.len()];
        let mut sizes = Vec::new();
        for candidate in &chosen {
            sizes.push(self.whatif.bytes(candidate).await?);
        }
        for n in 0..self.asked.len() {
            let plan = self.whatif.plan(&self.asked[n].statement).await?;
            for (place, candidate) in chosen.iter().enumerate() {
                if self.whatif.uses(&plan, candidate) {
                    users[place].push(n);
                }
            }
        }
        self.whatif.run(&format!("SAVEPOINT warm; {WARM}")).await?;
        let after = self.all_costs().await?;
        for candidate in &chosen {
            self.whatif.unmake(candidate).await?;
        }
        let before = self.all_costs().await?;
        self.whatif.run("ROLLBACK TO SAVEPOINT warm").await?;
        let gain = |n: &usize| {
            let asked = &self.asked[*n];
            let (before, after) = (before[*n], after[*n]);
            Gain {
                query: asked.place,
                before: asked.first,
                after: asked.cost,
                factor: (before + WARM_OVERHEAD) / (after + WARM_OVERHEAD),
            }
        };
        Ok(chosen
            .into_iter()
            .zip(users)
            .zip(sizes)
            .map(|((candidate, users), bytes)| Chosen {
                writes: writes.get(&candidate.table).copied(),
                gains: users.iter().map(gain).collect(),
                bytes,
                candidate,
            })
            .collect())
    }
}

/// What every column costs an index in size and writes: of two that are worth about the same the
/// narrower one wins, and a carried column has to pay for itself.
fn breadth(candidate: &Candidate) -> f64 {
    let count = |n: usize| share(u64::try_from(n).unwrap_or(u64::MAX), 1_000);
    count(candidate.keys.len() * 5 + candidate.include.len() * 30)
}

fn is_better(before: f64, after: f64) -> bool {
    before >= LEAST_COST && before / after.max(f64::MIN_POSITIVE) >= LEAST_FACTOR
}

fn share(part: u64, whole: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a weight")]
    let (part, whole) = (part as f64, whole.max(1) as f64);
    part / whole
}
