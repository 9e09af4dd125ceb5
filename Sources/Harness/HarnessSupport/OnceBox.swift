import Synchronization

/// A value that is computed on first use.
///
/// The lock is held during the computation, because each caller needs the value anyway. `make` must not request the
/// same value.
package final class OnceBox<Value: Sendable>: Sendable {
    private let made = Mutex<Value?>(nil)

    package init() {}

    package func value(_ make: () -> Value) -> Value {
        made.withLock { made in
            let value = made ?? make()
            made = value
            return value
        }
    }
}
