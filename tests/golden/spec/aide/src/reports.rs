use aide::axum::ApiRouter;
use axum::Json;
use axum_extra::routing::TypedPath;
use schemars::JsonSchema;
use serde::Deserialize;

/// Which report.
#[derive(TypedPath, Deserialize, JsonSchema)]
#[typed_path("/{year}/{kind}")]
struct Report {
    year: u16,
    kind: Kind,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    ByDay,
    ByWeek,
}

impl aide::OperationInput for Report {}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::ByDay => "by-day",
            Self::ByWeek => "by-week",
        })
    }
}

const HEADING: &str = "One report";

pub fn routes() -> ApiRouter {
    ApiRouter::new()
        .typed_get_with(report, |op| op.summary(HEADING).security_requirement_scopes("session", ["read"]))
        .typed_delete(forget)
}

async fn report(Report { year, kind }: Report) -> Json<String> {
    let _ = kind;
    Json(year.to_string())
}

async fn forget(_report: Report) {}
