namespace ActorStreams;

/// <summary>From one kind of changelog to another: rows, rows by key, rows with weights.</summary>
public static class ChangelogOperators
{
    /// <summary>Plain rows as changes that only add, to be put together with others.</summary>
    /// <param name="rows">The rows; a stream that may take rows back stays what it is.</param>
    public static Stream<Change<T>> AsChanges<T>(this Stream<T> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return rows.Add(new AsChangesNode<T>(rows.Pipeline.NameFor("as-changes"), rows.Node));
    }

    /// <summary>What happened, as rows that are only added: for files and tables in which every change is to be seen.</summary>
    /// <param name="changes">The changes.</param>
    public static Stream<LoggedChange<T>> AsLog<T>(this Stream<Change<T>> changes)
    {
        ArgumentNullException.ThrowIfNull(changes);
        return changes.Map(static change => new LoggedChange<T>(change.Row, change.Weight));
    }

    /// <summary>Plain rows as upserts: each replaces the one with its key.</summary>
    /// <param name="rows">The rows, by the key by which the sink replaces.</param>
    /// <returns>For sinks of upserts.</returns>
    /// <exception cref="PipelineException">The rows take earlier ones back: that needs the state of
    /// <see cref="ToUpsert{T, TKey}(Stream{Change{T}}, string, Func{T, TKey}, ErrorPolicy?)"/>.</exception>
    public static Stream<Upsert<TKey, T>> ToUpsert<TKey, T>(this KeyedStream<TKey, T> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        StreamNode node = rows.Stream.Node;
        if (node.Changelog != ChangelogMode.InsertOnly)
            throw new PipelineException(
                $"Pipeline '{rows.Stream.Pipeline.Name}', operator '{node.ChangelogOrigin.Name}' [{node.ChangelogOrigin.Kind}] replaces rows or takes them back, so its rows are no plain rows. Use .ToUpsert(name, key).");
        Func<T, TKey> keyOf = rows.KeyOf;
        return rows.Stream.Map(row => Upsert<TKey, T>.Put(keyOf(row), row));
    }

    /// <summary>The changes by key: at the end of each epoch, for every key whose row has changed, the row that it has now, or that it is
    /// gone.</summary>
    /// <param name="changes">The changes; at the end of an epoch at most one row of a key is left.</param>
    /// <param name="name">Stable and unique in the pipeline: the present row of each key is stored under it. What an epoch comes to is
    /// found under <c>name-net</c>.</param>
    /// <param name="keyOf">The key of a row: the one by which the sink replaces and deletes.</param>
    /// <param name="errors">What becomes of a change on which user code throws; null: as the job's options say.</param>
    /// <returns>For sinks of upserts.</returns>
    public static Stream<Upsert<TKey, T>> ToUpsert<T, TKey>(this Stream<Change<T>> changes, string name, Func<T, TKey> keyOf,
        ErrorPolicy? errors = null) =>
        changes.ToTable(name, keyOf, errors).Consolidate($"{name}-net").ToUpsert();

    /// <summary>The table's changes by key, as they come: the row that a key has now, or that it is gone.</summary>
    /// <param name="table">The table. With <see cref="ConsolidateOperator.Consolidate{TKey, TValue}"/> before, once a key and
    /// epoch.</param>
    /// <returns>For sinks of upserts.</returns>
    public static Stream<Upsert<TKey, TValue>> ToUpsert<TKey, TValue>(this Table<TKey, TValue> table)
    {
        ArgumentNullException.ThrowIfNull(table);
        return table.Stream.Map(
            static change => change.HasAfter ? Upsert<TKey, TValue>.Put(change.Key, change.After!)
            : Upsert<TKey, TValue>.Delete(change.Key));
    }
}

/// <summary>A change as a row of its own.</summary>
/// <param name="Row">The row.</param>
/// <param name="Weight">How many times it was added (positive) or taken away (negative).</param>
/// <typeparam name="T">The row.</typeparam>
public readonly record struct LoggedChange<T>(T Row, int Weight);

internal sealed class AsChangesNode<T>(string name, StreamNode<T> input) : OperatorNode<T, Change<T>>(name, "as-changes", input)
{
    public override ChangelogMode Changelog => InputsChangelog;

    public override Receiver<T> Attach(StageBuild build) =>
        new Map<T, Change<T>, byte>(static row => Change<T>.Insert(row), build.Downstream(this), build.ErrorsOf(this));
}
