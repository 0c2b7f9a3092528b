namespace ActorStreams.Architecture.Tests;

/// <summary>What the text of the public API shows: a change to any of it is a change to a line.</summary>
public sealed class ApiTextSpec
{
    public enum Kind : short
    {
        First = 1,
        Second = 4,
    }

    public abstract class Sample<TKey, TValue>
        where TKey : notnull
        where TValue : struct, IComparable<TValue>
    {
        public required string? Name { get; init; }

        public abstract IReadOnlyList<string?>? Names { get; }

        public virtual bool TryFind(in TKey key, ref int at, out string? found, CancellationToken cancellation = default,
            Kind kind = Kind.Second)
        {
            found = null;
            return false;
        }

        public static T? Made<T>(T? from, params string[] names)
            where T : class?, new() => from ?? (names.Length == 0 ? null : new T());
    }

    [Theory]
    [InlineData("enum (Int16) ActorStreams.Architecture.Tests.ApiTextSpec.Kind : IComparable, IConvertible, IFormattable, ISpanFormattable")]
    [InlineData("ActorStreams.Architecture.Tests.ApiTextSpec.Kind.Second : ApiTextSpec.Kind = 4")]
    [InlineData("abstract class @ where TKey : notnull where TValue : struct, IComparable<TValue>")]
    [InlineData("@.Name { get; init; } : required String?")]
    [InlineData("@.Names { get; } : abstract IReadOnlyList<String?>?")]
    [InlineData("@.TryFind(in TKey key, ref Int32 at, out String? found, CancellationToken cancellation = default, ApiTextSpec.Kind kind = Second) : virtual Boolean")]
    [InlineData("@.Made<T>(T? from, params String[] names) : static T? where T : class?, new()")]
    public void A_line_shows_what_a_caller_must_know(string line) => Assert.Contains(
        line.Replace("@", "ActorStreams.Architecture.Tests.ApiTextSpec.Sample<TKey, TValue>", StringComparison.Ordinal),
            ApiText.Of(typeof(ApiTextSpec).Assembly));
}
