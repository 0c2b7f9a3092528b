using System.Text.Json.Serialization;
using ActorStreams.Connectors.Debezium.Runtime;

namespace ActorStreams;

/// <summary>A change event in the JSON format of Debezium: a row of <c>JsonLines.File</c> and <c>JsonLines.ToFile</c>, or of any other
/// source of JSON.</summary>
/// <remarks>
/// Read with and without the wrapper <c>{"schema": …, "payload": …}</c>; written without it, unless the serialiser is
/// <see cref="DebeziumJson.WithSchema"/>. A tombstone is the line <c>null</c>. What else an event holds is ignored.
/// </remarks>
/// <example><code>
/// pipeline.Read("orders", JsonLines.File&lt;DebeziumEvent&lt;Order&gt;&gt;("orders.jsonl")).FlatMap(e => e.Changes())
/// </code></example>
/// <typeparam name="T">The row, as JSON.</typeparam>
/// <seealso href="https://debezium.io/documentation/reference/stable/connectors/postgresql.html#postgresql-events">Debezium: data change
/// events.</seealso>
[JsonConverter(typeof(DebeziumEventConverter))]
public sealed record DebeziumEvent<T>
{
    /// <summary>What happened.</summary>
    public required DebeziumOperation Operation { get; init; }

    /// <summary>The row before; null (default) where there is none, or the source does not tell it.</summary>
    public T? Before { get; init; }

    /// <summary>Whether there is a row before.</summary>
    public bool HasBefore { get; init; }

    /// <summary>Whether the source tells only a part of the row before, as PostgreSQL does without REPLICA IDENTITY FULL: the key. The
    /// other members of <see cref="Before"/> hold some value of their types then,
    /// and <see cref="Changes"/> refuses the event; <see cref="Upserts"/> takes the key, if it is told.</summary>
    public bool IsBeforePartial { get; init; }

    /// <summary>The same row with other values for what is not told.</summary>
    internal T? BeforeProbe { get; init; }

    /// <summary>The row after; null (default) where there is none.</summary>
    public T? After { get; init; }

    /// <summary>Whether there is a row after.</summary>
    public bool HasAfter { get; init; }

    /// <summary>Where it happened: <c>schema.table</c>, or <c>db.table</c> where there are no schemas; null if the event does not
    /// say.</summary>
    public string? Table { get; init; }

    /// <summary>When it happened in the database (<c>source.ts_ms</c>); null if the event does not say.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>When the event was made (<c>ts_ms</c>); null if the event does not say.</summary>
    public DateTimeOffset? MadeAt { get; init; }

    /// <summary>The event of a row that comes or goes.</summary>
    /// <param name="change">The change; its weight must be 1 or -1.</param>
    /// <param name="table">Its table, <c>schema.table</c>; null: none is written.</param>
    /// <param name="time">When it happened; null: none is written.</param>
    public static DebeziumEvent<T> Of(Change<T> change, string? table = null, DateTimeOffset? time = null) => change.Weight switch
    {
        1 => Create(change.Row, table, time),
        -1 => Delete(change.Row, table, time),
        _ => throw new ArgumentOutOfRangeException(nameof(change), change.Weight, "An event tells of one row: the weight must be 1 or -1."),
    };

    /// <summary>The event of a row that was inserted.</summary>
    /// <param name="after">The row.</param>
    /// <param name="table">Its table, <c>schema.table</c>; null: none is written.</param>
    /// <param name="time">When it happened; null: none is written.</param>
    public static DebeziumEvent<T> Create(T after, string? table = null, DateTimeOffset? time = null) =>
        new() { Operation = DebeziumOperation.Create, After = after, HasAfter = true, Table = table, Time = time, MadeAt = time };

    /// <summary>The event of a row that was updated.</summary>
    /// <param name="before">The row before.</param>
    /// <param name="after">The row after.</param>
    /// <param name="table">Its table, <c>schema.table</c>; null: none is written.</param>
    /// <param name="time">When it happened; null: none is written.</param>
    /// <remarks>An event of operation <see cref="DebeziumOperation.Update"/> that does not tell the row before is made by the initializer,
    /// without <see cref="HasBefore"/>.</remarks>
    public static DebeziumEvent<T> Update(T before, T after, string? table = null, DateTimeOffset? time = null) =>
        new()
        {
            Operation = DebeziumOperation.Update,
            Before = before,
            HasBefore = true,
            After = after,
            HasAfter = true,
            Table = table,
            Time = time,
            MadeAt = time
        };

