//! The plugins as programs, against real databases and real HTTP. Run them with `tests/run.sh`.

mod common;
mod db;
mod journey;
mod layers;
mod scaffold;
