/// Why a row was not accepted. Its text is what the rejected rows' file says.
public struct Rejection: Equatable, Sendable {
    let problem: Problem
    /// Which field, by its place in the schema; `nil` when it is the row as a whole.
    let field: Int?
    /// The figure that some texts carry.
    let figure: Int

    init(_ problem: Problem, field: Int? = nil, figure: Int = 0) {
        self.problem = problem
        self.field = field
        self.figure = figure
    }

    public enum Problem: UInt8, Sendable, CaseIterable {
        case tooLong, notUTF8, strayQuote, textAfterQuote, openQuote, fieldCount
        case notAnObject, unknownField, repeatedField
        case missing, wrongType, notText, longText, notAChoice, notADate, notANumber, tooManyDecimals, outOfRange
        /// Two fields that contradict each other; the text is the job's.
        case contradiction
    }

    func text(_ schema: Schema, contradiction: String = "") -> String {
        let body =
            switch problem {
            case .tooLong: "longer than \(figure) bytes"
            case .notUTF8: "not UTF-8"
            case .strayQuote: "quotation mark inside an unquoted field"
            case .textAfterQuote: "text after a closing quotation mark"
            case .openQuote: "quoted field never ends"
            case .fieldCount: "\(figure) fields instead of \(schema.fields.count)"
            case .notAnObject: "not a JSON object"
            case .unknownField: "a field that the schema does not name"
            case .repeatedField: "a field named twice"
            case .missing: "missing"
            case .wrongType: "of the wrong JSON type"
            case .notText: "not Unicode text"
            case .longText: "longer than \(figure) bytes"
            case .notAChoice: "not one of the values allowed"
            case .notADate: "not a date as YYYY-MM-DD"
            case .notANumber: "not a number"
            case .tooManyDecimals: "more decimals than allowed"
            case .outOfRange: "out of range"
            case .contradiction: contradiction
            }
        guard let field else { return body }
        return "\(schema.fields[field].name): \(body)"
    }
}
