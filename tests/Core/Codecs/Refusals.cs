using System.Runtime.CompilerServices;
using ActorStreams.Authoring;

namespace ActorStreams.Core.Tests.Codecs;

/// <summary>What cannot be stored says so when its codec is made, with the field, the reason and a remedy.</summary>
public sealed class Refusals
{
    [Fact]
    public void An_object_is_refused_with_the_path_to_it()
    {
        Refused<Holder>("Type 'Holder', field 'Customer.Tag' of type 'object' cannot be stored: it could hold anything. ");
        Refused<List<Dictionary<string, object>>>("field '[][value]' of type 'object'");
        Refused<(int, (int, object))>("field 'Item2.Item2' of type 'object'");
        Refused<object>("Type 'object' cannot be stored");
    }

    [Fact]
    public void What_is_no_data_is_refused()
    {
        Refused<Func<int>>("code is not data");
        Refused<nint>("addresses mean nothing");
        Refused<int[,]>("Use an array of arrays");
        Refused<Uri>("a type of .NET that the codec does not know");
        Refused<IEnumerable<int>>("it is abstract");
        Refused<Buffer4>("Use an array");
    }

    [Fact]
    public void An_abstract_type_without_cases_is_refused()
    {
        Refused<List<Shape>>("List them on it, [StoredCases(typeof(A), typeof(B))]");
        Refused<NoShape>("'int' cannot be stored: [StoredCases] of 'NoShape' lists it, and it is none of them");
        Refused<Concrete>("[StoredCases] belongs on an abstract class or an interface");
    }

    [Fact]
    public void State_that_would_be_lost_is_refused()
    {
        Refused<Hidden>("Type 'Hidden', field '_secret' of type 'int' cannot be stored: it would be lost");
        Refused<GetOnly>("field 'Made' of type 'long' cannot be stored: it would be lost");
        Refused<NoConstructor>("has no constructor whose parameters are all named like");
        Refused<Twice>("two fields of 'Twice' have the name 'a'");
    }

    [Fact]
    public void What_is_not_stored_is_new_after_a_read()
    {
        var cache = new Cached(3);
        cache.Cache.Add(1);
        Cached read = Codecs.RoundTrip(cache);
        Assert.Equal((3, 0), (read.Value, read.Cache.Count));
        Assert.Equal("Cached?\nCached = { Value: int }\n", RecordCodec.Of<Cached>().Schema.Text);
    }

    [Fact]
    public void A_derived_object_is_not_stored_as_its_base() =>
        Assert.Contains("what it adds would be lost", Assert.Throws<CodecException>(() => Codecs.Bytes<Base>(new Derived(1, 2))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_case_that_is_not_listed_is_refused() =>
        Assert.Contains("[StoredCases] of 'Animal' does not list it",
            Assert.Throws<CodecException>(() => Codecs.Bytes<IAnimalHolder>(new AnimalHolder(new Dog()))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_comparer_is_not_lost_silently()
    {
        Assert.Throws<CodecException>(() => Codecs.Bytes(new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase)));
        Assert.Throws<CodecException>(() => Codecs.Bytes(new HashSet<string>(StringComparer.OrdinalIgnoreCase)));
        Assert.Empty(Codecs.RoundTrip(new HashSet<string>(StringComparer.Ordinal)));
    }

    private static void Refused<T>(string part) =>
        Assert.Contains(part, Assert.Throws<CodecException>(RecordCodec.Of<T>).Message, StringComparison.Ordinal);

    internal sealed record Customer(string Name, object Tag);

    internal sealed record Holder(Customer Customer);

    internal abstract record Shape;

    [StoredCases(typeof(int))]
    internal abstract record NoShape;

    [StoredCases(typeof(Concrete))]
    internal sealed record Concrete;

    internal sealed class Hidden
    {
        private int _secret = 1;

        public int Value { get; set; }

        public int Next() => _secret++;
    }

    internal sealed class GetOnly
    {
        public long Made { get; } = 5;
    }

    internal sealed class NoConstructor(int other)
    {
        public int Value { get; set; } = other;
    }

    internal sealed record Twice([StoredName("a")] int One, [StoredName("a")] int Two);

    internal sealed record Cached(int Value)
    {
        [NotStored]
        public List<int> Cache { get; } = [];
    }

    internal record Base(int A);

    internal sealed record Derived(int A, int B) : Base(A);

    [StoredCases(typeof(Cat))]
    internal abstract record Animal;

    internal sealed record Cat : Animal;

    internal sealed record Dog : Animal;

    [StoredCases(typeof(AnimalHolder))]
    internal interface IAnimalHolder;

    internal sealed record AnimalHolder(Animal Animal) : IAnimalHolder;

    [InlineArray(4)]
    internal struct Buffer4
    {
        private int _first;
    }
}
