//! The catalogue queries. None names a table of the user, so their number does not grow with the
//! schema. Words in braces differ between versions of the server: see [`for_server`].

/// What an extension brings, or a type with it (the functions of a range): not the user's own.
pub(super) const BROUGHT: &str = "
    SELECT CASE d.classid WHEN 'pg_class'::regclass THEN 'c' WHEN 'pg_type'::regclass THEN 't'
                WHEN 'pg_proc'::regclass THEN 'p' ELSE 'n' END AS class, d.objid::bigint AS oid
    FROM pg_depend d
    WHERE d.deptype = 'e' AND d.classid IN ('pg_class'::regclass, 'pg_type'::regclass,
                                            'pg_proc'::regclass, 'pg_namespace'::regclass)
       OR d.deptype = 'i' AND d.classid = 'pg_proc'::regclass";

/// Namespaces and extensions of users.
pub(super) const NAMESPACES: &str = "
    SELECT n.oid::bigint AS oid, n.nspname::text AS name, NULL::text AS namespace, NULL::text AS version,
           obj_description(n.oid, 'pg_namespace') AS comment
    FROM pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    UNION ALL
    SELECT x.oid::bigint, x.extname::text, n.nspname::text, x.extversion, NULL
    FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace
    WHERE x.extname <> 'plpgsql'
    ORDER BY 2";

/// Enumerations, domains, composites and ranges; the checks of domains as two arrays.
pub(super) const TYPES: &str = "
    SELECT y.oid::bigint AS oid, n.nspname::text AS namespace, y.typname::text AS name,
           y.typtype::text AS type, NOT y.typnotnull AS nullable, y.typdefault AS \"default\",
           format_type(y.typbasetype, y.typtypmod) AS base,
           CASE WHEN y.typcollation <> b.typcollation THEN y.typcollation::regcollation::text END AS collation,
           ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = y.oid
                 ORDER BY e.enumsortorder) AS labels,
           ARRAY(SELECT k.conname::text FROM pg_constraint k
                 WHERE k.contypid = y.oid AND k.contype = 'c' ORDER BY k.conname) AS checks,
           ARRAY(SELECT pg_get_constraintdef(k.oid) FROM pg_constraint k
                 WHERE k.contypid = y.oid AND k.contype = 'c' ORDER BY k.conname) AS conditions,
           ARRAY(SELECT k.convalidated FROM pg_constraint k
                 WHERE k.contypid = y.oid AND k.contype = 'c' ORDER BY k.conname) AS validated,
           ARRAY(SELECT a.attname::text FROM pg_attribute a
                 WHERE a.attrelid = y.typrelid AND a.attnum > 0 AND NOT a.attisdropped
                 ORDER BY a.attnum) AS attributes,
           ARRAY(SELECT format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
                 WHERE a.attrelid = y.typrelid AND a.attnum > 0 AND NOT a.attisdropped
                 ORDER BY a.attnum) AS attribute_types,
           ARRAY(SELECT CASE WHEN a.attcollation <> t.typcollation
                             THEN a.attcollation::regcollation::text ELSE '' END
                 FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
                 WHERE a.attrelid = y.typrelid AND a.attnum > 0 AND NOT a.attisdropped
                 ORDER BY a.attnum) AS attribute_collations,
           format_type(r.rngsubtype, NULL) AS subtype,
           CASE WHEN oc.opcdefault IS FALSE THEN oc.opcname::text END AS subtype_opclass,
           CASE WHEN r.rngcollation <> st.typcollation THEN r.rngcollation::regcollation::text END
               AS subtype_collation,
           nullif(r.rngsubdiff::oid, 0)::regproc::text AS subtype_diff,
           {multirange} AS multirange,
           obj_description(y.oid, 'pg_type') AS comment
    FROM pg_type y
    JOIN pg_namespace n ON n.oid = y.typnamespace
    LEFT JOIN pg_type b ON b.oid = y.typbasetype
    LEFT JOIN pg_range r ON r.rngtypid = y.oid
    LEFT JOIN pg_opclass oc ON oc.oid = r.rngsubopc
    LEFT JOIN pg_type st ON st.oid = r.rngsubtype
    LEFT JOIN pg_class c ON c.oid = y.typrelid
    WHERE (y.typtype IN ('e', 'd', 'r') OR y.typtype = 'c' AND c.relkind = 'c')
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    ORDER BY 2, 3";

