/// Turns raw fields into typed values, field by field in the schema's order.
struct RowDecoder {
    private struct Spec {
        var kind: Kind
        var isRequired: Bool
        var low: Int64
        var high: Int64
        var choices: ChoiceTable?

        enum Kind: UInt8 { case text, choice, integer, money, date }
    }

    let fieldCount: Int
    private let specs: UnsafeMutablePointer<Spec>
    private let values: UnsafeMutablePointer<Int64>

    /// One for each object; whoever made it deallocates it.
    init(_ schema: Schema) {
        fieldCount = schema.fields.count
        specs = .allocate(capacity: max(1, fieldCount))
        values = .allocate(capacity: max(1, fieldCount))
        values.initialize(repeating: 0, count: max(1, fieldCount))
        for (index, field) in schema.fields.enumerated() {
            let spec =
                switch field.kind {
                case .text(let limit): Spec(kind: .text, isRequired: field.isRequired, low: 0, high: Int64(limit))
                case .choice(let values):
                    Spec(kind: .choice, isRequired: field.isRequired, low: 0, high: 0, choices: ChoiceTable(values))
                case .integer(let range):
                    Spec(kind: .integer, isRequired: field.isRequired, low: range.lowerBound, high: range.upperBound)
                case .money(let range):
                    Spec(kind: .money, isRequired: field.isRequired, low: range.lowerBound, high: range.upperBound)
                case .date(let range):
                    Spec(
                        kind: .date, isRequired: field.isRequired, low: range.lowerBound.days,
                        high: range.upperBound.days)
                }
            (specs + index).initialize(to: spec)
        }
    }

    func deallocate() {
        for index in 0..<fieldCount { specs[index].choices?.deallocate() }
        specs.deallocate()
        values.deallocate()
    }

    /// - Parameter fields: as many as the schema has, in its order.
    @inline(__always)
    func decode(_ fields: UnsafeMutablePointer<RawField>, number: Int) throws(RowFailure) -> Row {
        var present: UInt64 = 0
        for index in 0..<fieldCount {
            let field = fields[index]
            if field.count == 0 && (field.kind == .absent || field.kind == .plain || field.kind == .string) {
                if specs[index].isRequired { throw RowFailure(.missing, index) }
                continue
            }
            present |= 1 << UInt64(index)
            let kind = specs[index].kind
            if field.kind != .plain {
                if field.kind == .brokenString {
                    throw RowFailure(kind == .integer || kind == .money ? .wrongType : .notText, index)
                }
                let wanted: RawField.Kind = kind == .integer || kind == .money ? .number : .string
                if field.kind != wanted { throw RowFailure(.wrongType, index) }
            }
            switch kind {
            case .text:
                if field.count > Int(specs[index].high) {
                    throw RowFailure(.longText, index, Int(specs[index].high))
                }
            case .choice:
                guard let value = specs[index].choices.unsafelyUnwrapped.index(field.start, count: field.count) else {
                    throw RowFailure(.notAChoice, index)
                }
                values[index] = value
            case .integer, .money:
                let value: Int64
                do throws(DecimalNumber.Failure) {
                    value = try DecimalNumber.parse(field.start, count: field.count, scale: kind == .money ? 2 : 0)
                } catch {
                    switch error {
                    case .malformed: throw RowFailure(.notANumber, index)
                    case .tooFine: throw RowFailure(.tooManyDecimals, index)
                    case .tooLarge: throw RowFailure(.outOfRange, index)
                    }
                }
                if value < specs[index].low || value > specs[index].high { throw RowFailure(.outOfRange, index) }
                values[index] = value
            case .date:
                guard let date = CivilDate.parse(field.start, count: field.count) else {
                    throw RowFailure(.notADate, index)
                }
                if date.days < specs[index].low || date.days > specs[index].high {
                    throw RowFailure(.outOfRange, index)
                }
                values[index] = date.days
            }
        }
        return Row(number: number, values: values, fields: fields, present: present)
    }
}

/// A `Rejection` as the hot path throws it: no allocation.
struct RowFailure: Error {
    let rejection: Rejection

    init(_ problem: Rejection.Problem, _ field: Int? = nil, _ figure: Int = 0) {
        rejection = Rejection(problem, field: field, figure: figure)
    }
}
