using System.Collections.Immutable;
using ActorStreams.Core.Keys;

namespace ActorStreams.Core.Tests.Keys;

/// <summary>Keys must be equal by content: those that are not would make a group of every row, and never find their state again.</summary>
public sealed class KeyEqualitySpec
{
    public static TheoryData<Action> Fine =>
        [Check<string>, Check<int>, Check<int?>, Check<Guid>, Check<decimal>, Check<DateTimeOffset>, Check<DayOfWeek>,
            Check<(string, int)>, Check<Tuple<string, int>>,
        Check<KeyValuePair<string, int>>, Check<Place>, Check<Point>, Check<Nested>, Check<Declared>, Check<object>, Check<IComparable>,
            Check<Chain>, Check<Uri>, Check<Int128>, Check<(Declared, Point?)>];

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

    public static TheoryData<string, Action> OnlyTheTypeKnows => new()
    {
        { "'OwnEquality' knows ('OwnEquality')", Check<OwnEquality> },
        { "'OwnEquality' knows ('ValueTuple<int, OwnEquality>.Item2')", Check<(int, OwnEquality)> },
        { "'OwnEquality' knows ('Holds.Inner')", Check<Holds> },
        { "'OwnStruct' knows ('OwnStruct')", Check<OwnStruct> },
        { "'OwnStruct' knows ('OwnStruct?')", Check<OwnStruct?> },
        { "'TypedStruct' knows ('TypedStruct')", Check<TypedStruct> },
        { "'TypedClass' knows ('TypedClass')", Check<TypedClass> },
        { "'OwnRecord' knows ('OwnRecord')", Check<OwnRecord> },
        { "'DerivedRecord' knows ('DerivedRecord')", Check<DerivedRecord> },
        { "'OwnRecordStruct' knows ('OwnRecordStruct')", Check<OwnRecordStruct> },
        { "'OwnCase' knows ('Cases.(OwnCase)')", Check<Cases> },
    };

    [Theory]
    [Trait("Issue", "A1")]
    [MemberData(nameof(OnlyTheTypeKnows))]
    public void An_equality_that_only_the_type_knows_is_refused_until_the_type_declares_what_stands_for_a_key(string culprit, Action check)
    {
        PipelineException error = Assert.Throws<PipelineException>(check);
        Assert.StartsWith("Pipeline 'shop': keys of type '", error.Message, StringComparison.Ordinal);
        Assert.Contains($"an equality that only {culprit}", error.Message, StringComparison.Ordinal);
        Assert.Contains("ICanonicalKey<T> with CanonicalKey", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("or group by that value.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Issue", "A1")]
    public void A_declared_key_that_is_compared_by_reference_is_refused()
    {
        PipelineException error = Assert.Throws<PipelineException>(Check<DeclaredOnly>);
        Assert.Contains("declares a CanonicalKey, but is compared by reference. Override Equals and GetHashCode", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Issue", "A1")]
    public void A_canonical_key_is_a_key_itself()
    {
        PipelineException error = Assert.Throws<PipelineException>(Check<DeclaredByReference>);
        Assert.Contains("'DeclaredByReference.CanonicalKey', a string[], is compared by reference", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Issue", "A1")]
    public void A_field_that_makes_keys_differ_but_is_not_stored_is_refused()
    {
        PipelineException error = Assert.Throws<PipelineException>(Check<Forgetful>);
        Assert.Contains("differ by 'Forgetful.Cached', which is left out of what is stored", error.Message, StringComparison.Ordinal);
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

    private sealed class Declared(string text) : ICanonicalKey<string>
    {
        public string Text { get; } = text;

        public string CanonicalKey => Text.ToUpperInvariant();

        public override bool Equals(object? obj) => obj is Declared other && other.CanonicalKey == CanonicalKey;

        public override int GetHashCode() => CanonicalKey.GetHashCode(StringComparison.Ordinal);
    }

    private sealed class DeclaredOnly : ICanonicalKey<string>
    {
        public string CanonicalKey => "";
    }

    private sealed class DeclaredByReference : ICanonicalKey<string[]>
    {
        public string[] CanonicalKey => [];

        public override bool Equals(object? obj) => obj is DeclaredByReference;

        public override int GetHashCode() => 0;
    }

    private sealed record Forgetful(string Name)
    {
        [NotStored]
        public int Cached { get; set; }
    }

    private sealed class OwnEquality
    {
        public string Text { get; set; } = "";

        public override bool Equals(object? obj) => obj is OwnEquality other &&
            string.Equals(other.Text, Text, StringComparison.OrdinalIgnoreCase);

        public override int GetHashCode() => StringComparer.OrdinalIgnoreCase.GetHashCode(Text);
    }

    private sealed record Holds(OwnEquality Inner);

#pragma warning disable CA1067, CA1815, CA2231, MA0095 // the very types that users get wrong
    private readonly struct OwnStruct
    {
        public override bool Equals(object? obj) => true;

        public override int GetHashCode() => 0;
    }

    private readonly struct TypedStruct : IEquatable<TypedStruct>
    {
        public bool Equals(TypedStruct other) => true;
    }

    private sealed class TypedClass : IEquatable<TypedClass>
    {
        public bool Equals(TypedClass? other) => true;
    }
#pragma warning restore CA1067, CA1815, CA2231, MA0095

    private record OwnRecord(string Text)
    {
        public virtual bool Equals(OwnRecord? other) => other is not null &&
            string.Equals(other.Text, Text, StringComparison.OrdinalIgnoreCase);

        public override int GetHashCode() => StringComparer.OrdinalIgnoreCase.GetHashCode(Text);
    }

    private sealed record DerivedRecord(string Text, int Number) : OwnRecord(Text);

    private readonly record struct OwnRecordStruct(string Text)
    {
        public bool Equals(OwnRecordStruct other) => string.Equals(other.Text, Text, StringComparison.OrdinalIgnoreCase);

        public override int GetHashCode() => StringComparer.OrdinalIgnoreCase.GetHashCode(Text);
    }

    [StoredCases(typeof(OwnCase))]
    private abstract class Cases;

    private sealed class OwnCase : Cases
    {
        public override bool Equals(object? obj) => obj is OwnCase;

        public override int GetHashCode() => 0;
    }
}
