using System.Globalization;
using System.Text.Json;
using ActorStreams.Authoring;
using ActorStreams.Sql.Binding.Catalogues;
using ActorStreams.Sql.Expressions.Compilation;
using ActorStreams.Sql.Values;
using ActorStreams.TestKit;

namespace ActorStreams.Sql.Tests.Planning;

/// <summary>A table of a case: rows of JSON become changes of its row type.</summary>
internal abstract class TableFeed
{
    public static TableFeed Of(RowLayout layout, CatalogWatermark? watermark) =>
        (TableFeed)Activator.CreateInstance(typeof(TableFeed<>).MakeGenericType(layout.Row), layout, watermark)!;

    public abstract object Read(Pipeline pipeline, string name);

    public abstract void Change(JsonElement row, int weight);

    /// <summary>Moves the watermark on: to what the rows brought, or to what is said.</summary>
    /// <param name="said">A time, or <c>end</c>: no more rows will come. Null: nothing is said.</param>
    public abstract void Advance(string? said);

    /// <summary>A value of JSON by the type of its column.</summary>
    public static object? Value(JsonElement value, SqlType type) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => ValueText.Parse(value.GetRawText(), type),
        _ => ValueText.Parse(value.GetString()!, type),
    };
}

internal sealed class TableFeed<T>(RowLayout layout, CatalogWatermark? watermark) : TableFeed
{
    private readonly TestSource<Change<T>> _source = new();
    private long _latest = EventTime.MinValue, _told = EventTime.MinValue;

    public override object Read(Pipeline pipeline, string name) => pipeline.Read(name, _source);

    public override void Change(JsonElement row, int weight)
    {
        object made = Activator.CreateInstance<T>()!;
        int at = 0;
        foreach (JsonElement value in row.EnumerateArray())
            layout.Fields[at].SetValue(made, Value(value, layout.Columns[at++].Type));
        var change = new Change<T>((T)made, weight);
        long? time = watermark is null ? null : layout.Fields[watermark.Column].GetValue(made) switch
        {
            Timestamp local => local.Micros,
            TimestampTz instant => instant.Micros,
            _ => null,
        };
        if (time is not { } micros)
        {
            _source.Element(change);
            return;
        }

        _latest = Math.Max(_latest, micros);
        _source.Element(change, EventTime.ToDateTimeOffset(micros));
    }

    public override void Advance(string? said)
    {
        if (said == "end")
        {
            _source.Complete();
            return;
        }

        long brought = watermark is null || _latest == EventTime.MinValue ? EventTime.MinValue : _latest - (watermark.DelayMicros ?? 0);
        long next = Math.Max(brought, said is null ? EventTime.MinValue : DateTimeReader.ReadTimestamp(said.TrimEnd('Z')).Micros);
        if (next <= _told)
            return;
        _told = next;
        _source.Watermark(EventTime.ToDateTimeOffset(next));
    }
}

/// <summary>What a query of a case shows: its changes, added up.</summary>
internal abstract class QueryContent
{
    public static QueryContent Of(RowLayout layout) =>
        (QueryContent)Activator.CreateInstance(typeof(QueryContent<>).MakeGenericType(layout.Row), layout)!;

    public abstract void Write(object stream, string name);

    /// <summary>The rows that are there, as texts; in no order.</summary>
    public abstract IEnumerable<string> Rows();

    /// <summary>The net changes since the last call: number and row.</summary>
    public abstract IEnumerable<string> Changes();

    /// <summary>Numbers by value, whatever their type.</summary>
    public static string Text(object? value) => value switch
    {
        null => "NULL",
        short or int or long => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        Numeric number => number.IsFinite ? NumericMath.Round(number, 9).WithoutZeros().ToString() : number.ToString(),
        double number => double.IsFinite(number) && Math.Abs(number) < 1e20
            ? NumericMath.Round(NumericText.Parse(number.ToString("R", CultureInfo.InvariantCulture)), 9).WithoutZeros().ToString()
            : FloatText.Of(number),
        _ => ValueText.Of(value),
    };
}

internal sealed class QueryContent<T>(RowLayout layout) : QueryContent
{
    private readonly TestSink<Change<T>> _sink = new();
    private int _seen;

    public override void Write(object stream, string name) => ((Stream<Change<T>>)stream).Write(name, _sink);

    public override IEnumerable<string> Rows() => Net(_sink.Committed)
        .SelectMany(static one => Enumerable.Repeat(one.Row, Math.Max(0, one.Weight)));

    public override IEnumerable<string> Changes()
    {
        IReadOnlyList<Change<T>> all = _sink.Committed;
        Change<T>[] since = [.. all.Skip(_seen)];
        _seen = all.Count;
        return Net(since).Select(static one => $"{one.Weight}: {one.Row}");
    }

    private IEnumerable<(string Row, int Weight)> Net(IEnumerable<Change<T>> changes) => changes
        .GroupBy(change => string.Join(" | ", layout.Fields.Select(field => Text(field.GetValue(change.Row)))))
        .Select(static rows => (rows.Key, rows.Sum(static change => change.Weight))).Where(static one => one.Item2 != 0);
}
