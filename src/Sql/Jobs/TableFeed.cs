using ActorStreams.Operators.Stateless;
using System.Reflection;
using ActorStreams.Sql.Binding.Catalogues;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Expressions.Compilation;
using ActorStreams.Sql.Planning;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Jobs;

/// <summary>The way of rows into a job that come from statements: of a table, or of what is copied from one object to another.</summary>
internal abstract class TableFeed
{
    /// <summary>A feed of a table.</summary>
    /// <param name="table">Its columns, event time and what its rows fulfil.</param>
    /// <param name="layout">The type of its rows.</param>
    public static TableFeed Of(CatalogTable table, RowLayout layout) =>
        (TableFeed)Activator.CreateInstance(typeof(TableFeed<>).MakeGenericType(layout.Row), table, layout)!;

    /// <summary>A feed for rows that are copied from a table or view: its watermark only moves when it is told to.</summary>
    public static TableFeed Copying(CatalogTable table, RowLayout layout)
    {
        int at = table.Columns.ToList().FindIndex(static one => one is { Time: TimeRole.EventTime, HasWatermark: true });
        CatalogWatermark[] time = at < 0 ? [] : [new CatalogWatermark(at, new ConstantExpression(null, SqlType.Timestamp), null)];
        return Of(table with { Watermarks = time, Checks = [], Generated = [] }, layout);
    }

    /// <summary>Adds the source to a pipeline.</summary>
    /// <returns>A <see cref="Stream{T}"/> of changes.</returns>
    public abstract object Read(Pipeline pipeline, string name);

    /// <summary>Makes a row of its values: computed columns are computed, and what rows of the table fulfil is checked.</summary>
    /// <param name="values">By the types of the columns; null: NULL.</param>
    /// <exception cref="SqlException">The row breaks a rule of the table.</exception>
    public abstract object RowOf(object?[] values);

    /// <summary>The values of a row.</summary>
    public abstract object?[] ValuesOf(object row);

    /// <summary>Hands changes over, in order.</summary>
    /// <returns>Completes when they are durable.</returns>
    public abstract Task TellAsync(IEnumerable<(object Row, int Weight)> changes);

    /// <summary>Hands over an array of changes of the row type.</summary>
    public abstract Task TellAllAsync(Array changes);

    /// <summary>Says that no row with a smaller event time will come.</summary>
    public abstract Task AdvanceAsync(long watermark);

    /// <summary>Completes when all that was handed over so far is durable.</summary>
    public abstract Task Told { get; }

    /// <summary>No rows will come: the source ends once those that were told are read.</summary>
    public abstract void Complete();
}

/// <inheritdoc/>
internal sealed class TableFeed<TRow> : TableFeed
{
    private readonly FeedSource<TRow> _source;
    private readonly CatalogTable _table;
    private readonly RowLayout _layout;
    private readonly RowFunction<TRow, TRow>? _computed;
    private readonly (BoundExpression Check, RowFunction<TRow, bool> Fails)[] _checks;

    public TableFeed(CatalogTable table, RowLayout layout)
    {
        (_table, _layout) = (table, layout);
        var context = new RowContext { Statement = table.Name };
        CatalogWatermark? watermark = table.Watermarks.FirstOrDefault();
        _source = new FeedSource<TRow>(table.Name,
            watermark is null ? null : (RowFunction<TRow, long?>)EventTimes.Of(layout, layout.Column(watermark.Column), context),
            watermark is null ? null : (RowFunction<TRow, long?>)EventTimes.Of(layout, watermark.Value, context));
        if (table.Generated.Any(static one => one is not null))
        {
            _computed = (RowFunction<TRow, TRow>)RowCompiler.Row(layout, layout,
                [.. layout.Columns.Select((_, at) => table.Generated[at] ?? layout.Column(at))], context);
        }

        _checks = [.. table.Checks.Select(
            check => (check, (RowFunction<TRow, bool>)RowCompiler.Condition(layout, Resolve.Not(check), context)))];
    }

    public override object Read(Pipeline pipeline, string name) => pipeline.Read(name, _source);

    public override object RowOf(object?[] values)
    {
        object made = Activator.CreateInstance<TRow>()!;
        for (int at = 0; at < values.Length; at++)
        {
            if (values[at] is null && !_layout.Columns[at].IsNullable && (_table.Generated.Count == 0 || _table.Generated[at] is null))
                throw Refused(SqlState.NotNullViolation,
                    $"The column \"{_layout.Columns[at].Name}\" of \"{_table.Name}\" is not null, and the row has NULL.");
            _layout.Fields[at].SetValue(made, values[at]);
        }

        var row = (TRow)made;
        if (_computed is not null)
            row = _computed(row);
        foreach ((BoundExpression check, RowFunction<TRow, bool> fails) in _checks)
        {
            if (fails(row))
                throw Refused(SqlState.CheckViolation, $"A row of \"{_table.Name}\" does not fulfil {check}: {row}.");
        }

        return row!;
    }

    public override object?[] ValuesOf(object row) => [.. _layout.Fields.Select(field => field.GetValue(row))];

    public override Task TellAsync(IEnumerable<(object Row, int Weight)> changes) =>
        _source.TellAsync(changes.Select(static one => new Change<TRow>((TRow)one.Row, one.Weight)));

    public override Task TellAllAsync(Array changes) => _source.TellAsync((Change<TRow>[])changes);

    public override Task AdvanceAsync(long watermark) => _source.AdvanceAsync(watermark);

    public override Task Told => _source.LastTold;

    public override void Complete() => _source.Complete();

    private static SqlException Refused(string state, string message) => new(SqlErrorCategory.Constraint, state, message);
}
