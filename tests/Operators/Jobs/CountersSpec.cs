using System.Reflection;
using System.Text.RegularExpressions;

namespace ActorStreams.Operators.Tests.Jobs;

/// <summary>What operators count has one list of names.</summary>
public sealed partial class CountersSpec
{
    [Fact]
    public void Every_name_that_an_operator_counts_by_is_in_the_list_and_no_other()
    {
        string[] listed = [.. typeof(Counters).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(field => (string)field.GetRawConstantValue()!).Order()];
        Assert.Equal(listed, listed.Distinct());
        string[] counted = [.. Sources().SelectMany(Named).Append("rows").Append("errors").Distinct().Order()];
        Assert.Equal(listed, counted);
    }

    /// <summary>The names in the bodies of properties that give counters, which end with their statement.</summary>
    private static IEnumerable<string> Named(string file) =>
        from Match body in Own().Matches(File.ReadAllText(file))
        from Match name in Name().Matches(body.Value)
        select name.Groups["name"].Value;

    private static IEnumerable<string> Sources()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "ActorStreams.sln")))
            folder = Path.GetDirectoryName(folder)!;
        return Directory.EnumerateFiles(Path.Combine(folder, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));
    }

    [GeneratedRegex(@"IEnumerable<\(string Name, long Value\)> \w+\s*=>[^;]*;", RegexOptions.None, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Own();

    [GeneratedRegex(@"\(""(?<name>[a-z_]+)"",", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Name();
}
