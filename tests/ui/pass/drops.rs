//! A model may implement `Drop`.

#[prom::orm]
struct Secret {
    text: String,
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.text.clear();
    }
}

fn main() {
    drop(Secret::query());
}
