//! UUIDs that other programs store as 16 bytes, or in capitals, are keys all the same.

use prom::prelude::*;
use prom::{Kind, Result, Uuid};

use super::database::{Database, PLACES, refused};

#[prom::orm(table = "owner", id = Uuid, created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Owner {
    name: String,
}

#[prom::orm(table = "pet", id = Uuid, created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Pet {
    #[field(reverse = "pets")]
    owner_id: Ref<Owner>,
    friend_id: Option<Ref<Owner>>,
    name: String,
}

/// As sqlx and SeaORM make them, without ON UPDATE CASCADE.
fn sql(ty: &str) -> String {
    format!(
        "CREATE TABLE owner (_id {ty} NOT NULL PRIMARY KEY, name TEXT NOT NULL); \
         CREATE TABLE pet (_id {ty} NOT NULL PRIMARY KEY, owner_id {ty} NOT NULL REFERENCES owner (_id), \
         friend_id {ty} REFERENCES owner (_id), name TEXT NOT NULL); \
         CREATE INDEX pet_owner ON pet (owner_id);"
    )
}

/// The literal of a UUID.
type Spell = fn(Uuid) -> String;

fn blob(uuid: Uuid) -> String {
    format!("X'{}'", uuid.simple())
}

fn capitals(uuid: Uuid) -> String {
    format!("'{}'", uuid.hyphenated().to_string().to_uppercase())
}

fn simple(uuid: Uuid) -> String {
    format!("'{}'", uuid.simple())
}

fn braced(uuid: Uuid) -> String {
    format!("'{}'", uuid.braced())
}

const SPELLS: [(&str, Spell, &str); 4] = [
    ("blob", blob, "BLOB"),
    ("capitals", capitals, "TEXT"),
    ("simple", simple, "TEXT"),
    ("braced", braced, "TEXT"),
];

fn uuid(number: u128) -> Uuid {
    Uuid::from_u128(0xabcd_ef01_2345_4678_8abc_def0_0000_0000 + number)
}

/// Owners 1 to 3 and pets 11 to 13, theirs.
fn database(test: &str, spell: Spell, ty: &str) -> Result<Database> {
    let database = Database::new(test, "", &sql(ty))?;
    for number in 1..4 {
        let (owner, pet) = (spell(uuid(number)), spell(uuid(number + 10)));
        database.run(&format!(
            "INSERT INTO owner VALUES ({owner}, 'o{number}'); INSERT INTO pet VALUES ({pet}, {owner}, NULL, 'p{number}')"
        ));
    }
    Ok(database)
}

#[tokio::test]
async fn a_key_in_another_spelling_is_found_saved_and_deleted() -> Result<()> {
    for (name, spell, ty) in SPELLS {
        let database = database(&format!("uuid key {name}"), spell, ty)?;
        let db = &database.prom;
        for place in PLACES {
            let mut row = Owner::find(uuid(1)).on(db).await?.expect(name);
            row.name = format!("{place:?}");
            place.run(&database, async { row.save().on(db).await }).await?;
            row.reload().on(db).await?;
            assert_eq!(row.name, format!("{place:?}"), "{name}");
        }
        let wanted = [uuid(1), uuid(3)];
        let found = Owner::query().in_id(wanted).order_id(wanted).select_id().on(db).await?;
        assert_eq!(found.into_vec(), wanted, "{name}");
        assert_eq!(Owner::query().nin_id(wanted).select_id().on(db).await?.into_vec(), [uuid(2)], "{name}");
        assert_eq!(Owner::query().ne_id(uuid(1)).on(db).count().await?, 2, "{name}");
        let sorted = Owner::query().desc_id().select_id().on(db).await?;
        assert_eq!(sorted.into_vec(), [uuid(3), uuid(2), uuid(1)], "{name}");
        let pets = Pet::query().in_owner_id(Owner::query().eq_name("o2").select_id()).on(db).await?;
        assert_eq!(pets.iter().map(|pet| &*pet.name).collect::<Vec<_>>(), ["p2"], "{name}");
        assert!(Pet::find(uuid(13)).on(db).await?.expect(name).delete().on(db).await?);
        assert!(Owner::find(uuid(3)).on(db).await?.expect(name).delete().on(db).await?);
        assert_eq!(database.rows("SELECT count(*) FROM owner"), ["2"], "{name}");
        assert_eq!(Owner::find(uuid(3)).on(db).await?, None);
    }
    Ok(())
}

#[tokio::test]
async fn a_key_in_another_spelling_is_in_the_way() -> Result<()> {
    for (name, spell, ty) in SPELLS {
        for place in PLACES {
            let database = database(&format!("uuid conflict {name} {place:?}"), spell, ty)?;
            let db = &database.prom;
            let create = || Owner::create().id(uuid(1)).on(db);
            refused(place.run(&database, create().name("x").insert()).await, Kind::Unique);
            let row = place.run(&database, create().name("y").upsert()).await?;
            assert_eq!((row.id, &*row.name), (uuid(1), "y"), "{name}");
            assert!(place.run(&database, create().name("z").or_ignore()).await?.is_none(), "{name}");
            assert_eq!(database.rows("SELECT name FROM owner ORDER BY name"), ["o2", "o3", "y"], "{name}");
            // A new key is written as prom does, and is in nobody's way.
            place.run(&database, Owner::create().name("new").on(db).insert()).await?;
            assert_eq!(Owner::query().on(db).count().await?, 4);
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_reference_is_written_as_its_row_spells_the_key() -> Result<()> {
    for (name, spell, ty) in SPELLS {
        for place in PLACES {
            let database = database(&format!("uuid reference {name} {place:?}"), spell, ty)?;
            let db = &database.prom;
            let owner = Owner::find(uuid(2)).on(db).await?.expect(name);
            let pet = Pet::create().owner_id(&owner).name("new").on(db);
            let mut pet = place.run(&database, pet.insert()).await?;
            assert_eq!(pet.owner_id.key(), &uuid(2), "{name}");
            let joined = "SELECT pet.name, owner.name FROM pet JOIN owner ON owner._id = pet.owner_id \
                          WHERE pet.name = 'new'";
            assert_eq!(database.rows(joined), ["new|o2"], "{name}");
            pet.owner_id = uuid(1).into();
            // No row spells it otherwise yet.
            pet.friend_id = Some(uuid(3).into());
            place.run(&database, async { pet.save().on(db).await }).await?;
            assert_eq!(database.rows(joined), ["new|o1"], "{name}");
            let friends = Pet::query().eq_friend_id(uuid(3)).select_name().on(db).await?;
            assert_eq!(friends.into_vec(), ["new"], "{name}");
            let nobody = Pet::create().owner_id(uuid(9)).name("lost").on(db);
            refused(place.run(&database, nobody.insert()).await, Kind::ForeignKey);
            let mut names = Pet::query().eq_owner_id(uuid(1)).select_name().on(db).await?.into_vec();
            names.sort();
            assert_eq!(names, ["new", "p1"], "{name}");
        }
    }
    Ok(())
}
