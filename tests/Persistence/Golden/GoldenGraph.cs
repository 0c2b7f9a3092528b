using ActorStreams.Authoring;

namespace ActorStreams.Persistence.Tests.Golden;

/// <summary>What a golden job is built from: two inputs, and a table for what it gives.</summary>
internal sealed class GoldenGraph(Pipeline pipeline, Source<GoldenRow> left, Source<GoldenRow> right)
{
    private static readonly WatermarkStrategy s_watermarks = Watermarks.BoundedOutOfOrderness(TimeSpan.FromSeconds(30));

    private Stream<GoldenRow>? _left, _right;

    public Pipeline Pipeline => pipeline;

    /// <summary>Completes when calls to the outside are to be answered: not in a run that stops half way, so that they are still open
    /// then.</summary>
    public required Task Answered { get; init; }

    public Stream<GoldenRow> Left => _left ??= pipeline.Read("left", left).WithEventTime(row => row.At, s_watermarks);

    public Stream<GoldenRow> Right => _right ??= pipeline.Read("right", right).WithEventTime(row => row.At, s_watermarks);

    public bool UsesLeft => _left is not null;

    public bool UsesRight => _right is not null;

    public KeyedStream<string, GoldenRow> LeftByKey => Left.KeyBy(row => row.Key);

    public KeyedStream<string, GoldenRow> RightByKey => Right.KeyBy(row => row.Key);

    /// <summary>The table of the store that has the job's results, a line each.</summary>
    public static string TableOf(string job) => $"golden_{job.Replace('-', '_')}";

    /// <summary>Every row is a line of the results.</summary>
    public void Results<T>(Stream<T> rows) => rows.Map(row => GoldenText.Of(row)).Write("results", Table());

    /// <summary>Every row is a line of the results, marked as late.</summary>
    public void Late(Stream<GoldenRow> late) =>
        late.Write("late", Sinks.Table<GoldenRow>(TableOf(pipeline.Name), table =>
            table.Column("line", row => $"late {GoldenText.Of(row)}")));

    public void TimedOut(Stream<string> lines) => lines.Write("timed-out", Table());

    /// <summary>Every key with its last value is a line of the results.</summary>
    public void Results<TKey, T>(Table<TKey, T> table) => table.Write("results", Sinks.UpsertTable<TKey,
        T>(TableOf(pipeline.Name),
        columns => columns.Key("key", key => GoldenText.Of(key)).Column("line", row => GoldenText.Of(row))));

    private Sink<string> Table() => Sinks.Table<string>(TableOf(pipeline.Name), table =>
        table.Column("line", line => line));
}
