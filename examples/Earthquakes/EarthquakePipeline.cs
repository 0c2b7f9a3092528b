using ActorStreams;
using Result = ActorStreams.WindowResult<string, (long Count, double? Max)>;

namespace Earthquakes;

/// <summary>How many earthquakes each network saw in every six hours, and how strong the strongest was.</summary>
internal static class EarthquakePipeline
{
    public const string Name = "earthquakes";
    public const string SourceName = "quakes";
    public const string WindowName = "strongest";
    public const string Table = "strongest";

    public static Pipeline Build(RunSettings settings)
    {
        Source<Quake> quakes = Csv.File<Quake>(settings.Input);
        if (settings.RowsPerSecond is { } rate)
            quakes = quakes.RateLimit(rate);

        var pipeline = Pipeline.Create(Name);
        Stream<Result> strongest = pipeline.Read(SourceName, quakes)
            .WithEventTime(quake => quake.Time, Watermarks.BoundedOutOfOrderness(settings.OutOfOrderness))
            .KeyBy(quake => quake.Network)
            .Window(WindowName, Window.Tumbling(TimeSpan.FromHours(6)))
            .LateTo(out Stream<Quake> late)
            .Aggregate(a => a.Count().Max(quake => quake.Magnitude));

        // Windows that end together come in no promised order: put them in one, so that every run writes the same file.
        Stream<Result> results = strongest.OrderByEventTime("in-order",
            Comparer<Result>.Create((a, b) => string.CompareOrdinal(a.Key, b.Key)));
        results.Write("table", Sinks.Table<Result>(Table, table => table
            .Key("network", result => result.Key)
            .Key("window_start", result => result.Window.StartTime)
            .Column("count", result => result.Result.Count)
            .Column("max_magnitude", result => result.Result.Max)));
        late.Write("late-table", Sinks.Table<Quake>("late", table => table
            .Column("network", quake => quake.Network)
            .Column("time", quake => quake.Time)
            .Column("magnitude", quake => quake.Magnitude)));
        if (settings.Output is not null)
        {
            results.Write("output", Csv.ToFile<Result>(settings.Output, csv => csv
                .Column("network", result => result.Key)
                .Column("window_start", result => result.Window.StartTime)
                .Column("count", result => result.Result.Count)
                .Column("max_magnitude", result => result.Result.Max)));
        }

        return pipeline;
    }
}
