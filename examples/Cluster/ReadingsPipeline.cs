using ActorStreams;

namespace Readings;

/// <summary>Counts and sums what each sensor measures in a second, into a table of the store.</summary>
internal static class ReadingsPipeline
{
    public const string Table = "readings_per_second";

    public static Pipeline Of(long rows, int rate)
    {
        Pipeline pipeline = Pipeline.Create("readings");
        pipeline.Read("readings", new ReadingSource(rows, rate))
            .WithEventTime(reading => DateTimeOffset.UnixEpoch.AddMicroseconds(reading.At),
                Watermarks.BoundedOutOfOrderness(TimeSpan.FromSeconds(1)))
            .KeyBy(reading => reading.Sensor)
            .Window("per-second", Window.Tumbling(TimeSpan.FromSeconds(1)))
            .Aggregate(Aggregate.Of<Reading>().Count().Sum(reading => reading.Value))
            .Write("results", Sinks.Table<WindowResult<int, (long Count, long Sum)>>(Table, columns => columns
                .Column("sensor", result => (long)result.Key)
                .Column("second", result => Generated.SecondOf(result.Window.Start))
                .Column("count", result => result.Result.Count)
                .Column("sum", result => result.Result.Sum)));
        return pipeline;
    }
}
