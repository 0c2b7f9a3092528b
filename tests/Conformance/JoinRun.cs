using System.Text.Json;
using ActorStreams.TestKit;

namespace ActorStreams.Conformance.Tests;

/// <summary>Feeds a join case to the engine, step by step, and compares.</summary>
internal sealed class JoinRun : IAsyncDisposable
{
    private static readonly DateTimeOffset End = new(9999, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly JoinSpec _spec;
    private readonly TestSource<CaseRow> _left = new();
    private readonly TestSource<CaseRow> _right = new();
    private readonly TestSink<CaseResult> _sink = new();
    private readonly SortedDictionary<string, string> _expectedTable = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _table = new(StringComparer.Ordinal);
    private StreamTest _test = null!;
    private long? _streamTime;
    private int _seen;

    private JoinRun(JoinSpec spec) => _spec = spec;

    public static async Task<JoinRun> StartAsync(JoinSpec spec)
    {
        var run = new JoinRun(spec);
        run._test = await StreamTest.StartAsync(pipeline => JoinPipeline.Build(pipeline, spec, run._left, run._right, run._sink));
        if (spec.HasLeftTime)
            run._right.Watermark(End);
        return run;
    }

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    public void Take(JsonElement step, int number)
    {
        if (step.TryGetProperty("processingTime", out JsonElement clock))
            _test.AdvanceTime(TimeSpan.FromMilliseconds(clock.GetInt64()) - _test.Clock.Elapsed);
        if (step.TryGetProperty("input", out JsonElement input))
        {
            foreach (JsonElement record in input.EnumerateArray())
                Feed(record);
        }

        if (step.TryGetProperty("watermark", out JsonElement watermark))
            Advance(watermark);
        _test.RunUntilIdle();
        if (!step.TryGetProperty("expect", out JsonElement expect))
            return;
        CaseResult[] came = [.. _sink.Rows.Skip(_seen)];
        _seen += came.Length;
        if (_spec.IsTable)
            CompareTables(expect, came, number);
        else
            CompareRows(expect, came, number);
    }

    private static string Text(JsonElement value) => value.ValueKind == JsonValueKind.Number ? value.GetDouble()
        .ToString("R", System.Globalization.CultureInfo.InvariantCulture) : value.GetRawText();

    private static string? TextOrNull(JsonElement value) => value.ValueKind == JsonValueKind.Null ? null : Text(value);

    private static DateTimeOffset At(long millis) => DateTimeOffset.UnixEpoch.AddMilliseconds(millis);

    private void Feed(JsonElement record)
    {
        bool isLeft = record.GetProperty("side").GetString() == "left";
        string op = record.TryGetProperty("op", out JsonElement given) ? given.GetString()! : "insert";
        long time = record.TryGetProperty("ts", out JsonElement ts) ? ts.GetInt64() : 0;
        string? value = op == "delete" ? null : TextOrNull(record.GetProperty("value"));
        var row = new CaseRow(TextOrNull(record.GetProperty("key")), value);

        // What an update replaces follows from the table.
        if (op != "updateBefore")
            (isLeft || _spec.IsSelf ? _left : _right).Element(row, At(time));
        _test.RunUntilIdle();
        bool makesTime = _spec.HasLeftTime ? isLeft && value is not null : _spec.HasStreamTime;
        if (!makesTime || time <= _streamTime)
            return;
        _streamTime = time;
        Tick(At(time));
    }

    private void Advance(JsonElement watermark)
    {
        if (watermark.ValueKind == JsonValueKind.String)
        {
            _left.Complete();
            _right.Complete();
        }
        else
        {
            Tick(At(watermark.GetInt64()));
        }
    }

    private void Tick(DateTimeOffset watermark)
    {
        _left.Watermark(watermark);
        if (!_spec.HasLeftTime)
            _right.Watermark(watermark);
        _test.RunUntilIdle();
    }

    private void CompareRows(JsonElement expect, CaseResult[] came, int number)
    {
        List<string> expected = [.. expect.EnumerateArray().Select(Shown).Order(StringComparer.Ordinal)];
        List<string> actual = [.. came.Select(Shown).Order(StringComparer.Ordinal)];
        if (!expected.SequenceEqual(actual, StringComparer.Ordinal))
            Assert.Fail($"Step {number}: expected {string.Join(" ", expected)}, but {string.Join(" ", actual)} came.");
    }

    private void CompareTables(JsonElement expect, CaseResult[] came, int number)
    {
        foreach (JsonElement one in expect.EnumerateArray())
        {
            string key = Text(one.GetProperty("key"));
            if (one.TryGetProperty("delete", out JsonElement isDelete) && isDelete.GetBoolean())
                _expectedTable.Remove(key);
            else
                _expectedTable[key] = Shown(one);
        }

        foreach (CaseResult result in came)
        {
            if (result.IsDelete)
                _table.Remove(result.Key!);
            else
                _table[result.Key!] = Shown(result);
        }

        if (!_expectedTable.SequenceEqual(_table))
            Assert.Fail($"Step {number}: expected {string.Join(" ", _expectedTable.Values)}, but the table is {string.Join(" ", _table.Values)}.");
    }

    private static string Shown(JsonElement expected)
    {
        JsonElement pair = expected.GetProperty("pair");
        return $"[{TextOrNull(expected.GetProperty("key")) ?? "null"}: {TextOrNull(pair[0]) ?? "null"}, {TextOrNull(pair[1]) ?? "null"}]";
    }

    private static string Shown(CaseResult came) => $"[{came.Key ?? "null"}: {came.Left ?? "null"}, {came.Right ?? "null"}]";
}
