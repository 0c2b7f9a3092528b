using ActorStreams;

namespace Readings;

/// <summary>Counts and sums what each sensor measures in a second, and follows the order of its readings, into two tables of the
/// store.</summary>
internal static class ReadingsPipeline
{
    public const string Name = "readings", Seconds = "readings_per_second", Order = "reading_sequences";

    public static Pipeline Of(ReadingSource source)
    {
        Pipeline pipeline = Pipeline.Create(Name);
        Stream<Reading> readings = pipeline.Read(Name, source)
            .WithEventTime(reading => DateTimeOffset.UnixEpoch.AddMicroseconds(reading.At),
                Watermarks.BoundedOutOfOrderness(TimeSpan.FromSeconds(1)));
        readings.KeyBy(reading => reading.Sensor)
            .Window("per-second", Window.Tumbling(TimeSpan.FromSeconds(1)))
            .Aggregate(Aggregate.Of<Reading>().Count().Sum(reading => reading.Value))
            .Write("results", Sinks.Table<WindowResult<int, (long Count, long Sum)>>(Seconds, columns => columns
                .Column("sensor", result => (long)result.Key)
                .Column("second", result => Generated.SecondOf(result.Window.Start))
                .Column("count", result => result.Result.Count)
                .Column("sum", result => result.Result.Sum)));
        readings.KeyBy(reading => Generated.SequenceOf(reading))
            .Process("sequences", () => new Sequences())
            .Write("order", Sinks.Table<Sequence>(Order, columns => columns
                .Column("key", sequence => (long)sequence.Key)
                .Column("count", sequence => sequence.Count)
                .Column("hash", sequence => sequence.Hash)));
        return pipeline;
    }
}