/// Sequences with the column that owns them: `a` by OWNED BY, `i` as its identity.
pub(super) const SEQUENCES: &str = "
    SELECT c.oid::bigint AS oid, n.nspname::text AS namespace, c.relname::text AS name,
           format_type(s.seqtypid, NULL) AS type, s.seqstart, s.seqincrement, s.seqmin, s.seqmax,
           s.seqcache, s.seqcycle, o.deptype::text AS owned, tn.nspname::text AS table_namespace,
           t.relname::text AS \"table\", a.attname::text AS \"column\", m.description AS comment
    FROM pg_sequence s
    JOIN pg_class c ON c.oid = s.seqrelid
    LEFT JOIN pg_description m ON m.classoid = 'pg_class'::regclass AND m.objoid = c.oid AND m.objsubid = 0
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_depend o ON o.classid = 'pg_class'::regclass AND o.objid = c.oid
         AND o.refclassid = 'pg_class'::regclass AND o.deptype IN ('a', 'i') AND o.refobjsubid > 0
    LEFT JOIN pg_class t ON t.oid = o.refobjid
    LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace
    LEFT JOIN pg_attribute a ON a.attrelid = o.refobjid AND a.attnum = o.refobjsubid
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    ORDER BY 2, 3";

/// Ordinary and partitioned tables of users: neither the system's nor an extension's.
pub(super) const TABLES: &str = "
    SELECT c.oid::bigint AS oid, n.nspname::text AS namespace, c.relname::text AS name,
           c.relpersistence = 'u' AS unlogged, c.relreplident::text AS replica_identity,
           (SELECT i.relname::text FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
            WHERE x.indrelid = c.oid AND x.indisreplident) AS replica_index,
           (SELECT i.relname::text FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
            WHERE x.indrelid = c.oid AND x.indisclustered) AS cluster_index,
           c.relrowsecurity, c.relforcerowsecurity, coalesce(c.reloptions, '{}') AS options,
           s.spcname::text AS tablespace, CASE WHEN am.amname <> 'heap' THEN am.amname::text END AS method,
           c.reloftype <> 0 AS typed,
           CASE c.relkind WHEN 'p' THEN pg_get_partkeydef(c.oid) END AS partition_by,
           CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END AS bound,
           ARRAY(SELECT pn.nspname::text FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhparent
                 JOIN pg_namespace pn ON pn.oid = p.relnamespace
                 WHERE h.inhrelid = c.oid ORDER BY h.inhseqno) AS parent_namespaces,
           ARRAY(SELECT p.relname::text FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhparent
                 WHERE h.inhrelid = c.oid ORDER BY h.inhseqno) AS parents,
           d.description AS comment
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
    LEFT JOIN pg_am am ON am.oid = c.relam
    LEFT JOIN pg_description d ON d.classoid = 'pg_class'::regclass AND d.objoid = c.oid AND d.objsubid = 0
    WHERE c.relkind IN ('r', 'p') AND NOT c.oid = ANY ('{held}')
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    ORDER BY 2, 3";

pub(super) const VIEWS: &str = "
    SELECT c.oid::bigint AS oid, n.nspname::text AS namespace, c.relname::text AS name,
           c.relkind = 'm' AS materialized, pg_get_viewdef(c.oid) AS definition,
           coalesce(c.reloptions, '{}') AS options, obj_description(c.oid, 'pg_class') AS comment
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('v', 'm') AND NOT c.oid = ANY ('{held}')
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    ORDER BY 2, 3";

