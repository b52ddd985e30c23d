//! From a row past others to those behind them: many to many.

use std::marker::PhantomData;

use super::{Loads, Relation};
use crate::model::{Model, RawQuery};
use crate::query::Column;
use crate::registry::Connection;
use crate::schema::FieldDef;
use crate::Result;
