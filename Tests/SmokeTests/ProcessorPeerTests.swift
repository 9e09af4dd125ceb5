import Foundation
import TestSupport
import Testing

@testable import CheckCommands

/// What the processor is measured against must do the same job: a peer that judges less is faster for nothing.
@Suite("The processor's peers", .timeLimit(.minutes(60)))
struct ProcessorPeerTests {
    @Test("judge a row on both sides of each limit")
    func limits() async throws {
        let script = """
            import peers

            sound = dict(
                claim_id="c" * 32, policy_id="p", claim_type="theft", region="DE-BE", incident_date="1990-01-01",
                reported_date="1990-01-01", amount="0.01", deductible="", vehicle_year="1991", description="x" * 500)
            accepted = [
                {}, {"amount": "99999999.99"}, {"deductible": "0"}, {"deductible": "1000000"}, {"vehicle_year": "1950"},
                {"incident_date": "2099-12-31", "reported_date": "2099-12-31", "vehicle_year": "2099"},
            ]
            refused = [
                {"claim_id": ""}, {"claim_id": "c" * 33}, {"policy_id": ""}, {"claim_type": "flood"}, {"region": "DE"},
                {"incident_date": "1989-12-31"}, {"reported_date": "2100-01-01"}, {"incident_date": "1990-01-02"},
                {"amount": "0"}, {"amount": "100000000"}, {"amount": "0.015"}, {"amount": "much"}, {"deductible": "-0.01"},
                {"deductible": "1000000.01"}, {"vehicle_year": "1949"}, {"vehicle_year": "1992"},
                {"incident_date": "2099-12-31", "reported_date": "2099-12-31", "vehicle_year": "2100"},
                {"description": "x" * 501},
            ]
            for change in accepted:
                if peers.check({**sound, **change}) is None:
                    print("refused", change)
            for change in refused:
                if peers.check({**sound, **change}) is not None:
                    print("accepted", change)
            print("asked", len(accepted) + len(refused))
            """
        let said = try await python(script, importing: "Bench/Lambda", in: .moto)
        #expect(said.stdout == "asked 24\n", "\(said.stdout)\(said.stderr)")
    }
}
