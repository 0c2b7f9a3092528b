using System.Globalization;
using ActorStreams;
using Earthquakes;

namespace Readings;

/// <summary>The pipeline of <c>examples/Earthquakes</c>, as it is, beside the readings: one cluster runs many jobs.</summary>
internal static class QuakesPipeline
{
    public const string Name = EarthquakePipeline.Name;

    /// <summary>How far an earthquake may be behind the latest one.</summary>
    public static readonly TimeSpan OutOfOrderness = TimeSpan.FromHours(24);

    private static string File => Path.Combine(AppContext.BaseDirectory, "earthquakes.csv");

    /// <summary>The pipeline; it takes about as long as the readings do.</summary>
    public static Pipeline Of(RunSettings settings) => EarthquakePipeline.Build(new Earthquakes.RunSettings
    {
        Input = File,
        Store = "",                                     // the job's store is the cluster's
        OutOfOrderness = OutOfOrderness,
        Epoch = TimeSpan.FromSeconds(1),
        RowsPerSecond = (int)Math.Max(1, Lines().Length / Math.Max(1, settings.Rows / settings.Rate)),
    });

    /// <summary>All earthquakes, in the order of the file.</summary>
    public static IEnumerable<Quake> All() => Lines().Select(static line =>
    {
        string[] fields = line.Split(',');              // only the place, behind these, may have a comma
        return new Quake(DateTimeOffset.Parse(fields[1], CultureInfo.InvariantCulture), fields[3],
            fields[4].Length == 0 ? null : double.Parse(fields[4], CultureInfo.InvariantCulture));
    });

    private static string[] Lines() => [.. System.IO.File.ReadLines(File).Skip(1).Where(static line => line.Length > 0)];
}
