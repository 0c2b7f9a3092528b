using System.Text.RegularExpressions;

namespace ActorStreams.Architecture.Tests;

/// <summary>Every C# block of the documentation is a region of a file in Snippets, which is compiled and run.</summary>
public sealed partial class DocumentationSpec
{
    private static readonly string[] s_pages = ["README.md",
        .. Directory.GetFiles(Repository.PathOf("docs"), "*.md", SearchOption.AllDirectories)];

    [Fact]
    public void Every_block_is_compiled_and_run()
    {
        string[] known = [.. Regions()];
        string[] unknown = [.. Blocks().Where(block => !known.Contains(block, StringComparer.Ordinal))];
        Assert.Empty(unknown);
    }

    [Fact]
    public void Every_region_is_shown_somewhere()
    {
        string[] shown = [.. Blocks()];
        string[] hidden = [.. Regions().Where(region => !shown.Contains(region, StringComparer.Ordinal))];
        Assert.Empty(hidden);
    }

    [Fact]
    public void Every_link_to_a_file_leads_to_one() =>
        Assert.Empty(s_pages.SelectMany(page => Link().Matches(Repository.Read(page)).Select(match => match.Groups["target"].Value)
            .Where(target => !target.Contains("://", StringComparison.Ordinal)
                && !Path.Exists(Path.Combine(Path.GetDirectoryName(Repository.PathOf(page))!, target)))
            .Select(target => $"{page}: {target}")));

    private static IEnumerable<string> Blocks() =>
        s_pages.SelectMany(page => Block().Matches(Repository.Read(page)).Select(match => match.Groups["code"].Value.Trim('\n')));

    private static IEnumerable<string> Regions() =>
        Repository.SourcesOf(Path.Combine("tests", "Architecture", "Snippets"))
            .SelectMany(file => Region().Matches(File.ReadAllText(file).ReplaceLineEndings("\n"))
                .Select(match => Dedent(match.Groups["code"].Value)));

    private static string Dedent(string code)
    {
        string[] lines = code.Trim('\n').Split('\n');
        int indent = lines.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length == 0 ? line : line[indent..]));
    }

    [GeneratedRegex(@"^```csharp\n(?<code>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 5000)]
    private static partial Regex Block();

    [GeneratedRegex(@"^ *#region [^\n]*\n(?<code>.*?)^ *#endregion",
        RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Region();

    [GeneratedRegex(@"\]\((?<target>[^)#]+)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Link();
}