/// The column's own settings stand here only where they differ from those of its type. A default names
/// no column, so its table need not be opened to print it.
pub(super) const COLUMNS: &str = "
    SELECT a.attrelid::bigint AS relation, a.attname::text AS name, a.attnum,
           quote_ident(a.attname) AS quoted, a.attcollation::bigint AS collation_oid,
           format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull,
           CASE WHEN a.atthasdef
                THEN pg_get_expr(d.adbin, CASE a.attgenerated WHEN '' THEN 0 ELSE d.adrelid END) END
               AS expression,
           a.attidentity::text AS identity, a.attgenerated::text AS generated,
           CASE WHEN a.attcollation <> y.typcollation THEN a.attcollation::regcollation::text END AS collation,
           NOT a.attislocal AND NOT c.relispartition AS inherited,
           CASE WHEN a.attstorage <> y.typstorage THEN a.attstorage::text END AS storage,
           {compression} AS compression, {statistics} AS statistics,
           coalesce(a.attoptions, '{}') AS options, e.description AS comment
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'v', 'm')
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_type y ON y.oid = a.atttypid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    LEFT JOIN pg_description e ON e.classoid = 'pg_class'::regclass AND e.objoid = a.attrelid
         AND e.objsubid = a.attnum
    WHERE a.attnum > 0 AND NOT a.attisdropped AND NOT a.attrelid = ANY ('{held}')
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    ORDER BY a.attrelid, a.attnum";

/// Indexes as numbers. To print one the server opens its table, which is most of the time for a
/// large schema; a plain index (columns of a tree in their own collation and order class) is printed by
/// us, and only [`INDEX_TEXTS`] of the others are asked for.
pub(super) const INDEXES: &str = "
    SELECT x.indexrelid::bigint AS oid, x.indrelid::bigint AS relation, i.relname::text AS name,
           quote_ident(i.relname) AS quoted, quote_ident(n.nspname) || '.' || quote_ident(t.relname) AS \"on\",
           i.relkind = 'I' AS partitioned, x.indisunique,
           {nulls_not_distinct} AS nulls_not_distinct, x.indisvalid AND x.indisready AS valid,
           am.amname::text AS method, x.indnkeyatts, x.indkey::text AS attributes,
           x.indclass::text AS classes, x.indcollation::text AS collations, x.indoption::text AS options,
           x.indexprs IS NULL AND x.indpred IS NULL AND i.reloptions IS NULL AND am.amname = 'btree' AS plain,
           x.indisprimary OR k.conindid IS NOT NULL AS \"constraint\",
           pn.nspname::text AS parent_namespace, p.relname::text AS parent, d.description AS comment
    FROM pg_index x
    JOIN pg_class i ON i.oid = x.indexrelid
    JOIN pg_class t ON t.oid = x.indrelid
    JOIN pg_am am ON am.oid = i.relam
    JOIN pg_namespace n ON n.oid = i.relnamespace
    LEFT JOIN (SELECT DISTINCT conindid FROM pg_constraint WHERE contype IN ('p', 'u', 'x')) k
         ON k.conindid = x.indexrelid
    LEFT JOIN pg_inherits h ON i.relispartition AND h.inhrelid = i.oid
    LEFT JOIN pg_class p ON p.oid = h.inhparent
    LEFT JOIN pg_namespace pn ON pn.oid = p.relnamespace
    LEFT JOIN pg_description d ON d.classoid = 'pg_class'::regclass AND d.objoid = i.oid AND d.objsubid = 0
    WHERE NOT x.indrelid = ANY ('{held}')
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    ORDER BY 1";

/// The operator classes that an index uses without saying so.
pub(super) const DEFAULT_CLASSES: &str =
    "SELECT oid::bigint AS oid FROM pg_opclass WHERE opcdefault ORDER BY 1";

/// `pg_get_indexdef(oid, n, true)` gives one key without its order, hence the options beside it.
pub(super) const INDEX_TEXTS: &str = "
    SELECT x.indexrelid::bigint AS oid, pg_get_indexdef(x.indexrelid) AS definition,
           CASE WHEN x.indpred IS NOT NULL THEN pg_get_expr(x.indpred, x.indrelid) END AS predicate,
           ARRAY(SELECT coalesce(quote_ident(a.attname), pg_get_indexdef(x.indexrelid, g.n, true))
                   || CASE WHEN x.indcollation[g.n - 1] <> coalesce(a.attcollation, x.indcollation[g.n - 1])
                           THEN ' COLLATE ' || x.indcollation[g.n - 1]::regcollation ELSE '' END
                   || CASE WHEN o.opcdefault THEN '' ELSE ' ' || quote_ident(o.opcname) END
                   || CASE x.indoption[g.n - 1] WHEN 0 THEN '' WHEN 1 THEN ' DESC NULLS LAST'
                           WHEN 2 THEN ' NULLS FIRST' ELSE ' DESC' END
                 FROM generate_series(1, x.indnkeyatts) AS g(n)
                 LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[g.n - 1]
                      AND x.indkey[g.n - 1] > 0
                 LEFT JOIN pg_opclass o ON o.oid = x.indclass[g.n - 1]
                 ORDER BY g.n) AS texts
    FROM pg_index x
    WHERE x.indexrelid = ANY ('{indexes}')
    ORDER BY 1";