    /// <summary>The event of a row that was deleted.</summary>
    /// <param name="before">The row.</param>
    /// <param name="table">Its table, <c>schema.table</c>; null: none is written.</param>
    /// <param name="time">When it happened; null: none is written.</param>
    public static DebeziumEvent<T> Delete(T before, string? table = null, DateTimeOffset? time = null) =>
        new() { Operation = DebeziumOperation.Delete, Before = before, HasBefore = true, Table = table, Time = time, MadeAt = time };

    /// <summary>Rows that come (+1) and go (-1). Nothing for a tombstone, whose deletion has its own event.</summary>
    /// <exception cref="FormatException">The row before is not told, or a truncate does not tell which rows went: take
    /// <see cref="Upserts"/>, or let the source tell
    /// (PostgreSQL: REPLICA IDENTITY FULL).</exception>
    public IEnumerable<Change<T>> Changes() => Operation switch
    {
        DebeziumOperation.Create or DebeziumOperation.Read => [Change<T>.Insert(Need(After, HasAfter, "after"))],
        DebeziumOperation.Update => [Change<T>.Retract(NeedBefore()), Change<T>.Insert(Need(After, HasAfter, "after"))],
        DebeziumOperation.Delete => [Change<T>.Retract(NeedBefore())],
        DebeziumOperation.Truncate =>
            throw new FormatException(
            $"Table {Table} was truncated, and the event does not tell which rows went. Take {nameof(Upserts)} and ToTable instead of {nameof(Changes)}."),
        _ => [],
    };

    /// <summary>What happens to keys, to be folded by <c>ToTable</c>: of the row before only the key is needed, and only of a
    /// deletion.</summary>
    /// <param name="keyOf">The key of a row.</param>
    /// <exception cref="FormatException">A row, or the key of the row before, is not told.</exception>
    public IEnumerable<Upsert<TKey, T>> Upserts<TKey>(Func<T, TKey> keyOf)
    {
        ArgumentNullException.ThrowIfNull(keyOf);
        switch (Operation)
        {
            case DebeziumOperation.Create or DebeziumOperation.Read or DebeziumOperation.Update:
                T after = Need(After, HasAfter, "after");
                return HasBefore && KeyBefore(keyOf) is var before && !EqualityComparer<TKey>.Default.Equals(before, keyOf(after))
                    ? [Upsert<TKey, T>.Delete(before), Upsert<TKey, T>.Put(keyOf(after), after)]
                    : [Upsert<TKey, T>.Put(keyOf(after), after)];
            case DebeziumOperation.Delete:
                return [Upsert<TKey, T>.Delete(KeyBefore(keyOf))];
            case DebeziumOperation.Truncate:
                return [Upsert<TKey, T>.Clear];
            default:
                return [];
        }
    }

    private T NeedBefore() => !IsBeforePartial
        ? Need(Before, HasBefore, "before")
        : throw new FormatException(
            $"An event of operation {Operation} of table {Table} tells only a part of the row before. With PostgreSQL run ALTER TABLE … REPLICA IDENTITY FULL, or take {nameof(Upserts)}.");

    /// <summary>The key of the row before: it must not depend on what is not told.</summary>
    private TKey KeyBefore<TKey>(Func<T, TKey> keyOf)
    {
        TKey key = keyOf(Need(Before, HasBefore, "before"));
        return !IsBeforePartial || BeforeProbe is null || EqualityComparer<TKey>.Default.Equals(key, keyOf(BeforeProbe))
            ? key
            : throw new FormatException(
                $"An event of operation {Operation} of table {Table} tells only a part of the row before, and the key is not in it. With PostgreSQL the replica identity must hold the key's columns.");
    }

    private T Need(T? row, bool has, string field) => has
        ? row!
        : throw new FormatException(
            $"An event of operation {Operation} of table {Table} has no '{field}'. With PostgreSQL run ALTER TABLE … REPLICA IDENTITY FULL, or take {nameof(Upserts)}.");
}

/// <summary>What a change event tells.</summary>
public enum DebeziumOperation
{
    /// <summary>A row was inserted (<c>c</c>).</summary>
    Create,

    /// <summary>A row was there when the snapshot was taken (<c>r</c>).</summary>
    Read,

    /// <summary>A row was updated (<c>u</c>).</summary>
    Update,

    /// <summary>A row was deleted (<c>d</c>).</summary>
    Delete,

    /// <summary>All rows were deleted (<c>t</c>).</summary>
    Truncate,

    /// <summary>A message that is no change of a table (<c>m</c>).</summary>
    Message,

    /// <summary>The <c>null</c> after a deletion, for compaction by key.</summary>
    Tombstone,
}
