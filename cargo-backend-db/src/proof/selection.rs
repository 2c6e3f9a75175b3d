//! Which indexes to make for a set of statements: greedy, each step asked of the planner with
//! everything in place that was chosen before, so that one index that serves four statements beats
//! four. After Chaudhuri and Narasayya, "An Efficient, Cost-Driven Index Selection Tool for Microsoft
//! SQL Server" (VLDB 1997), with the planner's own figures.

use std::collections::{BTreeMap, BTreeSet};

use super::whatif::{Plan, WhatIf};
use crate::advise::candidate::Candidate;
use crate::advise::{Chosen, Found, Gain, Grounds, Planned};
use crate::workload::Query;

/// How much cheaper at least one statement has to be: less is within the error of the estimates.
const LEAST_FACTOR: f64 = 1.5;

/// How much dearer a statement may get when an index goes that others make superfluous.
const TOLERATED: f64 = 1.1;

/// What any statement takes beside its plan (the way from the client and back, parsing, planning), in
/// the same unit: measured as 40 to 80 µs, where a unit was 2 to 3 µs.
const WARM_OVERHEAD: f64 = 20.0;

/// A statement that can be planned.
struct Asked {
    /// Its place among the queries.
    place: usize,
    tables: BTreeSet<String>,
    /// Its share of the time of all statements.
    share: f64,
    /// Without any new index.
    first: Planned,
    /// With those that are chosen.
    cost: f64,
    own: BTreeSet<Candidate>,
}

/// Selects. `writes` are the rows that were written so far, by table.
pub(super) async fn select<W: WhatIf>(
    whatif: &mut W,
    queries: &[Query],
    writes: &BTreeMap<String, u64>,
) -> anyhow::Result<Found> {
    let mut search = Search {
        whatif,
        asked: Vec::new(),
        unplanned: Vec::new(),
    };
    search.ask(queries).await?;
    let pool: BTreeSet<Candidate> = search.asked.iter().flat_map(|a| a.own.clone()).collect();
    let mut chosen = search.greedy(pool).await?;
    search.together(&mut chosen).await?;
    search.merge(&mut chosen).await?;
    search.prune(&mut chosen).await?;
    Ok(Found::Searched {
        chosen: search.report(chosen, writes).await?,
        unplanned: search.unplanned,
        grounds: Grounds::Proved(search.whatif.means()),
    })
}

struct Search<'a, W> {
    whatif: &'a mut W,
    asked: Vec<Asked>,
    unplanned: Vec<(usize, String)>,
}