/// What a partition has from its partitioned table (`conparentid`) comes by itself.
pub(super) const CONSTRAINTS: &str = "
    SELECT k.conrelid::bigint AS relation, k.conname::text AS name, k.contype::text AS type,
           pg_get_constraintdef(k.oid) AS definition, k.convalidated,
           NOT k.conislocal AND NOT t.relispartition AS inherited, d.description AS comment,
           array_to_string(k.conkey, ' ') AS attributes, k.confrelid::bigint AS parent,
           array_to_string(k.confkey, ' ') AS parent_attributes,
           CASE k.confdeltype WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE'
                WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' ELSE 'NO ACTION' END AS on_delete,
           CASE k.confupdtype WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE'
                WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' ELSE 'NO ACTION' END AS on_update
    FROM pg_constraint k
    JOIN pg_class t ON t.oid = k.conrelid AND t.relkind IN ('r', 'p')
    JOIN pg_namespace n ON n.oid = k.connamespace
    LEFT JOIN pg_description d ON d.classoid = 'pg_constraint'::regclass AND d.objoid = k.oid
    WHERE (k.contype IN ('p', 'u', 'x', 'c') OR k.contype = 'f' AND k.conparentid = 0)
      AND NOT k.conrelid = ANY ('{held}')
    ORDER BY 1, 2";

/// Triggers, policies and extended statistics of tables.
pub(super) const MEMBERS: &str = "
    SELECT 'trigger' AS kind, g.tgrelid::bigint AS relation, g.tgname::text AS name,
           pg_get_triggerdef(g.oid) AS definition, g.tgenabled::text AS state,
           NULL::boolean AS permissive, '{}'::text[] AS roles, NULL::text AS using, NULL::text AS \"check\",
           obj_description(g.oid, 'pg_trigger') AS comment
    FROM pg_trigger g
    WHERE NOT g.tgisinternal AND g.tgparentid = 0 AND NOT g.tgrelid = ANY ('{held}')
    UNION ALL
    SELECT 'policy', p.polrelid::bigint, p.polname::text, NULL, p.polcmd::text, p.polpermissive,
           ARRAY(SELECT CASE r WHEN 0 THEN 'public' ELSE pg_get_userbyid(r)::text END
                 FROM unnest(p.polroles) r ORDER BY 1),
           pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid),
           obj_description(p.oid, 'pg_policy')
    FROM pg_policy p
    WHERE NOT p.polrelid = ANY ('{held}')
    UNION ALL
    SELECT 'statistics', s.stxrelid::bigint, s.stxname::text, pg_get_statisticsobjdef(s.oid),
           NULL, NULL, '{}', NULL, NULL, NULL
    FROM pg_statistic_ext s
    WHERE NOT s.stxrelid = ANY ('{held}')
    ORDER BY 1, 2, 3";

/// Functions and procedures; aggregates cannot be printed by the server.
pub(super) const ROUTINES: &str = "
    SELECT p.oid::bigint AS oid, n.nspname::text AS namespace, p.proname::text AS name,
           pg_get_function_identity_arguments(p.oid) AS arguments, p.prokind = 'p' AS procedure,
           pg_get_functiondef(p.oid) AS definition, obj_description(p.oid, 'pg_proc') AS comment
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE p.prokind IN ('f', 'p', 'w')
      AND NOT EXISTS (SELECT FROM pg_depend h WHERE h.classid = 'pg_proc'::regclass
                      AND h.objid = p.oid AND h.refobjid = ANY ('{held}'))
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    ORDER BY 2, 3, 4";

