using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Jobs;

/// <summary>Rows by their key: those whose first columns of the key have certain values, and whose next one lies between two.</summary>
/// <param name="Key">The places of the columns of the key.</param>
/// <param name="Equal">The values of the first columns, none of them NULL.</param>
/// <param name="From">Where the next column begins; null: anywhere.</param>
/// <param name="To">Where it ends; null: anywhere.</param>
internal sealed record KeyRange(IReadOnlyList<int> Key, IReadOnlyList<object> Equal, KeyBound? From = null, KeyBound? To = null)
{
    /// <summary>Whether it takes in no rows but those of one key.</summary>
    public bool IsOne => Equal.Count == Key.Count;
}

/// <summary>An end of a range.</summary>
/// <param name="Value">Of the type of the column; not NULL.</param>
/// <param name="IsIncluded">Whether rows with this value are taken in.</param>
internal readonly record struct KeyBound(object Value, bool IsIncluded)
{
    public override string ToString() => ValueText.Of(Value);
}
