using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Progress;

/// <summary>How these specs look at watermarks: tumbling counts of 10 seconds, written as "key start count" in seconds.</summary>
internal static class Counting
{
    public const long Second = 1_000_000;

    public static JobOptions Options(int parallelism) =>
        new() { Parallelism = parallelism, Shards = 8, EpochInterval = TimeSpan.FromDays(40), MaxEventTimeAhead = null };

    public static TestSink<WindowResult<string, long>> Sink() =>
        new(result => $"{result.Key} {result.Window.Start / Second} {result.Result}");

    public static void CountInto(this Stream<Event> rows, TestSink<WindowResult<string, long>> sink) =>
        rows.KeyBy(row => row.Key).Window("counts", Window.Tumbling(TimeSpan.FromSeconds(10))).Aggregate(Aggregate.Of<Event>().Count())
            .Write("out", sink);

    public static Task<StreamTest> StartAsync(FedSource source, WatermarkStrategy watermarks, TestSink<WindowResult<string, long>> sink,
        JobOptions options) =>
        StreamTest.StartAsync(pipeline => pipeline.Read("rows", source).WithEventTime(row => row.Time, watermarks).CountInto(sink),
            options);

    public static Event At(double seconds, string key = "a", bool isMarker = false) => new(key, (long)(seconds * Second), isMarker);

    /// <summary>Everything that came so far, sorted.</summary>
    public static string[] Shown(this TestSink<WindowResult<string, long>> sink) =>
        [.. sink.Rows.Select(result => $"{result.Key} {result.Window.Start / Second} {result.Result}").Order(StringComparer.Ordinal)];

    /// <summary>Feeds three partitions in turns of fewer than <paramref name="rows"/> rows, commits and crashes now and then, and ends the
    /// input.</summary>
    /// <returns>What was fed.</returns>
    public static List<Event> FeedAtRandom(this StreamTest test, FedSource source, Random random, int rows)
    {
        var fed = new List<Event>();
        for (int turn = 0; turn < 40; turn++)
        {
            // Each key comes from one partition, so what is late depends on the rows alone.
            int partition = random.Next(3);
            Event[] some = [.. Enumerable.Range(0, random.Next(rows))
                .Select(row => At((turn * (partition + 1) * 3) - random.Next(12), $"{partition}-{random.Next(4)}"))];
            source.Add(partition, some);
            fed.AddRange(some);
            if (random.Next(4) == 0)
                test.Commit();
            if (random.Next(6) == 0)
                test.CrashAndRestore(random.Next(1, 4));
        }

        source.End();
        return fed;
    }
}
