import Glibc
public func probe(_ path: String, _ rows: Bool, _ chunk: Int) throws {
    let format = RecordFormat(objectName: path)!
    let f = fopen(path, "rb")!
    fseek(f, 0, SEEK_END); let n = ftell(f); rewind(f)
    let all = UnsafeMutableRawBufferPointer.allocate(byteCount: n, alignment: 64)
    fread(all.baseAddress, 1, n, f)
    for _ in 0..<4 {
    let c = ContinuousClock.now
    let p = RecordPipeline<ClaimJob>(format, job: ClaimJob(), writesRows: rows)
    var o = 0, out = 0
    while o < n {
        let m = min(chunk, n - o)
        try p.feed(UnsafeRawBufferPointer(rebasing: all[o..<o+m])); o += m
        out += p.sink.accepted.count + p.sink.rejected.count; p.sink.accepted.removeAll(); p.sink.rejected.removeAll()
    }
    try p.finish()
    out += p.sink.accepted.count + p.sink.rejected.count; p.sink.accepted.removeAll(); p.sink.rejected.removeAll()
    print(ContinuousClock.now - c, p.sink.rowsRead, p.sink.rowsAccepted, p.sink.rowsRejected, out)
    }
}
