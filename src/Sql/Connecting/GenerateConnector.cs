using System.Globalization;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Planning;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Connecting;

/// <summary>Rows that are made up, the same in every run: for trying things out and for tests. Number n (from 0) has n in whole numbers, or
/// n modulo <c>keys</c> in those that are not the first; the name of its column and such a number in texts; and the instant
/// <c>start</c> + n · <c>step</c> in times.</summary>
internal sealed class GenerateConnector : Connector
{
    public override bool IsBounded(ConnectorSettings settings) => settings.Number("rows", long.MaxValue) < long.MaxValue;

    public override PlannedRows Read(ConnectorReading read, ConnectorSettings settings)
    {
        long rows = settings.Number("rows", long.MaxValue), rate = settings.Number("rows_per_second", 0),
            keys = settings.Number("keys", 10);
        string start = settings.TextOr("start", "2030-01-01 00:00:00")!, step = settings.TextOr("step", "1 second")!;
        if (keys < 1)
            throw settings.Wrong("keys", "keys is at least 1");
        long from, by;
        try
        {
            (from, by) = (DateTimeReader.ReadTimestamp(start).Micros, ((SqlInterval)ValueText.Parse(step, SqlType.Interval)).Micros);
        }
        catch (SqlFault fault)
        {
            throw settings.Wrong("start", fault.Message);
        }

        settings.Done();
        Type wire = WireSource.Usual(settings.Table);
        Func<long, object?>[] columns = [.. settings.Table.Columns.Select((column, at) => Values(column, at, keys, from, by))];
        object source = WireSource.Call(typeof(GenerateConnector), nameof(Generate), [wire], rows, columns);
        if (rate > 0)
            source = WireSource.Call(typeof(GenerateConnector), nameof(Limit), [wire], source, (int)Math.Min(rate, int.MaxValue));
        return WireSource.Rows(read, settings.Table, wire, false, source);
    }

    public static Source<T> Generate<T>(long rows, Func<long, object?>[] columns)
        where T : new() => new GeneratedRows<T>(rows, columns);

    public static Source<T> Limit<T>(Source<T> source, int rate) => source.RateLimit(rate);

    private static Func<long, object?> Values(RelationColumn column, int at, long keys, long start, long step) => column.Type.Kind switch
    {
        SqlKind.Boolean => static n => n % 2 == 0,
        SqlKind.SmallInt => n => (short)(n % keys),
        SqlKind.Integer => n => (int)(at == 0 ? n % int.MaxValue : n % keys),
        SqlKind.BigInt => n => at == 0 ? n : n % keys,
        SqlKind.Real => static n => n / 10f,
        SqlKind.Double => static n => n / 10.0,
        SqlKind.Numeric => static n => n / 10m,
        SqlKind.Text or SqlKind.Varchar => n => string.Create(CultureInfo.InvariantCulture, $"{column.Name}-{n % keys}"),
        SqlKind.Timestamp => n => DateTime.UnixEpoch.AddTicks((start + (n * step)) * TimeSpan.TicksPerMicrosecond),
        SqlKind.TimestampTz => n => DateTimeOffset.UnixEpoch.AddTicks((start + (n * step)) * TimeSpan.TicksPerMicrosecond),
        SqlKind.Date => n => DateOnly.FromDateTime(DateTime.UnixEpoch.AddTicks((start + (n * step)) * TimeSpan.TicksPerMicrosecond)),
        _ => static _ => null,
    };
}
