using ActorStreams.Authoring;
using Akka;
using Akka.Streams.Dsl;
using Xunit.Abstractions;

namespace ActorStreams.Connectors.AkkaStreams.Tests;

/// <summary>From a source that begins after an offset to an outside that keeps the numbers of epochs: every row is there once, wherever the
/// job crashes. A source that cannot be read again says so.</summary>
[Trait("Issue", "12")]
public sealed class ExactlyOnceSpec(ITestOutputHelper output) : JobsInSys(output)
{
    private const int Rows = 500;

    private static readonly JobOptions s_often = Quiet with { EpochInterval = TimeSpan.FromMilliseconds(10) };

    private readonly Store _store = Store.InMemory();
    private readonly Outside _outside = new();

    [Theory]
    [InlineData(Crash.InTheJob)]
    [InlineData(Crash.BeforeTheOutsideHasAnEpoch)]
    [InlineData(Crash.AfterTheOutsideHasAnEpoch)]
    public async Task Rows_from_an_offset_are_in_an_outside_that_acknowledges_once_although_the_job_crashes(Crash crash)
    {
        _outside.Fails = crash;
        int left = 3;
        await using Job job = await StartAsync(
            pipeline => pipeline.Read("in", AkkaSource.Replayable(After))
                .Map(row => crash == Crash.InTheJob && row % 100 == 99 && left-- > 0 ? throw new InvalidOperationException("a crash") : row)
                .Write("out", AkkaSink.Epochs(_outside.Flow())),
            _store, s_often with { Restart = new RestartPolicy(10, TimeSpan.Zero, TimeSpan.Zero) });
        await job.Completion;

        Assert.Equal(Enumerable.Range(0, Rows), _outside.Taken);
        Assert.True(job.Restarts > 0);
    }

    [Fact]
    public void Sources_and_sinks_state_what_they_can_promise()
    {
        Assert.Equal(SourceGuarantee.Volatile, AkkaSource.From(Source.Single(1)).Guarantee);
        Assert.Equal(SourceGuarantee.Replayable, AkkaSource.Replayable(After).Guarantee);
        Assert.Equal(SinkGuarantee.AtLeastOnce, AkkaSink.To(Sink.Ignore<int>()).Guarantee);
        Assert.Equal(SinkGuarantee.TwoPhase, AkkaSink.Epochs(_outside.Flow()).Guarantee);
    }

    private static Source<(int Row, long Offset), NotUsed> After(long? offset) =>
        Source.From(Enumerable.Range(0, Rows)).Where(row => row > (offset ?? -1)).Select(row => (row, (long)row));

    /// <summary>Where a run dies.</summary>
    public enum Crash
    {
        /// <summary>In an operator, in the middle of an epoch.</summary>
        InTheJob,

        /// <summary>The outside has nothing of the epoch that it was told.</summary>
        BeforeTheOutsideHasAnEpoch,

        /// <summary>The outside has it, and the job has not heard so.</summary>
        AfterTheOutsideHasAnEpoch,
    }

    /// <summary>Keeps rows and the number of the last epoch, both or none.</summary>
    private sealed class Outside
    {
        private readonly List<int> _rows = [];
        private long _last;
        private int _failures = 3;

        public Crash? Fails { get; set; }

        public IReadOnlyList<int> Taken => _rows;

        public Flow<EpochRows<int>, long, NotUsed> Flow() => Akka.Streams.Dsl.Flow.Create<EpochRows<int>>().Select(Put);

        private long Put(EpochRows<int> epoch)
        {
            if (Fails == Crash.BeforeTheOutsideHasAnEpoch && _failures-- > 0)
                throw new InvalidOperationException("a crash");
            if (epoch.Epoch > _last)
                _rows.AddRange(epoch.Rows);
            _last = epoch.Epoch;
            return Fails == Crash.AfterTheOutsideHasAnEpoch && _failures-- > 0 ? throw new InvalidOperationException("a crash") : epoch.Epoch;
        }
    }
}
