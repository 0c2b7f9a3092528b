using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;
using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Jobs;

/// <summary>A sink that takes nothing stops the source, and memory stays where it is.</summary>
public sealed class BackPressureSpec
{
    private const long Allowance = 32 << 20;
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    /// <summary>One thread runs all turns, so that "nothing moves any more" is seen, not supposed; and what that thread allocates
    /// meanwhile is
    /// all that memory could grow by, whatever other tests of the process do.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_blocked_sink_stops_an_endless_source_within_the_buffers_and_no_epoch_passes_it(int parallelism)
    {
        var scheduler = new SimulationScheduler(seed: 7);
        var release = new TaskCompletionSource();
        var source = new EndlessSource();
        var sink = new BlockingSink<long>(Sinks.ForEach<long>(_ => { }), blockAfter: 10_000, release.Task);
        var pipeline = Pipeline.Create("blocked");
        pipeline.Read("endless", source).KeyBy(n => n % 100).EventSourced<long, long>("sums", (sum, n) => [sum + n], (_, next) => next)
            .Write("out", sink);
        var store = new WatchedStore(Store.InMemory());
        Job job = scheduler.Run(() =>
            Job.StartAsync(pipeline, store, (Runs.Quick with { Parallelism = parallelism }).On(scheduler)));
        scheduler.RunUntil(() => sink.Blocked.IsCompleted, s_minute);
        long before = GC.GetAllocatedBytesForCurrentThread();
        scheduler.RunReady();
        (long rows, long epoch) = (source.Rows, store.Epoch);

        // Every lane full on both exchanges, a batch in every hand, a read in every buffer.
        int buffered = (2 * parallelism * parallelism * 9 * 1024) + (parallelism * 8 * 1024);
        Assert.InRange(rows, 10_000, 10_000 + (2L * buffered));
        TimeSpan later = scheduler.Clock.Elapsed + s_minute;
        scheduler.RunUntil(() => scheduler.Clock.Elapsed >= later, 2 * s_minute);
        Assert.Equal((rows, epoch), (source.Rows, store.Epoch));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Allowance);

        release.SetResult();
        scheduler.RunUntil(() => store.Epoch > epoch && source.Rows > rows, s_minute);
        scheduler.Run(() => job.StopAsync());
    }

    private sealed class EndlessSource : Source<long>
    {
        public long Rows { get; private set; }

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
                source.Rows += buffer.Count;
                return new ValueTask<bool>(true);
            }
        }
    }
}
