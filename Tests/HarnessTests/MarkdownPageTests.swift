import Testing

@testable import CheckCommands
@testable import DocumentModels
@testable import HarnessSupport

@Suite("A Markdown page")
struct MarkdownPageTests {
    struct Slug: Sendable, CustomTestStringConvertible {
        let heading: String
        let anchor: String
        var testDescription: String { heading }
        init(_ heading: String, _ anchor: String) { (self.heading, self.anchor) = (heading, anchor) }
    }

    /// As GitHub renders them.
    @Test(
        "turns a heading into GitHub's anchor",
        arguments: [
            Slug("# Hello, World!", "hello-world"), Slug("## A & B", "a--b"), Slug("### C++ / Swift", "c--swift"),
            Slug("# `harness check` [PATH…]", "harness-check-path"), Slug("# snake_case", "snake_case"),
            Slug("# a - b", "a---b"), Slug("# 1.2.3", "123"), Slug("# Ünïcode Größe", "ünïcode-größe"),
            Slug("# 日本語", "日本語"), Slug("# Launch 🚀 now", "launch--now"), Slug("# [text](target.md) end", "text-end"),
            Slug("# closed ##", "closed"), Slug("# C#", "c"), Slug("   # three blanks before", "three-blanks-before"),
            Slug("#\ttab", "tab"), Slug("# *emphasis* and **strong**", "emphasis-and-strong"),
            Slug("# it's \"quoted\"", "its-quoted"), Slug("# x ![image](i.png) y", "x-image-y"),
            Slug("# <b>bold</b>", "bold"), Slug("# a\\_b", "a_b"), Slug("# _emphasis_", "emphasis"),
        ])
    func slugs(_ slug: Slug) {
        #expect(MarkdownPage(slug.heading).anchors == [slug.anchor])
    }

    @Test("numbers headings of the same text")
    func duplicates() {
        let page = MarkdownPage("# a\n\n## A\n\n# a\n\n# b\n")
        #expect(page.anchors == ["a", "a-1", "a-2", "b"])
    }

    @Test("recognizes an underlined heading, but not a rule or a table line")
    func setext() {
        #expect(MarkdownPage("One\n===\n\nTwo words\n---\n\ntext\n\n---\n").anchors == ["one", "two-words"])
        #expect(MarkdownPage("| a | b |\n|---|---|\n| 1 | 2 |\n").anchors == [])
        #expect(MarkdownPage("- item\n---\n").anchors == [])
        #expect(MarkdownPage("# heading\n---\n").anchors == ["heading"])
    }

    @Test("does not treat a hash without a blank, or seven hashes, as a heading")
    func notHeadings() {
        #expect(MarkdownPage("#tag\n\n####### seven\n\n    # indented code\n").anchors == [])
    }

    @Test("does not treat front matter as a heading")
    func frontMatter() {
        #expect(MarkdownPage("---\ntitle: a\n---\n\n# b\n").anchors == ["b"])
    }

    @Test(
        "sees no link in code",
        arguments: [
            "```\n[a](b)\n```", "~~~sh\n[a](b)\n~~~", "````\n```\n[a](b)\n```\n````", "`[a](b)`", "`` ` [a](b) ``",
            "    [a](b)", "```\n# a\n[a](b)", "- item\n\n  ```\n  [a](b)\n  ```", "\\[a](b)", "<!-- [a](b) -->",
            "<!--\n[a](b)\n-->",
            "> ```\n> [a](b)\n> ```", "[x](",
        ])
    func code(_ text: String) {
        #expect(MarkdownPage(text).links == [])
    }

    @Test("closes a fence only at one of the same kind and length")
    func fences() {
        let page = MarkdownPage("````\n[no](no)\n```\n~~~~\n[no](no)\n`````\n[yes](yes)\n# b\n")
        #expect(page.links.map(\.target) == ["yes"])
        #expect(page.links.map(\.line) == [7])
        #expect(page.anchors == ["b"])
        #expect(
            MarkdownPage("``` is not a fence ``` [yes](yes)\n\n[also](also)\n").links.map(\.target) == ["yes", "also"])
    }

    @Test(
        "finds where a link leads",
        arguments: [
            ("[a](b.md)", "b.md"), ("[a](b.md \"title\")", "b.md"), ("[a](b.md#c)", "b.md#c"), ("[a](#c)", "#c"),
            ("![a](b.png)", "b.png"), ("[a](<b c.md>)", "b c.md"), ("[a](b%20c.md)", "b%20c.md"),
            ("[a](b_(c).md)", "b_(c).md"), ("[a]( b.md )", "b.md"), ("[a [b] c](d.md)", "d.md"),
            ("[`code`](b.md)", "b.md"), ("[a]: b.md", "b.md"), ("[a]: <b c.md> \"title\"", "b c.md"),
            ("<a href=\"b.md\">a</a>", "b.md"), ("<img alt=\"x\" src='b.png'>", "b.png"), ("[a](b\\_c.md)", "b_c.md"),
            ("[a](<b(c.md>)", "b(c.md"), ("[a](b.md 'ti)tle')", "b.md"), ("> [a](b.md)", "b.md"),
            ("| [a](b.md) |", "b.md"), ("[^1]: see [a](b.md)", "b.md"),
        ])
    func targets(_ text: String, _ target: String) {
        #expect(MarkdownPage(text).links.map(\.target) == [target])
    }

    @Test("finds both targets of an image that is a link, and every link of a line")
    func several() {
        #expect(Set(MarkdownPage("[![a](b.png)](c.md)").links.map(\.target)) == ["b.png", "c.md"])
        #expect(MarkdownPage("[a](b) and [c](d)\n[e](f)").links.map(\.target) == ["b", "d", "f"])
        #expect(MarkdownPage("[a](b) and [c](d)\n[e](f)").links.map(\.line) == [1, 1, 2])
    }

    @Test("finds explicit anchors")
    func anchors() {
        #expect(
            MarkdownPage("<a id=\"one\"></a>\n<a name='two'>x</a> <h2 align=\"center\" id=\"three\">").anchors
                == ["one", "two", "three"])
        #expect(MarkdownPage("`<a id=\"one\">`\n").anchors == [])
    }

    @Test("parses lines with CR LF ends")
    func carriageReturns() {
        let page = MarkdownPage("# a b\r\n\r\n[x](y)\r\n\r\nc\r\n===\r\n")
        #expect(page.anchors == ["a-b", "c"])
        #expect(page.links == [.init(target: "y", line: 3)])
    }

    @Test("terminates on 500 mangled texts")
    func mangled() {
        let original = Array(
            "# a `b`\n\n[c](d(e)) ![f](<g>) `` ` ``\n\n```\n[h](i)\n```\n[j]: k\n<a id=\"l\">\nm\n===\n".utf8)
        var random = SeededGenerator(seed: 2)
        for _ in 0..<500 {
            let bytes = Mutation.mangle(original, spice: Array("[]()<>`#!\\\n~=-".utf8), using: &random)
            _ = MarkdownPage(String(decoding: bytes, as: UTF8.self))
        }
    }
}
