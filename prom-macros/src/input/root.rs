//! Where generated code finds prom.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::ParseStream;
use syn::{LitStr, Path, Result, Token};

/// Where generated code finds prom: the crate that the entry point belongs to.
#[derive(Clone)]
pub(crate) struct Root {
    path: TokenStream,
    has_hidden_derive: bool,
}

impl Root {
    /// A crate that gives prom-core and this crate's macros again.
    pub(crate) fn facade(path: TokenStream) -> Self {
        Self { path, has_hidden_derive: true }
    }

    /// prom-core, which does not know these macros.
    pub(crate) fn core() -> Self {
        Self { path: quote!(::prom_core), has_hidden_derive: false }
    }

    /// Reads `= "path"`, the value of the option `crate`.
    pub(super) fn read(&mut self, input: ParseStream<'_>) -> Result<()> {
        input.parse::<Token![=]>()?;
        let path: Path = input.parse::<LitStr>()?.parse()?;
        self.path = quote!(#path);
        Ok(())
    }

    /// The module that holds all that generated code names.
    pub(crate) fn private(&self) -> TokenStream {
        let path = &self.path;
        quote!(#path::__private)
    }

    /// The derive that makes serde's attributes legal where nothing of serde is
    /// derived.
    pub(crate) fn hidden_derive(&self) -> Option<TokenStream> {
        let path = &self.path;
        self.has_hidden_derive.then(|| quote!(#[derive(#path::__Hidden)]))
    }
}
