//! SQLite keeps every definition as it was written.

use cargo_backend_shared::schema::Schema;

pub(super) fn statements(schema: &Schema) -> Vec<String> {
    let tables = schema.tables.values();
    let views = schema.views.values();
    let made = tables.clone().filter_map(|table| table.definition.clone());
    // The index of a constraint has no statement of its own.
    let indexes = tables
        .clone()
        .flat_map(|table| table.indexes.values())
        .filter(|index| !index.constraint)
        .map(|index| index.definition.clone());
    let triggers = tables
        .flat_map(|table| table.triggers.values())
        .chain(views.clone().flat_map(|view| view.triggers.values()))
        .map(|trigger| trigger.definition.clone());
    // SQLite looks a view's tables up when it is used, so views may come in any order.
    made.chain(indexes)
        .chain(views.map(|view| view.definition.clone()))
        .chain(triggers)
        .collect()
}
