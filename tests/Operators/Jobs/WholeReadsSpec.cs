using ActorStreams.Authoring;

namespace ActorStreams.Operators.Tests.Jobs;

/// <summary>Rows that a source keeps together become visible together.</summary>
public sealed class WholeReadsSpec
{
    private const int Rows = 300;

    [Fact]
    public async Task No_epoch_ends_between_rows_that_belong_together()
    {
        await using Store store = Store.InMemory();
        var pipeline = Pipeline.Create("triples");
        pipeline.Read("rows", new Triples()).GroupBy(_ => 0).Count("count").Materialize("view");
        await using Job job = await Job.StartAsync(pipeline, store,
            new JobOptions { EpochInterval = TimeSpan.FromMilliseconds(10), Parallelism = 2 });
        var counts = new List<long>();
        await foreach (EpochChanges<int, long> epoch in job.Table<int, long>("view").Observe())
            counts.AddRange(epoch.Changes.Where(change => !change.IsRetraction).Select(change => change.Row.Value));
        Assert.Equal(Rows, counts[^1]);
        Assert.All(counts, count => Assert.Equal(0, count % 3));
        Assert.True(counts.Count > 3, $"Only {counts.Count} epochs.");
    }

    /// <summary>One row a read, and three of them are one.</summary>
    private sealed class Triples : Source<Change<int>>
    {
        public override string Description => "triples";

        public override SourceGuarantee Guarantee => SourceGuarantee.Replayable;

        public override bool KeepsReadsWhole => true;

        public override ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) =>
            new(["0"]);

        public override ValueTask<SourceReader<Change<int>>> OpenAsync(string partition, SourceOffset? from, SourceContext context,
            CancellationToken cancellation) =>
            new(new Reader { Next = (int)(from?.Value ?? 0) });

        private sealed class Reader : SourceReader<Change<int>>
        {
            public int Next { get; set; }

            public override SourceOffset Offset => new(Next);

            public override bool MayEndEpoch => Next % 3 == 0;

            public override async ValueTask<bool> ReadAsync(SourceBuffer<Change<int>> buffer, CancellationToken cancellation)
            {
                await Task.Delay(1, cancellation);
                if (Next == Rows)
                    return false;
                buffer.Add(Change<int>.Insert(Next), Next++);
                return true;
            }
        }
    }
}
