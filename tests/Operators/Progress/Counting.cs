using ActorStreams.Core.Jobs;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Time;
using ActorStreams.Operators.Aggregates;
using ActorStreams.Operators.Windows;
using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Progress;

/// <summary>How these specs look at watermarks: tumbling counts of 10 seconds, written as "key start count" in seconds.</summary>
internal static class Counting
{
    public const long Second = 1_000_000;

    public static JobOptions Options(int parallelism) => new() { Parallelism = parallelism, Shards = 8, EpochInterval = TimeSpan.FromDays(40), MaxEventTimeAhead = null };

    public static TestSink<WindowResult<string, long>> Sink() => new(result => $"{result.Key} {result.Window.Start / Second} {result.Result}");

    public static void CountInto(this Stream<Event> rows, TestSink<WindowResult<string, long>> sink) =>
        rows.KeyBy(row => row.Key).Window("counts", Kinds.Tumbling(TimeSpan.FromSeconds(10))).Aggregate(Fold.Of<Event>().Count()).Write("out", sink);

    public static Task<StreamTest> StartAsync(FedSource source, WatermarkStrategy watermarks, TestSink<WindowResult<string, long>> sink, JobOptions options) =>
        StreamTest.StartAsync(pipeline => pipeline.Read("rows", source).WithEventTime(row => row.Time, watermarks).CountInto(sink), options);

    public static Event At(double seconds, string key = "a", bool isMarker = false) => new(key, (long)(seconds * Second), isMarker);

    /// <summary>Everything that came so far, sorted.</summary>
    public static string[] Shown(this TestSink<WindowResult<string, long>> sink) =>
        [.. sink.Rows.Select(result => $"{result.Key} {result.Window.Start / Second} {result.Result}").Order(StringComparer.Ordinal)];
}