/// Relations that an ACCESS EXCLUSIVE lock of another session closes, held or waited for, and the
/// views and functions that read from them: the server cannot print what belongs to them.
pub(super) const HELD: &str = "
    WITH RECURSIVE held(oid) AS (
        SELECT l.relation FROM pg_locks l JOIN pg_database d ON d.oid = l.database
        WHERE d.datname = current_database() AND l.locktype = 'relation'
          AND l.mode = 'AccessExclusiveLock' AND l.pid <> pg_backend_pid()
        UNION
        SELECT r.ev_class
        FROM held h
        JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = h.oid
             AND d.classid = 'pg_rewrite'::regclass
        JOIN pg_rewrite r ON r.oid = d.objid AND r.ev_class <> h.oid
    )
    SELECT c.oid::bigint AS oid, CASE c.relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'materialized view '
           WHEN 'i' THEN 'index ' ELSE 'table ' END || c.oid::regclass AS what
    FROM held JOIN pg_class c ON c.oid = held.oid
    UNION ALL
    SELECT DISTINCT p.oid::bigint, 'function ' || p.oid::regprocedure
    FROM held JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_class'::regclass
         AND d.refobjid = held.oid
    JOIN pg_proc p ON p.oid = d.objid
    ORDER BY 2";

/// What needs what. Defaults and checks count for their table or domain, rules for their view, a row
/// type for its table and an array for its element. Objects that `initdb` made have oids below 16384
/// (`FirstNormalObjectId`).
pub(super) const DEPENDENCIES: &str = "
    SELECT DISTINCT
           CASE WHEN d.classid = 'pg_proc'::regclass THEN 'p'
                WHEN d.classid = 'pg_type'::regclass OR k.contypid <> 0 THEN 't' ELSE 'c' END AS class,
           coalesce(r.ev_class, a.adrelid, nullif(k.conrelid, 0), nullif(k.contypid, 0), d.objid)::bigint AS object,
           CASE WHEN d.refclassid = 'pg_proc'::regclass THEN 'p'
                WHEN d.refclassid = 'pg_type'::regclass AND coalesce(e.typrelid, y.typrelid) = 0 THEN 't'
                WHEN d.refclassid = 'pg_type'::regclass AND yc.relkind = 'c' THEN 't'
                ELSE 'c' END AS on_class,
           CASE WHEN d.refclassid <> 'pg_type'::regclass THEN d.refobjid
                WHEN yc.oid IS NOT NULL AND yc.relkind <> 'c' THEN yc.oid
                ELSE coalesce(e.oid, y.oid) END::bigint AS \"on\"
    FROM pg_depend d
    LEFT JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
    LEFT JOIN pg_attrdef a ON d.classid = 'pg_attrdef'::regclass AND a.oid = d.objid
    LEFT JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
    LEFT JOIN pg_type y ON d.refclassid = 'pg_type'::regclass AND y.oid = d.refobjid
    LEFT JOIN pg_type e ON y.typcategory = 'A' AND e.oid = y.typelem
    LEFT JOIN pg_class yc ON yc.oid = coalesce(e.typrelid, y.typrelid)
    WHERE d.refobjid >= 16384 AND d.objid >= 16384 AND d.deptype IN ('n', 'a')
      AND d.refclassid IN ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_type'::regclass)
      AND (d.classid IN ('pg_rewrite'::regclass, 'pg_attrdef'::regclass, 'pg_class'::regclass,
                         'pg_proc'::regclass, 'pg_type'::regclass)
           OR d.classid = 'pg_constraint'::regclass AND k.contype = 'c')
      -- Neither a column's own default or check, nor an index or owned sequence.
      AND NOT (d.refclassid = 'pg_class'::regclass
               AND (d.deptype = 'a' OR d.classid = 'pg_class'::regclass))";