impl<W: WhatIf> Search<'_, W> {
    /// Plans every statement as it is today, and collects what could serve it.
    async fn ask(&mut self, queries: &[Query]) -> anyhow::Result<()> {
        let measured: u64 = queries.iter().filter_map(|query| query.total_us).sum();
        let counted: u64 = queries.iter().map(|query| query.calls).sum();
        for (place, query) in queries.iter().enumerate() {
            match self.whatif.ask(place, query).await? {
                Ok(question) => self.asked.push(Asked {
                    place,
                    tables: question.tables,
                    share: match query.total_us {
                        Some(total) => share(total, measured),
                        None => share(query.calls, counted),
                    },
                    first: question.plan.told,
                    cost: question.plan.weight,
                    own: question.own,
                }),
                Err(fault) => self.unplanned.push((place, fault)),
            }
        }
        Ok(())
    }

    /// The plan of a statement now.
    async fn plan(&mut self, n: usize) -> anyhow::Result<Plan> {
        self.whatif.plan(self.asked[n].place).await
    }

    fn is_better(&self, before: f64, after: f64) -> bool {
        before >= self.whatif.least() && before / after.max(f64::MIN_POSITIVE) >= LEAST_FACTOR
    }

    /// What an index would be worth beside those that stand, and the costs with it by place in
    /// `asked`; nothing where no statement gets better by enough.
    async fn worth(
        &mut self,
        candidate: &Candidate,
    ) -> anyhow::Result<Option<(f64, Vec<(usize, f64)>)>> {
        let touched: Vec<usize> = (0..self.asked.len())
            .filter(|n| self.asked[*n].tables.contains(&candidate.table))
            .filter(|n| self.asked[*n].cost >= self.whatif.least())
            .collect();
        if touched.is_empty() || !self.whatif.make(candidate).await? {
            return Ok(None);
        }
        let mut costs = Vec::new();
        let mut worth = 0.0;
        let mut enough = false;
        for n in touched {
            let cost = self.plan(n).await?.weight;
            let asked = &self.asked[n];
            worth += asked.share * (1.0 - cost / asked.cost).max(0.0);
            enough |= self.is_better(asked.cost, cost);
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
            if self.asked[n].cost < self.whatif.least() {
                continue;
            }
            let mut added = Vec::new();
            for candidate in self.asked[n].own.clone() {
                if !chosen.contains(&candidate) && self.whatif.make(&candidate).await? {
                    added.push(candidate);
                }
            }
            let plan = self.plan(n).await?;
            let better = self.is_better(self.asked[n].cost, plan.weight);
            for candidate in added {
                if better && self.uses(&plan, &candidate) {
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
        for n in 0..self.asked.len() {
            costs.push(self.plan(n).await?.weight);
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
            let cost = self.plan(n).await?.weight;
            if cost > self.asked[n].cost * TOLERATED && cost > self.whatif.least() {
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

    fn uses(&self, plan: &Plan, candidate: &Candidate) -> bool {
        let name = self.whatif.name(candidate);
        name.is_some_and(|name| plan.uses.contains(&name))
    }

    /// Who gains from each, and by how much on a warm server where that can be said.
    async fn report(
        &mut self,
        chosen: Vec<Candidate>,
        writes: &BTreeMap<String, u64>,
    ) -> anyhow::Result<Vec<Chosen>> {
        let mut found = Vec::new();
        for candidate in chosen {
            found.push(Chosen {
                tried_as: self.whatif.name(&candidate).unwrap_or_default(),
                bytes: self.whatif.bytes(&candidate).await?,
                writes: writes.get(&candidate.table).copied(),
                gains: Vec::new(),
                candidate,
            });
        }
        let mut last = Vec::new();
        for n in 0..self.asked.len() {
            last.push(self.plan(n).await?);
        }
        let candidates: Vec<Candidate> = found.iter().map(|one| one.candidate.clone()).collect();
        let factors = self.factors(&candidates).await?;
        for one in &mut found {
            for (n, asked) in self.asked.iter().enumerate() {
                if last[n].uses.contains(&one.tried_as) {
                    one.gains.push(Gain {
                        query: asked.place,
                        before: asked.first.clone(),
                        after: last[n].told.clone(),
                        factor: factors.get(n).copied(),
                    });
                }
            }
        }
        Ok(found)
    }

    /// How many times less each statement takes on a warm server; nothing where nobody can say.
    /// Takes all indexes away.
    async fn factors(&mut self, chosen: &[Candidate]) -> anyhow::Result<Vec<f64>> {
        if !self.whatif.warm().await? {
            return Ok(Vec::new());
        }
        let after = self.all_costs().await?;
        for candidate in chosen {
            self.whatif.unmake(candidate).await?;
        }
        let before = self.all_costs().await?;
        self.whatif.cool().await?;
        let factor =
            |(before, after): (&f64, &f64)| (before + WARM_OVERHEAD) / (after + WARM_OVERHEAD);
        Ok(before.iter().zip(&after).map(factor).collect())
    }
}

/// What every column costs an index in size and writes: of two that are worth about the same the
/// narrower one wins, and a carried column has to pay for itself.
fn breadth(candidate: &Candidate) -> f64 {
    let count = |n: usize| share(u64::try_from(n).unwrap_or(u64::MAX), 1_000);
    count(candidate.keys.len() * 5 + candidate.include.len() * 30)
}

fn share(part: u64, whole: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a weight")]
    let (part, whole) = (part as f64, whole.max(1) as f64);
    part / whole
}
