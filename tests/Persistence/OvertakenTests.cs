using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;

namespace ActorStreams.Persistence.Tests;

/// <summary>Two processes that start the same job: the second takes it over while the first is still reading its state.</summary>
[Trait("Issue", "D6")]
[Collection("PostgreSQL")]
public sealed class OvertakenTests
{
    private static readonly JobOptions s_options = new()
    {
        EpochInterval = TimeSpan.FromMilliseconds(10),
        Shards = 4,
        Parallelism = 2,
        RetainEpochs = 1
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_process_overtaken_while_it_restores_says_that_it_is_fenced_and_by_whom(bool onPostgreSql)
    {
        await using StoreFixture fixture = onPostgreSql ? new PostgreSqlFixture() : new SqliteFixture();
        var rows = new ScriptedSource<int>().Add(1, 2, 3);
        await RunAsync(fixture, rows, 3);

        // Where a job asks for its partitions, it has found its last epoch and has not read any state yet.
        var overtaken = new AskedSource(rows, () => RunAsync(fixture, rows.Add(4, 5, 6), 6));
        await using Store store = fixture.Open();
        FencedException error = await Assert.ThrowsAsync<FencedException>(() => Job.StartAsync(Sums(overtaken), store, s_options));
        Assert.Contains("Pipeline 'sums' was overtaken while it was restoring", error.Message, StringComparison.Ordinal);
        Assert.Contains($"{store.Description}, job 'sums'", error.Message, StringComparison.Ordinal);
        Assert.Contains("another process", error.Message, StringComparison.Ordinal);
    }

    private static Pipeline Sums(Source<int> source)
    {
        var pipeline = Pipeline.Create("sums");
        pipeline.Read("numbers", source).KeyBy(n => n % 2).EventSourced<long, int>("sums", (_, n) => [n], (sum, n) => sum + n)
            .Write("out", Sinks.ForEach<int>(_ => { }));
        return pipeline;
    }

    private static async Task RunAsync(StoreFixture fixture, ScriptedSource<int> source, long rows)
    {
        await using Store store = fixture.Open();
        await using Job job = await Job.StartAsync(Sums(source), store, s_options);
        await source.CommittedAsync(rows);
        await job.StopAsync().WaitAsync(Limits.Test);
    }

    private sealed class AskedSource(Source<int> rows, Func<Task> asked) : Source<int>
    {
        public override string Description => rows.Description;

        public override SourceGuarantee Guarantee => rows.Guarantee;

        public override async ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation)
        {
            await asked();
            return await rows.PartitionsAsync(context, cancellation);
        }

        public override ValueTask<SourceReader<int>> OpenAsync(string partition, SourceOffset? from, SourceContext context,
            CancellationToken cancellation) =>
            rows.OpenAsync(partition, from, context, cancellation);
    }
}
