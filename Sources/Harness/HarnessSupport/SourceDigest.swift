/// The SHA-256 sums of the modules' sources. The build adds one for each module: see `Plugins/SourceDigest`.
package enum SourceDigest {}
