using System.Globalization;
using ActorStreams.Authoring;

namespace ActorStreams.Cluster.Tests.Jobs;

/// <summary>A pipeline whose result is known: numbers counted by key and second, written to a table of the store.</summary>
internal static class CountsOfNodes
{
    public const int Partitions = 3, Keys = 97;

    private static readonly DateTimeOffset s_start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public sealed record Number(string Key, DateTimeOffset At);

    public static Number[] Numbers(int count) =>
        [.. Enumerable.Range(0, count).Select(number => new Number($"key-{number * 7919 % Keys}", s_start.AddMilliseconds(number)))];

    public static Pipeline PipelineOf(Func<Source<Number>> source)
    {
        Pipeline pipeline = Pipeline.Create("counts");
        pipeline.Read("numbers", source())
            .WithEventTime(number => number.At, Watermarks.BoundedOutOfOrderness(TimeSpan.FromMilliseconds(10)))
            .KeyBy(number => number.Key)
            .Window("counts", Window.Tumbling(TimeSpan.FromSeconds(1)))
            .Aggregate(numbers => numbers.Count())
            .Write("results", Sinks.Table<WindowResult<string, long>>("counts", columns => columns
                .Column("key", result => result.Key)
                .Column("second", result => (result.Window.Start / 1_000_000) - s_start.ToUnixTimeSeconds())
                .Column("count", result => result.Result)));
        return pipeline;
    }

    /// <summary>What the table must hold, in order.</summary>
    public static IReadOnlyList<string> Expected(int count) =>
        [.. Numbers(count).GroupBy(number => (number.Key, Second: (long)(number.At - s_start).TotalSeconds))
            .Select(group => string.Create(CultureInfo.InvariantCulture, $"{group.Key.Key} {group.Key.Second} {group.Count()}"))
            .Order(StringComparer.Ordinal)];

    /// <summary>What it holds.</summary>
    public static IReadOnlyList<string> In(MemoryStore store) =>
        [.. store.ReadTable("counts").Select(row => string.Create(CultureInfo.InvariantCulture, $"{row[0]} {row[1]} {row[2]}"))
            .Order(StringComparer.Ordinal)];
}
