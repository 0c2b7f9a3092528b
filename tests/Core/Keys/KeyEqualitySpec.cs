using System.Collections.Immutable;
using ActorStreams.Core.Keys;

namespace ActorStreams.Core.Tests.Keys;

/// <summary>Keys must be equal by content: those that are not would make a group of every row, and never find their state again.</summary>
public sealed class KeyEqualitySpec
{
    public static TheoryData<Action> Fine => [Check<string>, Check<int>, Check<int?>, Check<Guid>, Check<decimal>, Check<DateTimeOffset>, Check<DayOfWeek>, Check<(string, int)>, Check<Tuple<string, int>>,
        Check<KeyValuePair<string, int>>, Check<Place>, Check<Point>, Check<Nested>, Check<Believed>, Check<object>, Check<IComparable>, Check<Chain>, Check<Uri>];

    public static TheoryData<string, Action> Refused => new()
    {
        { "'byte[]', a byte[],", Check<byte[]> },
        { "'List<int>', a List<int>,", Check<List<int>> },
        { "'ByReference', a ByReference,", Check<ByReference> },
        { "'ImmutableArray<int>', a ImmutableArray<int>,", Check<ImmutableArray<int>> },
        { "'IReadOnlyList<int>', a IReadOnlyList<int>,", Check<IReadOnlyList<int>> },
        { "'Tagged.Tags', a string[],", Check<Tagged> },
        { "'ValueTuple<string, List<int>>.Item2', a List<int>,", Check<(string, List<int>)> },
        { "'Holder.Inner.Tags', a string[],", Check<Holder> },
        { "'Plain.Value', a ByReference,", Check<Plain> },
    };

    [Theory]
    [MemberData(nameof(Fine))]
    public void What_is_compared_by_content_is_a_key(Action check) => check();

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_is_compared_by_reference_is_refused_with_the_field_and_the_remedy(string culprit, Action check)
    {
        PipelineException error = Assert.Throws<PipelineException>(check);
        Assert.StartsWith("Pipeline 'shop': keys of type '", error.Message, StringComparison.Ordinal);
        Assert.Contains($": {culprit} is compared by reference", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("override Equals and GetHashCode.", error.Message, StringComparison.Ordinal);
    }

    private static void Check<TKey>() => KeyEquality.Check<TKey>("shop");

    private sealed record Place(string City, int Zip);

    private readonly record struct Point(double X, double Y);

    private sealed record Nested(Place Place, Point? Point);

    private sealed record Chain(int Head, Chain? Tail);

    private sealed record Tagged(string Name, string[] Tags);

    private sealed record Holder(Tagged Inner);

    private struct Plain
    {
        public ByReference Value { get; set; }
    }

    private sealed class ByReference
    {
        public string Name { get; set; } = "";
    }

    private sealed class Believed(string[] tags)
    {
        public override bool Equals(object? obj) => obj is Believed other && other.Tags.SequenceEqual(Tags, StringComparer.Ordinal);

        public override int GetHashCode() => Tags.Length;

        private string[] Tags { get; } = tags;
    }
}
