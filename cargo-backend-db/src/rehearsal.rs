//! A change is played through in a scratch database before it is written: forward to the schema that
//! is wanted, and back again.

use anyhow::Context as _;
use cargo_backend_shared::database_url::{DatabaseUrl, Dialect};
use cargo_backend_shared::introspect::{self, Connection};
use cargo_backend_shared::schema::Schema;

use crate::ddl;
use crate::diff::{self, Draft, Step, rename};
use crate::difference::{self, Difference};
use crate::scratch::Scratch;
use crate::trace::Trace;

/// One migration with its way back.
#[derive(Debug)]
pub(crate) struct Proved {
    pub(crate) up: Draft,
    pub(crate) down: Draft,
}

/// What came of it.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Forward and back, everything was as it should be.
    Proved(Vec<Proved>),
    /// Something is not as it should be. Nothing may be written.
    Differs {
        /// `forward` or `back`.
        way: &'static str,
        differences: Vec<Difference>,
    },
}

/// Plays a change through.
///
/// # Errors
/// When the server refuses a statement, or cannot be reached.
pub(crate) async fn play(
    from: &Schema,
    to: &Schema,
    drafts: Vec<Draft>,
    on: &DatabaseUrl,
) -> anyhow::Result<Outcome> {
    let mut scratch = Scratch::create(on).await?;
    let outcome = played(&mut scratch, from, to, drafts).await;
    scratch.drop().await?;
    outcome
}

async fn played(
    scratch: &mut Scratch,
    from: &Schema,
    to: &Schema,
    drafts: Vec<Draft>,
) -> anyhow::Result<Outcome> {
    let dialect = to.dialect;
    scratch.copy(from).await?;
    let mut proved = Vec::new();
    // What is only there until columns change places is not made again on the way back.
    let mut before = now(scratch).await?;
    let mut after = before.clone();
    for mut up in drafts {
        traced(scratch, &mut up, dialect).await?;
        after = now(scratch).await?;
        let down = diff::back(&after, &before, &up);
        if !up.is_aside() {
            before = after.clone();
        }
        proved.push(Proved { up, down });
    }
    let differences = differences(to, &after)?;
    if !differences.is_empty() {
        let way = "forward";
        return Ok(Outcome::Differs { way, differences });
    }
    for step in proved.iter().rev() {
        run(scratch, &step.down, dialect)
            .await
            .context("on the way back")?;
    }
    let differences = self::differences(from, &now(scratch).await?)?;
    if !differences.is_empty() {
        let way = "back";
        return Ok(Outcome::Differs { way, differences });
    }
    Ok(Outcome::Proved(proved))
}

/// What is called otherwise, played through alone: the schema afterwards, with the steps that led
/// there. None where there is nothing of the kind.
///
/// # Errors
/// When the server refuses a statement, or cannot be reached.
pub(crate) async fn renamed(
    from: &Schema,
    to: &Schema,
    asked: Vec<Step>,
    on: &DatabaseUrl,
) -> anyhow::Result<Option<(Schema, Vec<Step>)>> {
    if asked.is_empty() && rename::members(from, to).is_empty() {
        return Ok(None);
    }
    let mut scratch = Scratch::create(on).await?;
    let renamed = play_names(&mut scratch, from, to, asked).await;
    scratch.drop().await?;
    renamed.map(Some)
}

async fn play_names(
    scratch: &mut Scratch,
    from: &Schema,
    to: &Schema,
    mut steps: Vec<Step>,
) -> anyhow::Result<(Schema, Vec<Step>)> {
    let sql = |steps: &[Step]| {
        steps
            .iter()
            .map(|step| step.sql.clone())
            .collect::<Vec<_>>()
    };
    scratch.copy(from).await?;
    scratch.load(&sql(&steps)).await.context("a rename")?;
    let members = rename::members(&now(scratch).await?, to);
    scratch.load(&sql(&members)).await.context("a rename")?;
    steps.extend(members);
    Ok((ddl::printable(now(scratch).await?), steps))
}

fn differences(wanted: &Schema, found: &Schema) -> anyhow::Result<Vec<Difference>> {
    let (wanted, found) = (
        diff::comparable(wanted.clone()),
        diff::comparable(found.clone()),
    );
    difference::between(&wanted, &found).context("cannot compare")
}

async fn now(scratch: &mut Scratch) -> anyhow::Result<Schema> {
    introspect::schema(&mut scratch.connection).await
}

/// Runs a migration and writes down what each of its statements does.
async fn traced(scratch: &mut Scratch, draft: &mut Draft, dialect: Dialect) -> anyhow::Result<()> {
    if dialect != Dialect::Postgres || !draft.is_transactional() {
        return run(scratch, draft, dialect).await;
    }
    scratch.load(&["BEGIN".to_owned()]).await?;
    scratch.load(&draft.before(dialect)).await?;
    let Connection::Postgres(connection) = &mut scratch.connection else {
        return Ok(());
    };
    let mut trace = Trace::begin(connection).await?;
    for step in &mut draft.steps {
        scratch.load(std::slice::from_ref(&step.sql)).await?;
        if let Connection::Postgres(connection) = &mut scratch.connection {
            step.seen = trace.next(connection).await?;
        }
    }
    scratch.load(&["COMMIT".to_owned()]).await
}

/// Runs a migration as a runner would, statement by statement, so that the one that fails is named.
async fn run(scratch: &mut Scratch, draft: &Draft, dialect: Dialect) -> anyhow::Result<()> {
    let mut statements = draft.statements(dialect);
    if draft.is_transactional() {
        statements.insert(0, "BEGIN".to_owned());
        statements.push("COMMIT".to_owned());
    }
    scratch.load(&statements).await
}
