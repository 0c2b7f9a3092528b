using System.Reflection;
using ActorStreams.Operators.Stateless;
using ActorStreams.Sql.Binding.Catalogues;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Expressions.Compilation;
using ActorStreams.Sql.Planning;
using ActorStreams.Sql.Planning.Steps;
using ActorStreams.Sql.Rows;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Connecting;

/// <summary>A source that gives rows of a class with a property for each column: its rows become those of the table, with event times and
/// watermarks as the table says.</summary>
internal static class WireSource
{
    /// <summary>A class with a text for each column that is not computed.</summary>
    public static Type Texts(CatalogTable table) => WireTypes.Of([.. Given(table).Select(static column => (column.Name, typeof(string)))]);

    /// <summary>A class with what is usual in C# for each column that is not computed.</summary>
    public static Type Usual(CatalogTable table) => WireTypes.Of([.. Given(table).Select(static column => (column.Name, UsualOf(column)))]);

    public static Type UsualOf(Binding.Relations.RelationColumn column)
    {
        Type usual = ClrTypes.Usual(column.Type);
        return column.IsNullable && usual.IsValueType ? typeof(Nullable<>).MakeGenericType(usual) : usual;
    }

    /// <param name="read">What the source is made with.</param>
    /// <param name="table">The table.</param>
    /// <param name="wire">What the source gives.</param>
    /// <param name="areChanges">The source gives changes of it.</param>
    /// <param name="source">A <see cref="Source{T}"/> of it.</param>
    public static PlannedRows Rows(ConnectorReading read, CatalogTable table, Type wire, bool areChanges, object source)
    {
        RowLayout layout = MemberColumns.Of(wire, $"source '{table.Name}'");
        RowCarrier carrier = areChanges ? RowCarrier.Changes(layout) : RowCarrier.Plain(layout);
        BoundExpression[] columns = Columns(table, layout);
        BoundExpression InRow(BoundExpression one) => one.Rewrite(node => node is ColumnExpression column ? columns[column.Ordinal] : node);
        CatalogWatermark? watermark = table.Watermarks.FirstOrDefault();
        Delegate? time = watermark is null ? null : EventTimes.Of(layout, columns[watermark.Column], read.Context);
        Delegate? mark = watermark is null or { DelayMicros: not null } ? null
            : EventTimes.Of(layout, InRow(watermark.Value), read.Context);
        return Made(read, carrier, columns,
            Call(areChanges ? nameof(ReadChanges) : nameof(ReadPlain), wire, read.Pipeline, read.Name, source, time,
            watermark?.DelayMicros ?? 0L, mark, read.Errors));
    }

    /// <summary>The same of rows that move already.</summary>
    /// <param name="read">What the source is made with.</param>
    /// <param name="table">The table; it has no watermark.</param>
    /// <param name="wire">What changes.</param>
    /// <param name="stream">A <see cref="Stream{T}"/> of changes of it.</param>
    public static PlannedRows RowsOf(ConnectorReading read, CatalogTable table, Type wire, object stream)
    {
        if (table.Watermarks.Count > 0)
        {
            throw new ConnectorSettings(table, "").Wrong("watermark",
                "a captured table has no watermark: its rows change, and its event time is when they did");
        }

        RowLayout layout = MemberColumns.Of(wire, $"source '{table.Name}'");
        return Made(read, RowCarrier.Changes(layout), Columns(table, layout), stream);
    }

    private static PlannedRows Made(ConnectorReading read, RowCarrier carrier, BoundExpression[] columns, object stream)
    {
        RowCarrier made = RowCarrier.Changes(read.Layout);
        Delegate loop = RowCompiler.Loop(carrier, made, null, columns, read.Context);
        return new PlannedRows(read.Layout, PlanSteps.Call(nameof(PlanSteps.Loop), [carrier.Type, made.Type], stream, loop,
            $"{read.Name}-rows", read.Errors));
    }

    public static object Call(string name, Type wire, params object?[] arguments) => Call(typeof(WireSource), name, [wire], arguments);

    public static object Call(Type home, string name, Type[] types, params object?[] arguments)
    {
        try
        {
            return home.GetMethod(name, BindingFlags.Static | BindingFlags.Public)!.MakeGenericMethod(types).Invoke(null, arguments)!;
        }
        catch (TargetInvocationException error) when (error.InnerException is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error.InnerException);
            throw;
        }
    }

    public static Stream<T> ReadPlain<T>(Pipeline pipeline, string name, Source<T> source, RowFunction<T, long?>? time, long delay,
        RowFunction<T, long?>? mark, ErrorPolicy? errors)
    {
        SourceStream<T> rows = pipeline.Read(name, source, errors);
        return time is null ? rows : rows.WithEventTime(row => time(row) ?? EventTime.MinValue, mark is null
            ? Watermarks.BoundedOutOfOrderness(TimeSpan.FromMicroseconds(delay))
            : Watermarks.Punctuated<T>(row => mark(row)));
    }

    public static Stream<Change<T>> ReadChanges<T>(Pipeline pipeline, string name, Source<Change<T>> source, RowFunction<T, long?>? time,
        long delay, RowFunction<T, long?>? mark, ErrorPolicy? errors)
    {
        SourceStream<Change<T>> rows = pipeline.Read(name, source, errors);
        return time is null ? rows : rows.WithEventTime(change => time(change.Row) ?? EventTime.MinValue, mark is null
            ? Watermarks.BoundedOutOfOrderness(TimeSpan.FromMicroseconds(delay))
            : Watermarks.Punctuated<Change<T>>(change => mark(change.Row)));
    }

    /// <summary>What each column of the table is of a row of the wire.</summary>
    private static BoundExpression[] Columns(CatalogTable table, RowLayout wire)
    {
        var columns = new BoundExpression[table.Columns.Count];
        int given = 0;
        for (int at = 0; at < columns.Length; at++)
        {
            if (!IsComputed(table, at))
                columns[at] = Resolve.Cast(wire.Column(given++), table.Columns[at].Type);
        }

        for (int at = 0; at < columns.Length; at++)
        {
            if (IsComputed(table, at))
                columns[at] = table.Generated[at]!.Rewrite(node => node is ColumnExpression column ? columns[column.Ordinal] : node);
        }

        return columns;
    }

    private static IEnumerable<Binding.Relations.RelationColumn> Given(CatalogTable table) =>
        table.Columns.Where((_, at) => !IsComputed(table, at));

    private static bool IsComputed(CatalogTable table, int at) => table.Generated.Count > at && table.Generated[at] is not null;
}
