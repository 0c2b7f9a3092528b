using ActorStreams.Connectors.Tables;

namespace ActorStreams;

/// <summary>The columns of a table to be written, in their order.</summary>
/// <typeparam name="T">The row.</typeparam>
public sealed class TableColumns<T>
{
    private const int MaxNameLength = 48;

    private readonly List<TableColumn> _columns = [];
    private readonly List<ColumnBinding<T>> _bindings = [];

    internal TableColumns(string table)
    {
        CheckName(table, "table");
        Table = table;
    }

    internal string Table { get; }

    internal ColumnBinding<T>[] Bindings => [.. _bindings];

    /// <summary>Adds a column that is part of the primary key; its values are never null.</summary>
    /// <param name="name">Lower-case letters, digits and underscores, at most 48.</param>
    /// <param name="value">Gets its value; for the types see <see cref="Column{TValue}"/>.</param>
    /// <returns>The same columns.</returns>
    /// <exception cref="PipelineException">The name is not allowed or taken, or the type has no column type or may be null.</exception>
    public TableColumns<T> Key<TValue>(string name, Func<T, TValue> value) => Add(name, value, isKey: true);

    /// <summary>Adds a column.</summary>
    /// <param name="name">Lower-case letters, digits and underscores, at most 48.</param>
    /// <param name="value">
    /// Gets its value: an integer of up to 64 bits (unsigned ones: up to 32), <see cref="double"/> or <see cref="float"/>, text,
    /// <see cref="bool"/>, bytes, <see cref="DateTimeOffset"/>; an enum is its name, a <see cref="Guid"/> its text; or a nullable of these.
    /// </param>
    /// <returns>The same columns.</returns>
    /// <exception cref="PipelineException">The name is not allowed or taken, or the type has no column type.</exception>
    public TableColumns<T> Column<TValue>(string name, Func<T, TValue> value) => Add(name, value, isKey: false);

    internal TableSpec Spec(TableMode? mode)
    {
        bool hasKey = _columns.Exists(column => column.IsKey);
        if (_columns.Count == 0)
            throw new PipelineException($"Table '{Table}' needs at least one column.");
        if (mode == TableMode.Upsert && !hasKey)
            throw new PipelineException($"Table '{Table}': rows can only be replaced by key; add a {nameof(Key)}, or insert them.");
        if (mode == TableMode.Insert && hasKey)
            throw new PipelineException($"Table '{Table}': keys are for {nameof(TableMode.Upsert)} only; make them columns, or upsert.");
        return new TableSpec(Table, [.. _columns], mode ?? (hasKey ? TableMode.Upsert : TableMode.Insert));
    }

    private TableColumns<T> Add<TValue>(string name, Func<T, TValue> value, bool isKey)
    {
        ArgumentNullException.ThrowIfNull(value);
        CheckName(name, $"column of table '{Table}'");
        if (_columns.Exists(column => column.Name == name))
            throw new PipelineException($"Table '{Table}' has two columns '{name}'; name them differently.");
        if (isKey && Nullable.GetUnderlyingType(typeof(TValue)) is not null)
            throw new PipelineException(
                $"Table '{Table}': key column '{name}' may be null ({typeof(TValue)}); a key never is. Use {nameof(Column)}, or a value for null.");
        if (ColumnBinding.TypeOf(typeof(TValue)) is not { } type)
            throw new PipelineException(
                $"Table '{Table}', column '{name}': {typeof(TValue)} has no column type. Give an integer, a double, a text, a Boolean, bytes or an instant.");
        _columns.Add(new TableColumn(name, type, isKey));
        _bindings.Add(ColumnBinding.Of(value, isKey));
        return this;
    }

    private static void CheckName(string name, string what)
    {
        if (string.IsNullOrEmpty(name) || name.Length > MaxNameLength || name.AsSpan()
            .ContainsAnyExcept("abcdefghijklmnopqrstuvwxyz0123456789_"))
            throw new PipelineException(
                $"'{name}' cannot be the name of a {what}: use lower-case letters, digits and underscores, at most {MaxNameLength}.");
    }
}
