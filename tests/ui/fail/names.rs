//! Names that no database takes.

#[prom::orm(table = "", schema = "a\0b", index(name = "", a))]
struct Foo {
    #[field(name = "")]
    a: i64,
    #[field(name = "a_column_whose_name_takes_up_more_than_the_sixty_three_bytes_there_are")]
    b: i64,
}

#[prom::orm]
struct ATableWhoseNameTakesUpMoreThanTheSixtyThreeBytesThatThereAre {
    a: i64,
}

fn main() {}
