//! A plan as PostgreSQL's `EXPLAIN (VERBOSE, FORMAT JSON)` gives it
//! (<https://www.postgresql.org/docs/current/sql-explain.html>).

use serde::Deserialize;

/// One node of a plan. Conditions and keys are expressions with every column qualified by the alias
/// of its table.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Node {
    #[serde(rename = "Node Type")]
    pub(crate) kind: String,
    #[serde(rename = "Parent Relationship")]
    pub(crate) relationship: Option<String>,
    #[serde(rename = "Index Name")]
    pub(crate) index: Option<String>,
    #[serde(rename = "Relation Name")]
    pub(crate) relation: Option<String>,
    pub(crate) schema: Option<String>,
    pub(crate) alias: Option<String>,
    /// In the planner's unit: one page read in sequence is 1 (`seq_page_cost`).
    #[serde(rename = "Total Cost", default)]
    pub(crate) cost: f64,
    #[serde(default)]
    pub(crate) output: Vec<String>,
    pub(crate) filter: Option<String>,
    #[serde(rename = "Index Cond")]
    index_condition: Option<String>,
    #[serde(rename = "Recheck Cond")]
    recheck_condition: Option<String>,
    #[serde(rename = "Hash Cond")]
    hash_condition: Option<String>,
    #[serde(rename = "Merge Cond")]
    merge_condition: Option<String>,
    #[serde(rename = "Join Filter")]
    join_filter: Option<String>,
    #[serde(rename = "Sort Key", default)]
    pub(crate) sort_key: Vec<String>,
    #[serde(rename = "Group Key", default)]
    pub(crate) group_key: Vec<String>,
    #[serde(default)]
    pub(crate) plans: Vec<Self>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Explained {
    plan: Node,
}

impl Node {
    /// Reads the answer of the server.
    ///
    /// # Errors
    /// When it is not what `EXPLAIN (FORMAT JSON)` gives.
    pub(crate) fn parse(json: &str) -> serde_json::Result<Self> {
        let explained: Vec<Explained> = serde_json::from_str(json)?;
        Ok(explained
            .into_iter()
            .next()
            .map(|explained| explained.plan)
            .unwrap_or_default())
    }

    /// This node and all below it, parents first.
    pub(crate) fn nodes(&self) -> Vec<&Self> {
        let mut all = Vec::new();
        let mut open = vec![self];
        while let Some(node) = open.pop() {
            all.push(node);
            open.extend(node.plans.iter().rev());
        }
        all
    }

    /// Everything that rows must meet here.
    pub(crate) fn conditions(&self) -> impl Iterator<Item = &str> {
        [
            &self.filter,
            &self.index_condition,
            &self.recheck_condition,
            &self.hash_condition,
            &self.merge_condition,
            &self.join_filter,
        ]
        .into_iter()
        .filter_map(|condition| condition.as_deref())
    }

    /// The names of the indexes that it uses.
    pub(crate) fn indexes(&self) -> Vec<&str> {
        let nodes = self.nodes().into_iter();
        nodes.filter_map(|node| node.index.as_deref()).collect()
    }
}
