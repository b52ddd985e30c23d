//! Which tables come before which: those that are referred to come first.

use super::Schema;

/// `wanted` and every model that they refer to, parents before children. In a
/// cycle, some reference points forward; its table comes later.
pub fn parents_first(wanted: impl IntoIterator<Item = &'static Schema>) -> Vec<&'static Schema> {
    let mut seen = Vec::new();
    let mut sorted = Vec::new();
    for it in wanted {
        visit(it, &mut seen, &mut sorted);
    }
    sorted
}

fn visit(schema: &'static Schema, seen: &mut Vec<&'static Schema>, sorted: &mut Vec<&'static Schema>) {
    if seen.iter().any(|it| std::ptr::eq(*it, schema)) {
        return;
    }
    seen.push(schema);
    for it in schema.fields().iter().filter_map(|it| it.reference) {
        visit((it.target)(), seen, sorted);
    }
    sorted.push(schema);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{FieldDef, OnDelete, Reference, Type};

    static A: Schema = Schema::new("A", "a", &[to("b_id", || &B)]);
    static B: Schema = Schema::new("B", "b", &[to("c_id", || &C), to("b_id", || &B)]);
    static C: Schema = Schema::new("C", "c", &[to("b_id", || &B)]);

    const fn to(name: &'static str, target: fn() -> &'static Schema) -> FieldDef {
        FieldDef::new(name, Type::I64).reference(Reference { target, on_delete: OnDelete::Cascade })
    }

    #[test]
    fn parents_come_first_and_a_cycle_ends() {
        let names: Vec<_> = parents_first([&A]).iter().map(|it| it.table()).collect();
        assert_eq!(names, ["c", "b", "a"]);
    }
}
