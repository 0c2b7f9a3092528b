using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;

namespace ActorStreams.Operators.Tests.Jobs;

/// <summary>A sink that takes nothing stops the source, and memory stays where it is.</summary>
public sealed class BackPressureSpec
{
    private const long Allowance = 32 << 20;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_blocked_sink_stops_an_endless_source_within_the_buffers_and_no_epoch_passes_it(int parallelism)
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var source = new EndlessSource();
        var sink = new BlockingSink<long>(Sinks.ForEach<long>(_ => { }), blockAfter: 10_000, release.Task);
        var pipeline = Pipeline.Create("blocked");
        pipeline.Read("endless", source).KeyBy(n => n % 100).EventSourced<long, long>("sums", (sum, n) => [sum + n], (_, next) => next)
            .Write("out", sink);
        var store = new WatchedStore(Store.InMemory());
        await using Job job = await Job.StartAsync(pipeline, store, Runs.Quick with { Parallelism = parallelism });
        await sink.Blocked.WaitAsync(Limits.Test);
        long before = Memory();
        await IsStillAsync(source);
        (long rows, long epoch) = (source.Rows, store.Epoch);

        // Every lane full on both exchanges, a batch in every hand, a read in every buffer.
        int buffered = (2 * parallelism * parallelism * 9 * 1024) + (parallelism * 8 * 1024);
        Assert.InRange(rows, 10_000, 10_000 + (2L * buffered));
        await IsStillAsync(source);
        Assert.Equal((rows, epoch), (source.Rows, store.Epoch));
        Assert.InRange(Memory() - before, long.MinValue, Allowance);

        release.SetResult();
        await store.EpochAsync(epoch + 1);
        await job.StopAsync().WaitAsync(Limits.Test);
    }

    private static long Memory()
    {
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return GC.GetTotalMemory(forceFullCollection: true) +
            Math.Max(0, process.PrivateMemorySize64 - GC.GetGCMemoryInfo().TotalCommittedBytes);
    }

    /// <summary>Nothing was read while everybody else had many turns.</summary>
    private static async Task IsStillAsync(EndlessSource source)
    {
        for (int turn = 0, still = 0; still < 20_000; turn++)
        {
            long rows = source.Rows;
            await Task.Yield();
            still = source.Rows == rows ? still + 1 : 0;
            Assert.InRange(turn, 0, 50_000_000);
        }
    }

    private sealed class EndlessSource : Source<long>
    {
        private long _rows;

        public long Rows => Volatile.Read(ref _rows);

        public override string Description => "endless";

        public override SourceGuarantee Guarantee => SourceGuarantee.Replayable;

        public override ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) =>
            new(["0"]);

        public override ValueTask<SourceReader<long>> OpenAsync(string partition, SourceOffset? from, SourceContext context,
            CancellationToken cancellation) =>
            new(new Reader(this, from?.Value ?? 0));

        private sealed class Reader(EndlessSource source, long at) : SourceReader<long>
        {
            private long _at = at;

            public override SourceOffset Offset => new(_at);

            public override ValueTask<bool> ReadAsync(SourceBuffer<long> buffer, CancellationToken cancellation)
            {
                for (; !buffer.IsFull; _at++)
                    buffer.Add(_at, _at);
                Interlocked.Add(ref source._rows, buffer.Count);
                return new ValueTask<bool>(true);
            }
        }
    }
}
