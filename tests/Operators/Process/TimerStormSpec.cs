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
        MemoryStore memory = Store.InMemory();
        await CutMidwayAsync(memory, parallelism);

        var source = new ScriptedSource<int> { RowsPerRead = 1_000 }.Add([.. Enumerable.Range(0, Timers), -1]);
        source.End();
        await Storm(source, Fired()).ToEndAsync(memory, Runs.Quick with { Parallelism = 3 - parallelism });

        IReadOnlyList<object?[]> fired = memory.ReadTable("fired");
        Assert.Equal(Timers, fired.Count);
        Assert.Equal(Timers, fired.Select(row => (long)row[0]!).Distinct().Count());
    }

    /// <summary>Runs until an epoch is committed in which some timers have fired and others not, and crashes.</summary>
    private static async Task CutMidwayAsync(MemoryStore memory, int parallelism)
    {
        long fired = 0;
        var store = new WatchedStore(memory)
        {
            OnCommit = commit =>
            {
                fired += commit.Tables.Sum(table => table.Count);
                return Task.CompletedTask;
            },
        };
        JobOptions asked = Runs.Quick with { Parallelism = parallelism, EpochInterval = TimeSpan.FromDays(1), Clock = new ManualClock() };
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var source = new ScriptedSource<int> { RowsPerRead = 1_000 }.Add([.. Enumerable.Range(0, Timers)]);
        var sink = new BlockingSink<int>(Fired(), blockAfter: Timers / 10, release.Task);
        await using Job job = await Job.StartAsync(Storm(source, sink), store, asked);
        while (!source.CommittedAsync(Timers).IsCompleted)
        {
            Task next = store.MoreEpochsAsync(1);
            job.Run.RequestEpoch();
            await next;
        }

        source.Add(-1);
        await sink.Blocked.WaitAsync(Limits.Test);
        long epoch = store.Epoch + 1;
        job.Run.RequestEpoch();
        await BarrierIsOnItsWayAsync(job, epoch);
        release.SetResult();
        await store.EpochAsync(epoch);
        Assert.InRange(fired, 1, Timers - 1);
        await job.CrashAsync();
    }

    private static Sink<int> Fired() => Sinks.Table<int>("fired", t => t.Column("n", n => n));

    /// <summary>Completes when whoever fires is held back, and finds the barrier before anything else: its sources have sent it, or stand in the actor that fires.</summary>
    private static async Task BarrierIsOnItsWayAsync(Job job, long epoch)
    {
        bool isAlone = job.Run.Actors.Count == 1;
        while (!job.Run.Actors.All(actor => actor.Source is null
            ? actor.Context.Outputs.All(output => output.HasPending)
            : (isAlone ? actor.BarrierRequested : actor.BarrierDone) == epoch))
        {
            await Task.Yield();
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
