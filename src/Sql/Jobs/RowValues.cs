using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Jobs;

/// <summary>Some values of a row, compared by value.</summary>
internal readonly struct RowValues(object?[] values) : IEquatable<RowValues>
{
    public object?[] Values { get; } = values;

    public bool Equals(RowValues other) => Values.AsSpan().SequenceEqual(other.Values);

    public override bool Equals(object? obj) => obj is RowValues other && Equals(other);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (object? value in Values)
            hash.Add(value);
        return hash.ToHashCode();
    }

    public override string ToString() => string.Join(", ", Values.Select(static value => value is null ? "NULL" : ValueText.Of(value)));
}
