using System.Runtime.CompilerServices;

namespace ActorStreams.Simulation.Tests;

/// <summary>Whether mutants.sh can still make every mutant that it knows, and knows the scenario that is to notice it.</summary>
[Trait("Issue", "D8")]
public sealed class MutantsSpec
{
    private static readonly string s_folder = Path.Combine(FolderOfThisFile(), "mutants"), s_root = Path.Combine(FolderOfThisFile(), "..", "..");

    public static TheoryData<string> Patches => [.. Directory.GetFiles(s_folder, "*.patch").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Patches))]
    public void A_mutant_fits_the_code_and_names_its_scenario(string mutant)
    {
        string[] patch = File.ReadAllLines(Path.Combine(s_folder, $"{mutant}.patch"));
        string code = File.ReadAllText(Path.Combine(s_root, patch.Single(line => line.StartsWith("--- a/", StringComparison.Ordinal))["--- a/".Length..]));

        Assert.Contains(patch[0]["Scenario: ".Length..], Scenario.All.Select(scenario => scenario.Name));
        Assert.All(patch.Where(line => line.StartsWith('-') && !line.StartsWith("---", StringComparison.Ordinal)), line => Assert.Contains(line[1..], code, StringComparison.Ordinal));
    }

    private static string FolderOfThisFile([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
