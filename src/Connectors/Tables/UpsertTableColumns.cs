namespace ActorStreams;

/// <summary>The columns of a table of upserts, in their order: key columns from keys, the others from rows.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="T">The row.</typeparam>
public sealed class UpsertTableColumns<TKey, T>
{
    private readonly TableColumns<Upsert<TKey, T>> _columns;

    internal UpsertTableColumns(string table) => _columns = new TableColumns<Upsert<TKey, T>>(table);

    internal TableColumns<Upsert<TKey, T>> Columns => _columns;

    /// <summary>Adds a column that is part of the primary key; its values are never null.</summary>
    /// <param name="name">Lower-case letters, digits and underscores, at most 48.</param>
    /// <param name="value">Gets its value from the key; for the types see <see cref="TableColumns{T}.Column{TValue}"/>.</param>
    /// <returns>The same columns.</returns>
    /// <exception cref="PipelineException">The name is not allowed or taken, or the type has no column type or may be null.</exception>
    public UpsertTableColumns<TKey, T> Key<TValue>(string name, Func<TKey, TValue> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        _columns.Key(name, upsert => value(upsert.Key!));
        return this;
    }

    /// <summary>Adds a column.</summary>
    /// <param name="name">Lower-case letters, digits and underscores, at most 48.</param>
    /// <param name="value">Gets its value from the row; for the types see <see cref="TableColumns{T}.Column{TValue}"/>. Not asked of
    /// deletions.</param>
    /// <returns>The same columns.</returns>
    /// <exception cref="PipelineException">The name is not allowed or taken, or the type has no column type.</exception>
    public UpsertTableColumns<TKey, T> Column<TValue>(string name, Func<T, TValue> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        _columns.Column(name, upsert => upsert.Kind == UpsertKind.Put ? value(upsert.Row!) : default!);
        return this;
    }
}
