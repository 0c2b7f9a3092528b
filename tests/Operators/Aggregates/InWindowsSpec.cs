using System.Globalization;
using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;
using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Aggregates;

/// <summary>Aggregates of every kind of state, in windows that crash, restore and skip rows.</summary>
public sealed class InWindowsSpec
{
    private static readonly AggregateStart<int> s_rows = Aggregate.Of<int>();

    [Fact]
    public void State_of_every_shape_survives_whatever_happens_to_the_operator()
    {
        OperatorContract<int, string> contract = new(
            rows => rows.KeyBy(row => row % 2).Window("all", Window.Tumbling(TimeSpan.FromMinutes(1)))
            .Aggregate(s_rows.Count().And(all => all.Collect(row => row)).And(all => all.DistinctCount(row => row % 3))
                .And(all => all.ApproximateDistinctCount(row => row))
                .And(all => all.HeavyHitters(1, row => row % 5)).And(all => all.Quantiles(row => row))
                    .And(all => all.Clusters(1, row => (row, 1)))
                .And(all => all.Sample(2, row => row))
                .Into((count, rows, distinct, about, hits, quantiles, clusters, sample) =>
                    string.Create(CultureInfo.InvariantCulture,
                        $"{count} rows {rows.Sum()}, distinct {distinct} {about}, hit {hits[0].Count}, max {quantiles.At(1):0}, center {clusters[0].Center[0]:0.0}, sample {sample.Count}")))
            .Map(result => $"{result.Key}: {result.Result}"));
        for (int i = 1; i <= 8; i++)
            contract.Element(i, at: $"12:00:{i * 5:00}");
        contract.Element(3, at: "12:00:59").Watermark("12:01").Element(40, at: "12:01:30");
        contract.Holds("""
            1: 5 rows 19, distinct 3 4, hit 2, max 7, center 3.8, sample 2
            0: 4 rows 20, distinct 3 4, hit 1, max 8, center 5.0, sample 2
            0: 1 rows 40, distinct 1 1, hit 1, max 40, center 40.0, sample 1
            """);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_skipped_row_is_in_no_part_of_a_composition(int parallelism)
    {
        var results = new List<string>();
        MemoryStore store = Store.InMemory();
        var pipeline = Pipeline.Create("skipped");
        pipeline.Read("rows", Sources.Of([.. Enumerable.Range(0, 100)])).WithEventTime(_ => 5L, Watermarks.Monotonic())
            .KeyBy(row => row % 5)
            .Window("parts", Window.Tumbling(TimeSpan.FromMicroseconds(10)))
            .Aggregate(s_rows.Collect(row => row).And(all => all.HeavyHitters(1, row => row % 5, 2))
                .And(all => all.DistinctCount(row => row)).Sum(row => row % 7 == 0 ? throw new DivideByZeroException() : 1)
                .Into((rows, hits, distinct, sum) => $"{rows.Count} {hits[0].Count} {distinct} {sum}"))
            .Write("out", Sinks.ForEach<WindowResult<int, string>>(result => results.Add(result.Result)));
        await using Job job = await Job.StartAsync(pipeline, store,
            Runs.Quick with { Errors = ErrorPolicy.Skip, Parallelism = parallelism });
        await job.Completion.WaitAsync(Limits.Test);

        Assert.Equal(Enumerable.Repeat("17 17 17 17", 5), results);
        Assert.Equal(15, store.ReadTable("dead_letters").Count);
    }

    [Fact]
    public async Task An_overflow_names_the_operator()
    {
        var pipeline = Pipeline.Create("totals");
        pipeline.Read("rows", Sources.Of([1, 1])).WithEventTime(_ => 5L, Watermarks.Monotonic()).KeyBy(row => row)
            .Window("sum", Window.Tumbling(TimeSpan.FromMicroseconds(10))).Aggregate(s_rows.Sum(_ => long.MaxValue))
            .Write("out", Sinks.ForEach<WindowResult<int, long>>(_ => { }));
        JobException error = await pipeline.FailsAsync<JobException>(Store.InMemory());
        Assert.All((string[])["'totals'", "operator 'sum'", "does not fit 'Int64'", "decimal"],
            part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }
}
