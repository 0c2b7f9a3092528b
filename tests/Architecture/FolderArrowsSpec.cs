namespace ActorStreams.Architecture.Tests;

/// <summary>The arrows between the folders of each library: which folder refers to which other, by the types that it names.</summary>
/// <remarks>A line is a folder and everything that it refers to; folders come in the order of the walk, each after all that it refers to.</remarks>
public sealed class FolderArrowsSpec
{
    private static readonly Dictionary<string, string> s_stated = new(StringComparer.Ordinal)
    {
    };

    public static TheoryData<string> Libraries => [.. Repository.Assemblies.Keys.Where(library => library != "ActorStreams")];

    [Theory]
    [MemberData(nameof(Libraries))]
    public void Every_arrow_is_stated(string library)
    {
        string found = string.Join('\n', Lines(library)), stated = s_stated.GetValueOrDefault(library, "").ReplaceLineEndings("\n");
        string[] fresh = [.. found.Split('\n').Except(stated.Split('\n'), StringComparer.Ordinal)];
        Assert.True(found == stated, $"{library}: these lines are not as stated:\n{string.Join('\n', fresh)}\nAll of them:\n{found}");
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void No_folder_refers_back_to_itself(string library)
    {
        IReadOnlyDictionary<(string From, string To), SortedSet<string>> arrows = ArrowsOf(library);
        IReadOnlyList<string> cycle = FolderArrows.Cycle(arrows.Keys);
        Assert.True(cycle.Count == 0, $"{library}: {string.Join(" -> ", cycle)}\n" + string.Join('\n', cycle.Zip(cycle.Skip(1))
            .Select(step => $"{step.First} -> {step.Second}: {string.Join(", ", arrows[step].Take(5))}")));
    }

    [Fact]
    public void A_circle_is_found_and_printed() =>
        Assert.Equal(["b", "c", "d", "b"], FolderArrows.Cycle([("a", "b"), ("b", "c"), ("c", "d"), ("d", "b"), ("d", "e")]));

    [Fact]
    public void An_arrow_says_which_types_make_it() => Assert.Contains("OperatorErrors -> DeadLetter", ArrowsOf("Core")[("Exchange", "Records")]);

    private static IReadOnlyDictionary<(string From, string To), SortedSet<string>> ArrowsOf(string library) =>
        FolderArrows.Of(Repository.Assemblies[library].Location, $"src/{library}");

    private static IEnumerable<string> Lines(string library)
    {
        (string From, string To)[] arrows = [.. ArrowsOf(library).Keys];
        var left = new SortedSet<string>(arrows.SelectMany(arrow => (string[])[arrow.From, arrow.To]), StringComparer.Ordinal);
        while (left.Count > 0)
        {
            // each folder after all that it refers to; of a circle, whatever comes first
            string next = left.FirstOrDefault(folder => !arrows.Any(arrow => arrow.From == folder && left.Contains(arrow.To))) ?? left.Min!;
            left.Remove(next);
            yield return $"{next}: {string.Join(' ', arrows.Where(arrow => arrow.From == next).Select(arrow => arrow.To).Order(StringComparer.Ordinal))}".TrimEnd();
        }
    }
}
