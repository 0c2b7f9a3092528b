using ActorStreams.Sql.Binding.Catalogues;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Expressions.Compilation;
using ActorStreams.Sql.Planning;
using ActorStreams.Sql.Rows;
using ActorStreams.Sql.Syntax.Tree;
using ActorStreams.Sql.Values;

namespace ActorStreams;

/// <summary>What a query names: streams and tables of the pipeline, and functions.</summary>
/// <remarks>The columns of a row are its public properties that SQL has a type for, under their names in lower case with underscores
/// (<c>WindowStart</c> is <c>window_start</c>), or as <see cref="ColumnNameAttribute"/> says; a row that is one value has the column
/// <c>value</c>. A property that may be null is a column that may.</remarks>
public sealed class SqlInputs
{
    private readonly Pipeline _pipeline;

    internal SqlInputs(Pipeline pipeline) => _pipeline = pipeline;

    internal SqlCatalog Catalog { get; } = new();

    internal Dictionary<string, PlannedRows> Rows { get; } = new(StringComparer.Ordinal);

    /// <summary>A stream of rows, none of which is ever taken back.</summary>
    /// <param name="name">What the query calls it.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="eventTime">The property that is the event time of the rows, such as <c>nameof(Bid.At)</c>: windows over its column are
    /// complete by the watermark of the stream. Null: there is none.</param>
    /// <returns>The same inputs.</returns>
    /// <exception cref="PipelineException">The name is taken, the row has no columns, or <paramref name="eventTime"/> is no time of
    /// it.</exception>
    public SqlInputs Stream<T>(string name, Stream<T> rows, string? eventTime = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        RowLayout layout = MemberColumns.Of(typeof(T), $"stream '{name}'");
        return Add(name, rows.Pipeline, layout, rows, RowCarrier.Plain(layout), isAppendOnly: true, [], eventTime);
    }

    /// <summary>Rows that come and go.</summary>
    /// <param name="name">What the query calls them.</param>
    /// <param name="changes">The changes.</param>
    /// <param name="eventTime">The property that is the event time of the rows. Null: there is none.</param>
    /// <param name="key">The properties that no two rows have the same values of; none: there are no such.</param>
    /// <returns>The same inputs.</returns>
    /// <exception cref="PipelineException">The name is taken, the row has no columns, or no such properties.</exception>
    public SqlInputs Changes<T>(string name, Stream<Change<T>> changes, string? eventTime = null, params string[] key)
    {
        ArgumentNullException.ThrowIfNull(changes);
        RowLayout layout = MemberColumns.Of(typeof(T), $"changes '{name}'");
        return Add(name, changes.Pipeline, layout, changes, RowCarrier.Changes(layout), isAppendOnly: false, key, eventTime);
    }

    /// <summary>A table: the columns of its key, then those of its value.</summary>
    /// <param name="name">What the query calls it.</param>
    /// <param name="table">The table.</param>
    /// <returns>The same inputs.</returns>
    /// <exception cref="PipelineException">The name is taken, or key and value have no columns, or two of one name.</exception>
    public SqlInputs Table<TKey, TValue>(string name, Table<TKey, TValue> table)
    {
        ArgumentNullException.ThrowIfNull(table);
        RowLayout layout = MemberColumns.Of(typeof(TableRow<TKey, TValue>), $"table '{name}'");
        int keys = MemberColumns.Count(typeof(TKey));
        Stream<Change<TableRow<TKey, TValue>>> changes = table.Changes();
        return Add(name, changes.Pipeline, layout, changes, RowCarrier.Changes(layout), isAppendOnly: false,
            [.. layout.Columns.Take(keys).Select(static one => one.Name)], null);
    }

    /// <summary>A function of the application's own, for each row: <c>from.Function("fee", (decimal price) => price * 0.05m)</c>.</summary>
    /// <param name="name">What the query calls it; case does not matter. Functions of one name differ by their parameters.</param>
    /// <param name="function">Called for rows whose arguments are not NULL; of one that is, the value is NULL. It must give the same for
    /// the same arguments, as all that a pipeline calls.</param>
    /// <returns>The same inputs.</returns>
    /// <exception cref="PipelineException">SQL has no type for a parameter, or for the result.</exception>
    public SqlInputs Function(string name, Delegate function)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(function);
        return Functions(new SqlFunctions().Add(name, function));
    }

    /// <summary>Functions of the application's own: for each row, aggregates, and those that give rows.</summary>
    /// <param name="functions">They are taken over as they are now.</param>
    /// <returns>The same inputs.</returns>
    public SqlInputs Functions(SqlFunctions functions)
    {
        ArgumentNullException.ThrowIfNull(functions);
        Catalog.Own.Add(functions.Known);
        return this;
    }

    private SqlInputs Add(
        string name, Pipeline pipeline, RowLayout layout, object stream, RowCarrier carrier, bool isAppendOnly, string[] key,
            string? eventTime)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (pipeline != _pipeline)
            throw new PipelineException(
                $"'{name}' belongs to pipeline '{pipeline.Name}', and the query to '{_pipeline.Name}': a query reads its own pipeline.");
        if (!Rows.TryAdd(name, new PlannedRows(layout, stream) { Carrier = carrier }))
            throw new PipelineException($"Pipeline '{_pipeline.Name}': two inputs of the query are called '{name}'.");
        List<RelationColumn> columns = [.. layout.Columns.Select(static one => new RelationColumn(one.Name, one.Type, one.IsNullable))];
        List<CatalogWatermark> watermarks = [];
        if (eventTime is not null)
        {
            int at = Place(name, layout, eventTime);
            if (columns[at].Type.Kind is not (SqlKind.Timestamp or SqlKind.TimestampTz))
                throw new PipelineException($"'{name}': {eventTime} is {columns[at].Type}; an event time is a DateTimeOffset or DateTime.");
            columns[at] = columns[at] with { Time = TimeRole.EventTime, HasWatermark = true };
            watermarks.Add(new CatalogWatermark(at, layout.Column(at), 0));
        }

        Catalog.Add(new CatalogTable(ObjectKind.Table, name, columns)
        {
            IsAppendOnly = isAppendOnly,
            Key = [.. key.Select(one => Place(name, layout, one))],
            Watermarks = watermarks,
        });
        return this;
    }

    private static int Place(string input, RowLayout layout, string member)
    {
        for (int at = 0; at < layout.Columns.Count; at++)
        {
            if (ColumnNames.Match(layout.Columns[at].Name, member))
                return at;
        }

        throw new PipelineException(
            $"'{input}' has no column for '{member}'. Its columns are {string.Join(", ", layout.Columns.Select(static one => one.Name))}.");
    }
}
