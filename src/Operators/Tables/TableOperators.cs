namespace ActorStreams;

/// <summary>What can be done with a table without keeping anything.</summary>
public static class TableOperators
{
    /// <summary>The rows that satisfy a condition; a row that no longer does is deleted from the result.</summary>
    /// <param name="table">The table.</param>
    /// <param name="predicate">Must always answer the same for the same key and value: it is asked again when the row goes.</param>
    /// <param name="errors">What becomes of a change on which user code throws; null: as the job's options say.</param>
    public static Table<TKey, TValue> Filter<TKey, TValue>(this Table<TKey, TValue> table, Func<TKey, TValue, bool> predicate,
        ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(predicate);
        return new(table.Stream
            .Map(change =>
            {
                bool had = change.HadBefore && predicate(change.Key, change.Before!), has = change.HasAfter
                    && predicate(change.Key, change.After!);
                return new TableChange<TKey, TValue>(change.Key, had, had ? change.Before : default, has, has ? change.After : default);
            }, errors: errors)
            .Filter(static change => change.HadBefore || change.HasAfter));
    }

    /// <summary>Other values under the same keys.</summary>
    /// <param name="table">The table.</param>
    /// <param name="map">Must always give the same for the same key and value: it is asked again when the row goes.</param>
    /// <param name="errors">What becomes of a change on which user code throws; null: as the job's options say.</param>
    public static Table<TKey, TResult> Map<TKey, TValue, TResult>(this Table<TKey, TValue> table, Func<TKey, TValue, TResult> map,
        ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(map);
        return new(table.Stream.Map(
            change => new TableChange<TKey, TResult>(
                change.Key,
                change.HadBefore,
                change.HadBefore ? map(change.Key, change.Before!) : default,
                change.HasAfter,
                change.HasAfter ? map(change.Key, change.After!) : default),
            errors: errors));
    }

    /// <summary>The table's rows by another key, to be aggregated.</summary>
    /// <param name="table">The table.</param>
    /// <param name="groupOf">Must always give the same for the same row.</param>
    public static GroupedChanges<TGroup, TableRow<TKey, TValue>> GroupBy<TKey, TValue,
        TGroup>(this Table<TKey, TValue> table, Func<TableRow<TKey, TValue>, TGroup> groupOf)
    {
        ArgumentNullException.ThrowIfNull(table);
        return table.Changes().GroupBy(groupOf);
    }

    /// <summary>Rows with weights by a key, to be aggregated.</summary>
    /// <param name="changes">The changes.</param>
    /// <param name="groupOf">Must always give the same for the same row.</param>
    public static GroupedChanges<TGroup, T> GroupBy<T, TGroup>(this Stream<Change<T>> changes, Func<T, TGroup> groupOf)
    {
        ArgumentNullException.ThrowIfNull(changes);
        ArgumentNullException.ThrowIfNull(groupOf);
        return new GroupedChanges<TGroup, T>(changes.KeyBy(change => groupOf(change.Row)));
    }

    /// <summary>Each row once, however often it is there.</summary>
    /// <param name="changes">The changes.</param>
    /// <param name="name">Stable and unique in the pipeline: the counts are stored under it.</param>
    /// <returns>+1 when the first of equal rows comes, -1 when the last one goes.</returns>
    /// <remarks>Keeps each different row with its count. Two streams united and made distinct are SQL's UNION.</remarks>
    public static Stream<Change<T>> Distinct<T>(this Stream<Change<T>> changes, string name)
    {
        ArgumentNullException.ThrowIfNull(changes);
        return changes.GroupBy(static row => row).Count(name).Stream
            .Filter(static change => change.HadBefore != change.HasAfter)
            .Map(static change => new Change<T>(change.Key, change.HasAfter ? 1 : -1));
    }
}
