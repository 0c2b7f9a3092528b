using ActorStreams.Connectors.PostgreSql.Upserts.Runtime;

namespace ActorStreams;

/// <summary>The columns of a PostgreSQL table to be written, in their order.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="T">The row.</typeparam>
public sealed class PostgreSqlColumns<TKey, T>
{
    private readonly string _table;
    private readonly List<TargetColumn> _columns = [];
    private readonly List<ColumnBinding<Upsert<TKey, T>>> _bindings = [];

    internal PostgreSqlColumns(string table) => _table = table;

    internal ColumnBinding<Upsert<TKey, T>>[] Bindings => [.. _bindings];

    /// <summary>Adds a column that is part of the key by which rows are replaced and deleted; its values are never null.</summary>
    /// <param name="name">The column's name, as it is.</param>
    /// <param name="value">Gets its value from the key; for the types see <see cref="Column{TValue}"/>.</param>
    /// <returns>The same columns.</returns>
    /// <exception cref="PipelineException">The name is empty or taken, or the type has no column type or may be null.</exception>
    public PostgreSqlColumns<TKey, T> Key<TValue>(string name, Func<TKey, TValue> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Add(name, upsert => value(upsert.Key!), isKey: true);
    }

    /// <summary>Adds a column.</summary>
    /// <param name="name">The column's name, as it is.</param>
    /// <param name="value">
    /// Gets its value from the row, not asked of deletions: an integer, <see cref="float"/>, <see cref="double"/>, <see cref="decimal"/>,
    /// text, <see cref="bool"/>, bytes, <see cref="Guid"/>, <see cref="DateTimeOffset"/>, <see cref="DateOnly"/>, <see cref="TimeOnly"/>,
    /// <see cref="TimeSpan"/>, an enum (its name), or a nullable of these. In a table that is there the column may have any type that
    /// Npgsql writes such a value to, such as <c>jsonb</c> for text.
    /// </param>
    /// <returns>The same columns.</returns>
    /// <exception cref="PipelineException">The name is empty or taken, or the type has no column type.</exception>
    public PostgreSqlColumns<TKey, T> Column<TValue>(string name, Func<T, TValue> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Add(name, upsert => value(upsert.Row!), isKey: false);
    }

    internal IReadOnlyList<TargetColumn> Checked() => _columns.Exists(column => column.IsKey)
        ? _columns
        : throw new PipelineException($"Table '{_table}': rows are replaced and deleted by key; add a {nameof(Key)}.");

    private PostgreSqlColumns<TKey, T> Add<TValue>(string name, Func<Upsert<TKey, T>, TValue> value, bool isKey)
    {
        if (string.IsNullOrEmpty(name) || UnicodeText.FaultOfColumn(name) is not null || System.Text.Encoding.UTF8.GetByteCount(name) > 63)
            throw new PipelineException($"Table '{_table}': '{name}' cannot be the name of a column: 1 to 63 bytes of Unicode.");
        if (_columns.Exists(column => column.Name == name))
            throw new PipelineException($"Table '{_table}' has two columns '{name}'; name them differently.");
        if (isKey && Nullable.GetUnderlyingType(typeof(TValue)) is not null)
            throw new PipelineException(
                $"Table '{_table}': key column '{name}' may be null ({typeof(TValue)}); a key never is. Use {nameof(Column)}, or a value for null.");
        if (ColumnBinding.Of(name, value, isKey) is not { } binding)
            throw new PipelineException(
                $"Table '{_table}', column '{name}': {typeof(TValue)} has no column type. Give a number, a text, a Boolean, bytes, a Guid, a date or a time.");
        _columns.Add(new TargetColumn(name, binding.ColumnType, isKey));
        _bindings.Add(binding);
        return this;
    }
}
