using ActorStreams;

namespace Observatory;

/// <summary>Earthquakes as they come, two views of them: what each network has seen, and those that people feel.</summary>
internal sealed class ObservatoryPipeline(int rowsPerSecond) : IPipelineDefinition
{
    public const string Name = "observatory", ByNetwork = "by-network", Felt = "felt";

    private const double FeltFrom = 4;

    public Pipeline Build()
    {
        var pipeline = Pipeline.Create(Name);
        Stream<Quake> quakes = pipeline
            .Read("quakes", Csv.File<Quake>(Path.Combine(AppContext.BaseDirectory, "earthquakes.csv")).RateLimit(rowsPerSecond))
            .WithEventTime(static quake => quake.Time, Watermarks.BoundedOutOfOrderness(TimeSpan.FromHours(24)));
        quakes.KeyBy(static quake => quake.Network)
            .Aggregate("seen", static a => a.Count().Max(static quake => quake.Magnitude)
                .Into(static (count, strongest) => new Seen(count, strongest)))
            .Materialize(ByNetwork);
        quakes.Filter(static quake => quake.Magnitude >= FeltFrom)
            .KeyBy(static quake => quake.Id)
            .ToTable("strong")
            .Materialize(Felt);
        return pipeline;
    }
}
