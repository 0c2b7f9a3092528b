using ActorStreams.Connectors;
using ActorStreams.Core.Epochs;
using ActorStreams.Core.Jobs;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Sinks;
using ActorStreams.Core.Sources;
using ActorStreams.Core.Time;
using ActorStreams.Operators.Patterns;
using ActorStreams.Operators.Tests.Fixtures;
using ActorStreams.Persistence;
using ActorStreams.Persistence.Memory;

namespace ActorStreams.Operators.Tests.Patterns;

/// <summary>One watermark that lets very many rows be matched: a barrier cuts in, and a crash behind it repeats and loses no match.</summary>
public sealed class MatchStormSpec
{
    private const int Rows = 200_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_barrier_cuts_into_a_step_of_event_time_and_a_crash_in_between_loses_and_repeats_nothing(int parallelism)
    {
        MemoryStore memory = Store.InMemory();
        await CutMidwayAsync(memory, parallelism);

        var source = new ScriptedSource<int> { RowsPerRead = 1_000 }.Add([.. Enumerable.Range(0, Rows), -1]);
        source.End();
        await Storm(source, Found()).ToEndAsync(memory, Runs.Quick with { Parallelism = 3 - parallelism });

        IReadOnlyList<object?[]> found = memory.ReadTable("found");
        Assert.Equal(Rows / 2, found.Count);
        Assert.Equal(Rows / 2, found.Select(row => (long)row[0]!).Distinct().Count());
    }

    /// <summary>Runs until an epoch is committed in which some rows have been matched and others not, and crashes.</summary>
    private static async Task CutMidwayAsync(MemoryStore memory, int parallelism)
    {
        long found = 0;
        var store = new WatchedStore(memory)
        {
            OnCommit = commit =>
            {
                found += commit.Tables.Sum(table => table.Count);
                return Task.CompletedTask;
            },
        };
        JobOptions asked = Runs.Quick with { Parallelism = parallelism, EpochInterval = TimeSpan.FromDays(1), Clock = new ManualClock() };
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var source = new ScriptedSource<int> { RowsPerRead = 1_000 }.Add([.. Enumerable.Range(0, Rows)]);
        var sink = new BlockingSink<int>(Found(), blockAfter: Rows / 20, release.Task);
        await using Job job = await Job.StartAsync(Storm(source, sink), store, asked);
        while (!source.CommittedAsync(Rows).IsCompleted)
        {
            Task next = store.MoreEpochsAsync(1);
            job.Run.RequestEpoch();
            await next;
        }

        source.Add(-1);
        await sink.Blocked.WaitAsync(Limits.Test);
        long epoch = store.Epoch + 1;
        job.Run.RequestEpoch();
        while (!job.Run.Actors.Where(actor => actor.Source is not null).All(actor => (job.Run.Actors.Count == 1 ? actor.BarrierRequested : actor.BarrierDone) == epoch))
            await Task.Yield();
        release.SetResult();
        await store.EpochAsync(epoch);
        Assert.InRange(found, 1, (Rows / 2) - 1);
        await job.CrashAsync();
    }

    private static Sink<int> Found() => Sinks.Table<int>("found", t => t.Column("n", n => n));

    /// <summary>Rows of one event time, two for each key; no dead letters, so that with one instance there is one actor.</summary>
    private static Pipeline Storm(Source<int> source, Sink<int> sink)
    {
        var pipeline = Pipeline.Create("storm");
        pipeline.Read("numbers", source).WithEventTime(n => n < 0 ? 1_000_000L : 5L, Watermarks.Monotonic()).KeyBy(n => n / 2)
            .Pattern("pairs", Pattern.Begin<int>("a", n => n % 2 == 0).Next("b").Within(TimeSpan.FromSeconds(1))).DropLate()
            .Select(match => match.Key).Write("out", sink);
        return pipeline;
    }
}
