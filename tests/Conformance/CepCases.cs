using System.Text.Json;
using ActorStreams.TestKit;

namespace ActorStreams.Conformance.Tests;

/// <summary>The cases about patterns, each run by the real engine in virtual time. A millisecond of a case is a minute here, far above the
/// engine's time steps.</summary>
public sealed class CepCases
{
    private const long Scale = 60_000_000;

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task Case(string id)
    {
        Case one = CaseFolder.Find("cep", id);
        JsonElement expect = one.Json.GetProperty("expect");
        if (expect.TryGetProperty("invalid", out JsonElement invalid) && invalid.GetBoolean())
        {
            Exception? thrown = Record.Exception(() => Build(Pipeline.Create("invalid").Read("events", new TestSource<CepEvent>()), one));
            Assert.True(thrown is PipelineException or ArgumentException,
                $"The pattern should be invalid, but {thrown?.ToString() ?? "was built"}.");
            return;
        }

        if (expect.TryGetProperty("error", out JsonElement error) && error.GetBoolean())
        {
            await Assert.ThrowsAnyAsync<ActorStreamsException>(() => RunAsync(one, drains: true));
            return;
        }

        CepResult result = await RunAsync(one, drains: false);
        Assert.Equal(Expected(expect, "matches"), result.Matches);
        if (expect.TryGetProperty("timedOut", out _))
            Assert.Equal(Expected(expect, "timedOut"), result.TimedOut);
        if (!expect.TryGetProperty("onEnd", out _))
            return;
        CepResult drained = await RunAsync(one, drains: true);
        Assert.Equal([.. Expected(expect, "matches").Concat(Expected(expect, "onEnd")).Order(StringComparer.Ordinal)], drained.Matches);
    }

    public static TheoryData<string> Ids() => CaseFolder.Ids("cep");

    private static string[] Expected(JsonElement expect, string kind) => expect.TryGetProperty(kind, out JsonElement matches)
        ? [.. matches.EnumerateArray().Select(Text).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>Events, then stages if the case names them, then the time of expiry if it does.</summary>
    private static string Text(JsonElement match)
    {
        string text = string.Join(' ', match.GetProperty("events").EnumerateArray().Select(index => index.GetInt32()));
        if (match.TryGetProperty("stages", out JsonElement stages))
            text += " | " +
                string.Join(' ', stages.EnumerateObject()
                .SelectMany(stage => stage.Value.EnumerateArray().Select(index => $"{stage.Name}:{index.GetInt32()}"))
                .Order(StringComparer.Ordinal));
        return match.TryGetProperty("at", out JsonElement at) ? $"{text} at {at.GetInt64()}" : text;
    }

    private static string Text(Match<int, CepEvent> match) =>
        string.Join(' ', match.Rows.Select(row => row.Index)) + " | " +
        string.Join(' ', match.Stages.Zip(match.Rows, (stage, row) => $"{stage}:{row.Index}").Order(StringComparer.Ordinal));

    private static async Task<CepResult> RunAsync(Case one, bool drains)
    {
        var source = new TestSource<CepEvent>();
        var matches = new TestSink<string>();
        var timedOut = new TestSink<string>();
        await using StreamTest test = await StreamTest.StartAsync(pipeline =>
        {
            (Stream<string> found, Stream<string> late) = Build(pipeline.Read("events", source), one);
            found.Write("matches", matches);
            late.Write("timed-out", timedOut);
        });
        long last = 0;
        int index = 0;
        foreach (JsonElement entry in one.Json.GetProperty("input").EnumerateArray())
        {
            if (entry.TryGetProperty("watermark", out JsonElement watermark))
            {
                last = watermark.ValueKind == JsonValueKind.Number ? watermark.GetInt64() : last;
            }
            else
            {
                CepEvent row = CepEvent.Of(index, entry);
                last = row.Ts;
                source.Element(row, Time(last));
            }

            index++;
        }

        // A second after the last event, a sixtieth of the smallest unit: the event is matched, and nothing more is over.
        source.Watermark(Time(last).AddSeconds(1));
        test.RunUntilIdle();
        if (drains)
        {
            source.Complete();
            test.RunUntilIdle();
        }

        return new CepResult(Sorted(matches), Sorted(timedOut));
    }

    private static string[] Sorted(TestSink<string> sink) => [.. sink.Rows.Order(StringComparer.Ordinal)];

    private static DateTimeOffset Time(long ts) => DateTimeOffset.UnixEpoch.AddMinutes(ts);

    private static (Stream<string> Matches, Stream<string> TimedOut) Build(Stream<CepEvent> events, Case one)
    {
        Pattern<CepEvent> pattern = CepPatterns.Of(one.Spec, Scale);
        Stream<string> matches = events.KeyBy(_ => 0).Match("pattern", pattern)
            .TimedOutTo(match => $"{Text(match)} at {(match.Deadline - DateTimeOffset.UnixEpoch).TotalMinutes}",
                out Stream<string> timedOut)
            .Select(Text);
        return (matches, timedOut);
    }

    private sealed record CepResult(string[] Matches, string[] TimedOut);
}
