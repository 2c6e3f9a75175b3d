//! The queries of `information_schema`. Everything is cast to text, because MySQL 8 hands some of
//! these columns out as bytes.

pub(super) const TABLES: &str = "
    SELECT CAST(table_name AS CHAR) AS name, CAST(engine AS CHAR) AS engine,
           CAST(table_collation AS CHAR) AS collation, CAST(create_options AS CHAR) AS options,
           CAST(table_comment AS CHAR) AS comment
    FROM information_schema.tables
    WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'
    ORDER BY table_name";

/// A column's collation stands here only where it differs from its table's.
pub(super) const COLUMNS: &str = "
    SELECT CAST(c.table_name AS CHAR) AS `table`, CAST(c.column_name AS CHAR) AS name,
           CAST(c.column_type AS CHAR) AS type, CAST(c.is_nullable AS CHAR) AS nullable,
           CAST(c.column_default AS CHAR) AS fallback, CAST(c.extra AS CHAR) AS extra,
           CAST(c.generation_expression AS CHAR) AS expression,
           CAST(CASE WHEN c.collation_name <> t.table_collation THEN c.collation_name END AS CHAR)
               AS collation,
           CAST(c.column_comment AS CHAR) AS comment
    FROM information_schema.columns c
    JOIN information_schema.tables t
         ON t.table_schema = c.table_schema AND t.table_name = c.table_name
    WHERE c.table_schema = DATABASE()
    ORDER BY c.table_name, c.ordinal_position";

pub(super) const INDEXES: &str = "
    SELECT CAST(table_name AS CHAR) AS `table`, CAST(index_name AS CHAR) AS name,
           CAST(non_unique AS SIGNED) AS non_unique, CAST(column_name AS CHAR) AS `column`,
           CAST(collation AS CHAR) AS direction, CAST(sub_part AS SIGNED) AS prefix,
           CAST(index_type AS CHAR) AS method, CAST(index_comment AS CHAR) AS comment
    FROM information_schema.statistics WHERE table_schema = DATABASE()
    ORDER BY table_name, index_name, seq_in_index";

pub(super) const FOREIGN_KEYS: &str = "
    SELECT CAST(k.table_name AS CHAR) AS `table`, CAST(k.constraint_name AS CHAR) AS name,
           CAST(k.column_name AS CHAR) AS `column`,
           CAST(k.referenced_table_name AS CHAR) AS parent,
           CAST(k.referenced_column_name AS CHAR) AS parent_column,
           CAST(r.delete_rule AS CHAR) AS on_delete, CAST(r.update_rule AS CHAR) AS on_update
    FROM information_schema.key_column_usage k
    JOIN information_schema.referential_constraints r
         ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name
            AND r.table_name = k.table_name
    WHERE k.table_schema = DATABASE() AND k.referenced_table_name IS NOT NULL
    ORDER BY k.table_name, k.constraint_name, k.ordinal_position";

/// MariaDB names the table of a check, MySQL leaves it to `table_constraints`.
pub(super) const CHECKS_MARIADB: &str = "
    SELECT CAST(table_name AS CHAR) AS `table`, CAST(constraint_name AS CHAR) AS name,
           CAST(check_clause AS CHAR) AS definition
    FROM information_schema.check_constraints WHERE constraint_schema = DATABASE()
    ORDER BY 1, 2";

pub(super) const CHECKS_MYSQL: &str = "
    SELECT CAST(t.table_name AS CHAR) AS `table`, CAST(c.constraint_name AS CHAR) AS name,
           CAST(c.check_clause AS CHAR) AS definition
    FROM information_schema.check_constraints c
    JOIN information_schema.table_constraints t
         ON t.constraint_schema = c.constraint_schema AND t.constraint_name = c.constraint_name
            AND t.constraint_type = 'CHECK'
    WHERE c.constraint_schema = DATABASE()
    ORDER BY 1, 2";

pub(super) const PARTITIONS: &str = "
    SELECT CAST(table_name AS CHAR) AS `table`, CAST(partition_name AS CHAR) AS name,
           CAST(partition_method AS CHAR) AS method, CAST(partition_expression AS CHAR) AS expression,
           CAST(partition_description AS CHAR) AS bound,
           CAST(subpartition_method AS CHAR) AS subpartition
    FROM information_schema.partitions
    WHERE table_schema = DATABASE() AND partition_name IS NOT NULL
    ORDER BY table_name, partition_ordinal_position";

/// The query of a view names the database everywhere; the caller takes it out.
pub(super) const VIEWS: &str = "
    SELECT CAST(table_name AS CHAR) AS name, CAST(view_definition AS CHAR) AS definition,
           CAST(check_option AS CHAR) AS check_option, CAST(security_type AS CHAR) AS security,
           CAST(DATABASE() AS CHAR) AS `database`
    FROM information_schema.views WHERE table_schema = DATABASE()
    ORDER BY table_name";

pub(super) const TRIGGERS: &str = "
    SELECT CAST(event_object_table AS CHAR) AS `table`, CAST(trigger_name AS CHAR) AS name,
           CAST(action_timing AS CHAR) AS timing, CAST(event_manipulation AS CHAR) AS event,
           CAST(action_statement AS CHAR) AS statement
    FROM information_schema.triggers WHERE trigger_schema = DATABASE()
    ORDER BY event_object_table, trigger_name";

/// A routine with a row for each parameter; position 0 is what a function returns.
pub(super) const ROUTINES: &str = "
    SELECT CAST(r.routine_name AS CHAR) AS name, CAST(r.routine_type AS CHAR) AS type,
           CAST(r.dtd_identifier AS CHAR) AS `returns`, CAST(r.routine_definition AS CHAR) AS body,
           CAST(r.is_deterministic AS CHAR) AS is_deterministic,
           CAST(r.sql_data_access AS CHAR) AS data_access, CAST(r.security_type AS CHAR) AS security,
           CAST(r.routine_comment AS CHAR) AS comment,
           CAST(p.parameter_mode AS CHAR) AS mode, CAST(p.parameter_name AS CHAR) AS parameter,
           CAST(p.dtd_identifier AS CHAR) AS parameter_type
    FROM information_schema.routines r
    LEFT JOIN information_schema.parameters p
         ON p.specific_schema = r.routine_schema AND p.specific_name = r.specific_name
            AND p.ordinal_position > 0
    WHERE r.routine_schema = DATABASE()
    ORDER BY r.routine_type, r.routine_name, p.ordinal_position";

pub(super) const UNSUPPORTED: &str = "
    SELECT CAST(CONCAT(LOWER(table_type), ' ', table_name) AS CHAR) AS what
    FROM information_schema.tables
    WHERE table_schema = DATABASE() AND table_type NOT IN ('BASE TABLE', 'VIEW')
    UNION ALL
    SELECT CAST(CONCAT('event ', event_name) AS CHAR)
    FROM information_schema.events WHERE event_schema = DATABASE()
    ORDER BY 1";
