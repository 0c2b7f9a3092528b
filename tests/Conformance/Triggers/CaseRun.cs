using System.Globalization;
using System.Text.Json;
using ActorStreams.TestKit;

namespace ActorStreams.Conformance.Tests.Triggers;

/// <summary>A pane as a case describes panes, with the event time of its row.</summary>
public sealed record Pane(WindowResult<string, string[]> Result, long Time);

/// <summary>Runs a case through the public API: one source, one window operator, a sink for panes and one for late elements.</summary>
public sealed class CaseRun : IAsyncDisposable
{
    private static readonly DateTimeOffset s_zero = DateTimeOffset.UnixEpoch;

    private readonly TestSource<Item> _source = new();
    private readonly TestSink<Pane> _panes = new();
    private readonly TestSink<Item> _late = new();
    private readonly bool _hasBundles;
    private readonly StreamTest _test;
    private int _panesSeen;
    private int _lateSeen;
    private bool _isComplete;

    private CaseRun(Func<KeyedStream<string, Item>, WindowedStream<string, Item>> windows, bool hasBundles)
    {
        _hasBundles = hasBundles;
        _test = StreamTest.StartAsync(pipeline => Build(pipeline, windows), seed: 1, start: s_zero).GetAwaiter().GetResult();
    }

    public static CaseRun Of(JsonElement spec, bool hasBundles = false) =>
        new(keyed => CaseSpec.Configure(keyed.Window("windows", CaseSpec.WindowsOf(spec.GetProperty("window"))), spec), hasBundles);

    public static CaseRun OfWindows(JsonElement window) =>
        new(keyed => keyed.Window("windows", CaseSpec.WindowsOf(window)), hasBundles: false);

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    /// <summary>Feeds elements: each by itself, or all at once.</summary>
    public void Elements(IEnumerable<Item> items, bool isBundle)
    {
        foreach (Item item in items)
        {
            _source.Element(item, s_zero.AddMilliseconds(item.Time));
            if (_hasBundles && !isBundle)
                _test.RunUntilIdle();
        }

        _test.RunUntilIdle();
    }

    public void Watermark(JsonElement time)
    {
        if (_isComplete)
            return;
        _isComplete = time.ValueKind == JsonValueKind.String;
        if (_isComplete)
            _source.Complete();
        else
            _source.Watermark(s_zero.AddMilliseconds(time.GetInt64()));
        _test.RunUntilIdle();
    }

    public void ProcessingTime(long time) => _test.AdvanceTime(s_zero.AddMilliseconds(time) - _test.Clock.GetUtcNow());

    /// <summary>The time for elements that have none.</summary>
    public long Now => (long)(_test.Clock.GetUtcNow() - s_zero).TotalMilliseconds;

    public IReadOnlyList<Pane> TakePanes()
    {
        Pane[] panes = [.. _panes.Rows.Skip(_panesSeen)];
        _panesSeen += panes.Length;
        return panes;
    }

    public IReadOnlyList<Item> TakeLate()
    {
        Item[] late = [.. _late.Rows.Skip(_lateSeen)];
        _lateSeen += late.Length;
        return late;
    }

    private void Build(Pipeline pipeline, Func<KeyedStream<string, Item>, WindowedStream<string, Item>> windows)
    {
        WindowedStream<string, Item> windowed = windows(pipeline.Read("elements", _source).KeyBy(item => item.Key))
            .LateTo(out Stream<Item> late);
        if (_hasBundles)
            windowed = windowed.TriggerPerBatch();
        windowed.Aggregate(Aggregate.By<Item, CollectValues, Collected, string[]>(default))
            .KeyBy(result => result.Key).Process("times", () => new WithTime())
            .Write("panes", _panes);
        late.Write("late", _late);
    }

    /// <summary>Adds the event time that a row goes by.</summary>
    private sealed class WithTime : ProcessFunction<string, WindowResult<string, string[]>, Pane>
    {
        public override void OnRow(in WindowResult<string, string[]> row, ProcessContext<string, Pane> context) =>
            context.Emit(new Pane(row, context.Time));
    }
}
