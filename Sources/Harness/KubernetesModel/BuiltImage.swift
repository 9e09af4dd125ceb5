import CheckCore
import HarnessSupport

/// An image that a Containerfile of this repository builds.
package struct BuiltImage: Sendable {
    package let containerfile: String
    /// `report` of `report/Containerfile` and of `report/image/Containerfile`.
    let name: String
    package let exposed: [(port: Int, line: Int)]

    static func all(in repository: Repository) -> [BuiltImage] {
        repository.artifacts(of: .containerfile).map { file in
            let folder = file.folder.lastPathPart == "image" ? file.folder.parentPath : file.folder
            let lines = (repository.text(of: file.path) ?? "").lines
            let exposed = lines.enumerated().flatMap { index, line -> [(Int, Int)] in
                let words = line.split(separator: " ")
                guard words.first?.uppercased() == "EXPOSE" else { return [] }
                return words.dropFirst().compactMap { Int($0.prefix { $0 != "/" }) }.map { ($0, index + 1) }
            }
            return BuiltImage(containerfile: file.path, name: folder.lastPathPart, exposed: exposed)
        }
    }

    package static func making(_ image: String, in repository: Repository) -> BuiltImage? {
        let name = ImageReference(image).repository.lastPathPart
        let images = all(in: repository)
        // At the root of a repository the folder has no name.
        return images.first { $0.name == name } ?? (images.count == 1 && images[0].name.isEmpty ? images[0] : nil)
    }
}
