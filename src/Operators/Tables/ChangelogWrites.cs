namespace ActorStreams;

/// <summary>Ways from changelogs to sinks of another kind, where there is one; where there is none, the error says what is
/// missing.</summary>
public static class ChangelogWrites
{
    /// <summary>Writes plain rows to a sink of upserts: each replaces the one with its key.</summary>
    /// <param name="rows">The rows, by the sink's key.</param>
    /// <param name="name">Stable and unique in the pipeline.</param>
    /// <param name="sink">The sink.</param>
    /// <returns>The sink\'s handle, to ask a running job about it.</returns>
    /// <exception cref="PipelineException">The name is taken, or the rows take earlier ones back.</exception>
    public static OperatorHandle Write<TKey, T>(this KeyedStream<TKey, T> rows, string name, Sink<Upsert<TKey, T>> sink)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(sink);
        if (rows.Stream.Node.Changelog != ChangelogMode.InsertOnly)
            throw SinkCheck.Refused(rows.Stream.Pipeline.Name, name, rows.Stream.Node, sink.Description, ChangelogMode.Upsert);
        return rows.ToUpsert().Write(name, sink);
    }

    /// <summary>Writes changes to a sink of plain rows: possible if they only ever add.</summary>
    /// <param name="changes">The changes.</param>
    /// <param name="name">Stable and unique in the pipeline.</param>
    /// <param name="sink">The sink.</param>
    /// <returns>The sink\'s handle, to ask a running job about it.</returns>
    /// <exception cref="PipelineException">The name is taken, or the changes may take rows back; the message says what to use
    /// instead.</exception>
    public static OperatorHandle Write<T>(this Stream<Change<T>> changes, string name, Sink<T> sink)
    {
        ArgumentNullException.ThrowIfNull(changes);
        ArgumentNullException.ThrowIfNull(sink);
        if (changes.Node.Changelog != ChangelogMode.InsertOnly)
            throw SinkCheck.Refused(changes.Pipeline.Name, name, changes.Node, sink.Description, ChangelogMode.InsertOnly);
        return changes.FlatMap(static change => Enumerable.Repeat(change.Row, change.Weight)).Write(name, sink);
    }

    /// <summary>Refused: a sink of upserts replaces and deletes by key, and the changes do not say by which.</summary>
    /// <param name="changes">The changes.</param>
    /// <param name="name">The sink's name.</param>
    /// <param name="sink">The sink.</param>
    /// <returns>Nothing: it throws.</returns>
    /// <exception cref="PipelineException">Always; the message says what to use instead.</exception>
    public static OperatorHandle Write<TKey, T>(this Stream<Change<T>> changes, string name, Sink<Upsert<TKey, T>> sink)
    {
        ArgumentNullException.ThrowIfNull(changes);
        ArgumentNullException.ThrowIfNull(sink);
        throw SinkCheck.Refused(changes.Pipeline.Name, name, changes.Node, sink.Description, ChangelogMode.Upsert);
    }

    /// <summary>Keeps a sink of upserts in step with the table.</summary>
    /// <param name="table">The table.</param>
    /// <param name="name">Stable and unique in the pipeline.</param>
    /// <param name="sink">The sink; its key must be the table's.</param>
    /// <returns>The sink\'s handle, to ask a running job about it.</returns>
    /// <exception cref="PipelineException">The name is taken.</exception>
    public static OperatorHandle Write<TKey, TValue>(this Table<TKey, TValue> table, string name, Sink<Upsert<TKey, TValue>> sink) =>
        table.ToUpsert().Write(name, sink);

    /// <summary>Writes the table's changes to a sink that takes rows back.</summary>
    /// <param name="table">The table.</param>
    /// <param name="name">Stable and unique in the pipeline.</param>
    /// <param name="sink">The sink.</param>
    /// <returns>The sink\'s handle, to ask a running job about it.</returns>
    /// <exception cref="PipelineException">The name is taken, or the sink cannot take rows back.</exception>
    public static OperatorHandle Write<TKey, TValue>(this Table<TKey, TValue> table, string name, Sink<Change<TableRow<TKey, TValue>>> sink)
    {
        ArgumentNullException.ThrowIfNull(table);
        return table.Changes().Write(name, sink);
    }

    /// <summary>Refused: a table's rows change, and the sink takes new rows only.</summary>
    /// <param name="table">The table.</param>
    /// <param name="name">The sink's name.</param>
    /// <param name="sink">The sink.</param>
    /// <returns>Nothing: it throws.</returns>
    /// <exception cref="PipelineException">Always; the message says what to use instead.</exception>
    public static OperatorHandle Write<TKey, TValue>(this Table<TKey, TValue> table, string name, Sink<TableRow<TKey, TValue>> sink)
    {
        ArgumentNullException.ThrowIfNull(table);
        return table.Changes().Write(name, sink);
    }
}
