//! A model may be called as generics are.
#![allow(dead_code)]

use prom::Ref;

#[prom::orm]
#[derive(Debug)]
struct N {
    n: i64,
    text: Option<String>,
}

#[prom::orm]
#[derive(Debug)]
struct P {
    #[field(reverse = "ps")]
    n_id: Ref<N>,
    #[field(reverse = "children")]
    p_id: Option<Ref<Self>>,
}

#[prom::orm]
#[derive(Debug)]
struct C {
    #[field(reverse = "cs")]
    p_id: Ref<P>,
}

#[prom::orm]
#[derive(Debug)]
struct T {
    #[field(reverse = "ts")]
    c_id: Ref<C>,
}

async fn asks() -> prom::Result<()> {
    let _: Vec<(P, N)> = P::query().with_n().eq_p_id(None).await?.into();
    let _ = T::query().where_c(|q| q.where_p(|q| q.eq_id(3))).with_c().await?;
    let _ = N::query().in_id(P::query().select_n_id()).sum_n().await?;
    Ok(())
}

fn main() {
    let _ = asks;
}
