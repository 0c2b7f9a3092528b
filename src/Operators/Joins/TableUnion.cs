namespace ActorStreams;

/// <summary>The union of two tables.</summary>
public static class TableUnionOperator
{
    /// <summary>The rows of both tables, one for each key.</summary>
    /// <param name="table">The table whose row counts where both have one.</param>
    /// <param name="name">Stable and unique in the pipeline: both tables are stored under it.</param>
    /// <param name="other">The other table.</param>
    /// <param name="both">The value of a key that both have; null: that of <paramref name="table"/>.</param>
    /// <param name="errors">What becomes of a change on which user code throws; null: as the job's options say.</param>
    /// <remarks>Rows without regard to keys are united as streams of changes: <c>left.Changes().Union(right.Changes())</c>, SQL's UNION
    /// ALL.</remarks>
    /// <exception cref="PipelineException">The name is taken, or the tables belong to two pipelines.</exception>
    public static Table<TKey, TValue> Union<TKey, TValue>(this Table<TKey, TValue> table, string name, Table<TKey, TValue> other,
        Func<TValue, TValue, TValue>? both = null, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(table);
        return table.Join(name, other, JoinType.Full).Map(
            (_, pair) => pair is { HasLeft: true, HasRight: true } && both is not null ? both(pair.Left!, pair.Right!)
                : pair.HasLeft ? pair.Left! : pair.Right!,
            errors);
    }
}
