/// An object, down to the one version of it that is meant.
public struct S3Object: Sendable, Equatable {
    public let bucket: String
    public let key: String
    public var versionID: String?
    /// Without quotation marks.
    public var eTag: String?

    public init(bucket: String, key: String, versionID: String? = nil, eTag: String? = nil) {
        self.bucket = bucket
        self.key = key
        self.versionID = versionID
        self.eTag = eTag
    }
}
