using ActorStreams.Connectors;
using ActorStreams.Core.Epochs;
using ActorStreams.Core.Jobs;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Process;
using ActorStreams.Core.Sinks;
using ActorStreams.Core.Sources;
using ActorStreams.Core.Time;
using ActorStreams.Operators.Tests.Fixtures;
using ActorStreams.Persistence;
using ActorStreams.Persistence.Memory;

namespace ActorStreams.Operators.Tests.Process;

/// <summary>One watermark that fires very many timers: epochs commit in between, and a crash in between repeats and loses none.</summary>
public sealed class TimerStormSpec
{
    private const int Timers = 300_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_barrier_cuts_in_and_a_crash_in_between_loses_and_repeats_nothing(int parallelism)
    {
        // Which region the barrier comes to first is up to the threads: if the others had fired everything by then, once more.
        MemoryStore memory = Store.InMemory();
        for (int attempt = 1; !await CutMidwayAsync(memory, parallelism); attempt++)
        {
            Assert.True(attempt < 5, "no epoch was committed while the timers fired");
            memory = Store.InMemory();
        }

        var source = new ScriptedSource<int> { RowsPerRead = 1_000 }.Add([.. Enumerable.Range(0, Timers), -1]);
        source.End();
        await Storm(source, Fired()).ToEndAsync(memory, Runs.Quick with { Parallelism = 3 - parallelism });

        IReadOnlyList<object?[]> fired = memory.ReadTable("fired");
        Assert.Equal(Timers, fired.Count);
        Assert.Equal(Timers, fired.Select(row => (long)row[0]!).Distinct().Count());
    }

    /// <summary>Runs until an epoch was committed while timers fired, and crashes.</summary>
    /// <returns>Whether there was one.</returns>
    private static async Task<bool> CutMidwayAsync(MemoryStore memory, int parallelism)
    {
        long written = 0;
        var midway = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        var store = new WatchedStore(memory)
        {
            OnCommit = commit =>
            {
                written += commit.Tables.Sum(table => table.Count);
                if (written is > 0 and < Timers)
                    midway.TrySetResult(commit.Epoch);
                return Task.CompletedTask;
            },
        };
        var clock = new ManualClock();
        JobOptions manual = Runs.Quick with { Parallelism = parallelism, Clock = clock };
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var source = new ScriptedSource<int> { RowsPerRead = 1_000 }.Add([.. Enumerable.Range(0, Timers)]);
        var sink = new BlockingSink<int>(Fired(), blockAfter: Timers / 10, release.Task);
        await using Job job = await Job.StartAsync(Storm(source, sink), store, manual);
        await DriveAsync(clock, source.CommittedAsync(Timers));
        source.Add(-1);
        await DriveAsync(clock, sink.Blocked);
        clock.Advance(manual.EpochInterval);   // a barrier is on its way while most timers are still to fire
        await DriveAsync(clock, BarrierWaitsAsync(job));
        release.SetResult();
        await DriveAsync(clock, Task.WhenAny(midway.Task, source.CommittedAsync(Timers + 1)));
        if (!midway.Task.IsCompletedSuccessfully)
            return false;
        await store.EpochAsync(await midway.Task);
        await job.CrashAsync();
        return true;
    }

    private static Sink<int> Fired() => Sinks.Table<int>("fired", t => t.Column("n", n => n));

    /// <summary>Completes when the barrier has come to an actor that is still firing.</summary>
    private static async Task BarrierWaitsAsync(Job job)
    {
        while (!job.Run.Actors.Any(actor => actor.Source is null ? actor.Context.Mailbox.IsBarrierNext() : actor.HasBarrierRequested && job.Run.Actors.Count == 1))
            await Task.Yield();
    }

    private static async Task DriveAsync(ManualClock clock, Task until)
    {
        while (!until.IsCompleted)
        {
            clock.Advance(TimeSpan.FromMilliseconds(10));
            await Task.WhenAny(until.WaitAsync(TimeSpan.FromMilliseconds(5)));
        }
    }

    private static Pipeline Storm(Source<int> source, Sink<int> sink)
    {
        var pipeline = Pipeline.Create("storm");
        pipeline.Read("numbers", source).WithEventTime(n => n < 0 ? 1_000_000L : 0L, Watermarks.Monotonic()).KeyBy(n => n)
            .Process("timers", () => new Once()).Write("out", sink);
        return pipeline;
    }

    private sealed class Once : ProcessFunction<int, int, int>
    {
        public override void OnRow(in int row, ProcessContext<int, int> context)
        {
            if (row >= 0)
                context.SetTimer(5_000);
        }

        public override void OnTimer(TimerFiring timer, ProcessContext<int, int> context) => context.Emit(context.Key);
    }
}
