using System.Globalization;
using ActorStreams.Authoring;
using Aftershocks;

namespace ActorStreams.Architecture.Tests.Examples;

public sealed class AftershocksSpec
{
    [Fact]
    public async Task The_example_finds_the_sequences_of_the_week()
    {
        using var program = new Program("Aftershocks");

        string[] lines = await program.RunAsync("", "--store", "a.db");

        Assert.Single(lines, "2018-02-06T15:50:42.400000Z magnitude 6.4, 22km NNE of Hualian, Taiwan: 8 aftershocks up to 5.4");
        Assert.Equal(["sequences 10", "quakes 1707", "late 0"], lines[^4..^1]);
        Assert.StartsWith("The store holds a completed run", (await program.RunAsync("", "--store", "a.db"))[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_sequences_are_those_that_comparing_every_pair_of_quakes_finds()
    {
        using var program = new Program("Aftershocks");
        var quakes = new List<Quake>();
        var reading = Pipeline.Create("reading");
        reading.Read("quakes", Csv.File<Quake>(Repository.PathOf("examples", "Earthquakes", "earthquakes.csv")))
            .Write("list", Sinks.ForEach<Quake>(quakes.Add));
        await using (Job job = await Job.StartAsync(reading, Store.Volatile))
            await job.Completion;

        await program.RunAsync("", "--store", "a.db");

        IEnumerable<string> expected =
            from strong in quakes
            where strong.Magnitude >= 4.5
            let after = quakes.Where(quake => quake.Time > strong.Time && quake.Time - strong.Time < TimeSpan.FromDays(1)
                && quake.Magnitude < strong.Magnitude && quake.KilometresTo(strong) <= 50).ToList()
            where after.Count >= 3
            orderby strong.Id
            select string.Create(CultureInfo.InvariantCulture,
                $"{strong.Id}|{after.Count}|{after.Max(quake => quake.Magnitude):0.0#}|{after.Max(quake => quake.Time):yyyy-MM-ddTHH:mm:ss.ffffff}Z");
        Assert.Equal(expected, program.Query("a.db", "SELECT id, aftershocks, strongest, last FROM aftershocks ORDER BY id"));
    }

    [Fact]
    public void Every_quake_in_reach_is_sent_to_the_home_of_the_other_one_also_at_the_poles_and_the_date_line()
    {
        const int Seed = 4;
        var random = new Random(Seed);
        for (int i = 0; i < 50_000; i++)
        {
            Quake one = i % 4 == 0 ? At(89.5 + (random.NextDouble() / 2), (random.NextDouble() * 360) - 180)
                : At((random.NextDouble() * 180) - 90, (random.NextDouble() * 360) - 180);
            double stretch = 0.5 / Math.Max(0.003, Math.Cos(double.DegreesToRadians(one.Latitude)));
            double east = one.Longitude + ((random.NextDouble() - 0.5) * 2 * stretch);
            Quake other = At(Math.Clamp(one.Latitude + random.NextDouble() - 0.5, -90, 90), Math.IEEERemainder(east, 360));
            if (one.KilometresTo(other) <= 50)
                Assert.True(Region.Within(one, 50).Contains(Region.HomeOf(other)),
                    $"seed {Seed}, try {i}: {other} is {one.KilometresTo(other)} km from {one}");
        }
    }

    [Fact]
    public void A_quake_is_sent_to_no_region_twice()
    {
        foreach (double latitude in (double[])[-90, -89.9, -60, 0, 33.3, 89.2, 89.9, 90])
        {
            foreach (double longitude in (double[])[-180, -179.9, 0, 0.1, 179.9, 180])
            {
                List<Region> regions = [.. Region.Within(At(latitude, longitude), 50)];
                Assert.Equal(regions.Distinct(), regions);
                Assert.Contains(Region.HomeOf(At(latitude, longitude)), regions);
            }
        }
    }

    private static Quake At(double latitude, double longitude) => new("x", default, 5, "", latitude, longitude);
}