/// What the model has no room for.
pub(super) const UNSUPPORTED: &str = "
    SELECT o.what FROM (
        SELECT 'foreign table ' || c.oid::regclass AS what, c.oid, 'pg_class'::regclass AS class,
               c.relnamespace AS namespace
        FROM pg_class c WHERE c.relkind = 'f'
        UNION ALL
        SELECT 'storage parameters of the TOAST table of ' || c.oid::regclass, c.oid,
               'pg_class'::regclass, c.relnamespace
        FROM pg_class c JOIN pg_class t ON t.oid = c.reltoastrelid
        WHERE c.relkind IN ('r', 'm') AND t.reloptions IS NOT NULL
        UNION ALL
        SELECT 'canonical function of range ' || y.oid::regtype, y.oid, 'pg_type'::regclass, y.typnamespace
        FROM pg_range r JOIN pg_type y ON y.oid = r.rngtypid WHERE r.rngcanonical <> 0
        UNION ALL
        SELECT 'aggregate ' || p.oid::regprocedure, p.oid, 'pg_proc'::regclass, p.pronamespace
        FROM pg_proc p WHERE p.prokind = 'a'
        UNION ALL
        SELECT 'base type ' || y.oid::regtype, y.oid, 'pg_type'::regclass, y.typnamespace
        FROM pg_type y WHERE y.typtype = 'b' AND y.typelem = 0
        UNION ALL
        SELECT 'rule ' || quote_ident(r.rulename) || ' on ' || r.ev_class::regclass, r.oid,
               'pg_rewrite'::regclass, c.relnamespace
        FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class WHERE r.rulename <> '_RETURN'
        UNION ALL
        SELECT 'operator ' || o.oid::regoperator, o.oid, 'pg_operator'::regclass, o.oprnamespace
        FROM pg_operator o
        UNION ALL
        SELECT 'operator class ' || quote_ident(o.opcname), o.oid, 'pg_opclass'::regclass, o.opcnamespace
        FROM pg_opclass o
        UNION ALL
        SELECT 'collation ' || o.oid::regcollation, o.oid, 'pg_collation'::regclass, o.collnamespace
        FROM pg_collation o
        UNION ALL
        SELECT 'text search configuration ' || o.oid::regconfig, o.oid, 'pg_ts_config'::regclass,
               o.cfgnamespace
        FROM pg_ts_config o
        UNION ALL
        SELECT 'text search dictionary ' || o.oid::regdictionary, o.oid, 'pg_ts_dict'::regclass,
               o.dictnamespace
        FROM pg_ts_dict o
        UNION ALL
        SELECT 'cast ' || format_type(k.castsource, NULL) || ' as ' || format_type(k.casttarget, NULL),
               k.oid, 'pg_cast'::regclass, NULL
        FROM pg_cast k
        UNION ALL
        SELECT 'event trigger ' || quote_ident(g.evtname), g.oid, 'pg_event_trigger'::regclass, NULL
        FROM pg_event_trigger g
        UNION ALL
        SELECT 'publication ' || quote_ident(b.pubname), b.oid, 'pg_publication'::regclass, NULL
        FROM pg_publication b
        UNION ALL
        SELECT 'foreign server ' || quote_ident(v.srvname), v.oid, 'pg_foreign_server'::regclass, NULL
        FROM pg_foreign_server v
    ) o
    LEFT JOIN pg_namespace n ON n.oid = o.namespace
    WHERE o.oid >= 16384 AND coalesce(n.nspname !~ '^pg_' AND n.nspname <> 'information_schema', true)
      AND NOT EXISTS (SELECT FROM pg_depend e
                      WHERE e.classid = o.class AND e.objid = o.oid AND e.deptype IN ('e', 'i'))
    ORDER BY 1";

/// Fills in what a server of this version calls it (`server_version_num`), and what is left out
/// because it is [`HELD`].
pub(super) fn for_server(query: &str, version: u32, held: &[i64]) -> String {
    let since = |since: u32, then: &'static str, before: &'static str| {
        if version >= since { then } else { before }
    };
    let held: Vec<String> = held.iter().map(ToString::to_string).collect();
    query
        .replace("'{held}'", &format!("'{{{}}}'::oid[]", held.join(",")))
        .replace(
            "{nulls_not_distinct}",
            since(150_000, "x.indnullsnotdistinct", "false"),
        )
        .replace(
            "{compression}",
            since(140_000, "nullif(a.attcompression::text, '')", "NULL::text"),
        )
        .replace(
            "{statistics}",
            since(
                170_000,
                "a.attstattarget::text",
                "nullif(a.attstattarget, -1)::text",
            ),
        )
        .replace(
            "{multirange}",
            since(140_000, "r.rngmultitypid::regtype::text", "NULL::text"),
        )
}
