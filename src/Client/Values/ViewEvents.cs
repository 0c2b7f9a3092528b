namespace ActorStreams;

/// <summary>What an epoch changed in a view, or all of its rows.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TRow">The row.</typeparam>
/// <param name="Epoch">The epoch; go on after it.</param>
/// <param name="IsSnapshot">All rows: what was told before is to be forgotten.</param>
/// <param name="Changes">The changes in order.</param>
public sealed record ViewEpoch<TKey, TRow>(long Epoch, bool IsSnapshot, IReadOnlyList<ViewChange<TKey, TRow>> Changes);

/// <summary>One change of a view.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TRow">The row.</typeparam>
/// <param name="Kind">What has happened.</param>
/// <param name="Key">The key.</param>
/// <param name="Row">The row: that which is there now, or that which is not any more.</param>
public readonly record struct ViewChange<TKey, TRow>(ViewChangeKind Kind, TKey Key, TRow Row);

/// <summary>What has happened to a row.</summary>
public enum ViewChangeKind
{
    /// <summary>It is there.</summary>
    Snapshot,

    /// <summary>It has come.</summary>
    Insert,

    /// <summary>It is replaced by the next change's row.</summary>
    UpdateBefore,

    /// <summary>It replaces the last change's row.</summary>
    UpdateAfter,

    /// <summary>It has gone.</summary>
    Delete,
}

/// <summary>Rows of a view, all of one epoch.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TRow">The row.</typeparam>
/// <param name="Epoch">The epoch.</param>
/// <param name="Rows">The rows, in the order of their keys.</param>
/// <param name="HasMore">There are more: ask with <see cref="ViewFilter.After"/>, the last key.</param>
public sealed record ViewRows<TKey, TRow>(long Epoch, IReadOnlyList<KeyValuePair<TKey, TRow>> Rows, bool HasMore);

/// <summary>Which rows of a view, and what of them. Keys that are no texts are written as JSON.</summary>
public sealed record ViewFilter
{
    /// <summary>Only this key. Default: null, any.</summary>
    public string? Key { get; init; }

    /// <summary>Keys from this one. Default: null, from the first.</summary>
    public string? From { get; init; }

    /// <summary>Keys up to this one. Default: null, to the last.</summary>
    public string? To { get; init; }

    /// <summary>Keys behind this one, for the next page of a read. Default: null, all.</summary>
    public string? After { get; init; }

    /// <summary>How many rows one read gives at most. Default: null, as many as the server gives.</summary>
    public int? Limit { get; init; }

    /// <summary>The epoch, or the time as text, that a read is of. Default: null, now.</summary>
    public string? AsOf { get; init; }

    /// <summary>Only these columns. Default: none said, all.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>Conditions that all must hold, as <c>total:gt:5</c>. Default: none.</summary>
    public IReadOnlyList<string> Where { get; init; } = [];

    /// <summary>As the query of an address.</summary>
    internal string ToQuery()
    {
        (string, string?)[] parts =
        [
            ("key", Key), ("from", From), ("to", To), ("after", After),
            ("limit", Limit?.ToString(System.Globalization.CultureInfo.InvariantCulture)), ("asOf", AsOf),
            ("columns", Columns.Count == 0 ? null : string.Join(',', Columns)), .. Where.Select(static one => ("where", (string?)one)),
        ];
        string query = string.Join('&', parts.Where(static part => part.Item2 is not null)
            .Select(static part => $"{part.Item1}={Uri.EscapeDataString(part.Item2!)}"));
        return query.Length == 0 ? "" : $"?{query}";
    }
}
