import Synchronization

/// A value that is made when it is first asked for.
///
/// The lock is held while the value is made: each caller needs the value and would wait for it in any case. `make` must
/// not ask for the same value.
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
