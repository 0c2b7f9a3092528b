namespace ActorStreams.Architecture.Tests;

/// <summary>The public API of every library stands in PublicApi/*.txt, so that no change to it goes unseen.</summary>
public sealed class PublicApiSpec
{
    private const string Accept = "ACTORSTREAMS_ACCEPT_API";

    public static TheoryData<string> Libraries => [.. Repository.Assemblies.Keys.Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Libraries))]
    public void The_public_API_is_what_was_accepted(string library)
    {
        string file = Repository.PathOf("tests", "Architecture", "PublicApi", $"{library}.txt");
        string[] present = [.. ApiText.Of(Repository.Assemblies[library])];
        if (Environment.GetEnvironmentVariable(Accept) == "1")
            File.WriteAllText(file, string.Concat(present.Select(line => line + "\n")));
        string[] accepted = File.Exists(file) ? File.ReadAllLines(file) : [];
        string[] difference = [.. accepted.Except(present).Select(line => $"- {line}"), .. present.Except(accepted)
            .Select(line => $"+ {line}")];
        Assert.True(difference.Length == 0 && accepted.SequenceEqual(present),
            $"The public API of {library} has changed:\n{string.Join('\n', difference)}\nIf that is meant, run this test with {Accept}=1 and commit tests/Architecture/PublicApi/{library}.txt.");
    }
}
