//! Live databases to `Schema`.
