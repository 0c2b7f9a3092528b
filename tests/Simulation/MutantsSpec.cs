using System.Runtime.CompilerServices;

namespace ActorStreams.Simulation.Tests;

/// <summary>Whether mutants.sh can still make every mutant that it knows, and knows the scenario that is to notice it.</summary>
[Trait("Issue", "D8")]
public sealed class MutantsSpec
{
    private static readonly string s_folder = Path.Combine(FolderOfThisFile(), "mutants"),
        s_root = Path.Combine(FolderOfThisFile(), "..", "..");

    public static TheoryData<string> Patches =>
        [.. Directory.GetFiles(s_folder, "*.patch").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Patches))]
    public void A_mutant_fits_the_code_and_names_its_scenario(string mutant)
    {
        string[] patch = File.ReadAllLines(Path.Combine(s_folder, $"{mutant}.patch"));
        string file = patch.Single(line => line.StartsWith("--- a/", StringComparison.Ordinal))["--- a/".Length..];
        string code = File.ReadAllText(Path.Combine(s_root, file)).ReplaceLineEndings("\n");

        Assert.Contains(patch[0]["Scenario: ".Length..], Scenario.All.Select(scenario => scenario.Name).Append("any").Append("nodes"));
        Assert.NotEmpty(Replaced(patch));
        Assert.All(Replaced(patch), lines => Assert.Contains(lines, code, StringComparison.Ordinal));
        Assert.Equal(patch.Where(IsHead), Heads(patch));
    }

    [Fact]
    public void No_mutant_stands_in_the_product() =>
        Assert.DoesNotContain(
            Directory.EnumerateFiles(Path.Combine(s_root, "src"), "*.cs", SearchOption.AllDirectories),
            file => File.ReadAllText(file).Contains("MUTANT", StringComparison.Ordinal));

    /// <summary>What each part of a patch expects to find.</summary>
    private static List<string> Replaced(string[] patch)
    {
        List<string> parts = [];
        foreach (string line in patch.SkipWhile(line => !IsHead(line)))
        {
            if (IsHead(line))
                parts.Add("");
            else if (line.StartsWith(' ') || line.StartsWith('-'))
                parts[^1] += line[1..] + "\n";
        }

        return parts;
    }

    /// <summary>The heads that the parts of a patch must have: git takes no part whose head counts other lines than follow it.</summary>
    private static List<string> Heads(string[] patch)
    {
        List<string> heads = [];
        for (int at = 0; at < patch.Length; at++)
        {
            if (!IsHead(patch[at]))
                continue;
            string[] part = [.. patch.Skip(at + 1).TakeWhile(line => !IsHead(line))];
            int before = part.Count(line => line.StartsWith(' ') || line.StartsWith('-'));
            int after = part.Count(line => line.StartsWith(' ') || line.StartsWith('+'));
            string[] words = patch[at].Split(' ', 4);
            heads.Add($"@@ {words[1].Split(',')[0]},{before} {words[2].Split(',')[0]},{after} {words[3]}");
        }

        return heads;
    }

    private static bool IsHead(string line) => line.StartsWith("@@", StringComparison.Ordinal);

    private static string FolderOfThisFile([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
