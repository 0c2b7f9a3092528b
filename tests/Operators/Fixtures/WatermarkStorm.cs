using ActorStreams.Authoring;

namespace ActorStreams.Operators.Tests.Fixtures;

/// <summary>One watermark lets an operator put out very many results: a barrier cuts in while it does, and a crash comes behind the
/// barrier.</summary>
/// <param name="rows">The rows 0, 1, 2, ... that wait; the row -1 brings the watermark that lets them go.</param>
/// <param name="results">How many different results there are.</param>
/// <param name="operators">The operator under test, from the rows to the results; nothing in it writes besides.</param>
internal sealed class WatermarkStorm(int rows, int results, Func<Stream<int>, Stream<int>> operators)
{
    /// <summary>Runs at <paramref name="parallelism"/> until an epoch is committed in the middle, crashes, goes on at another, and ends
    /// with each result once.</summary>
    public async Task LosesAndRepeatsNothingAsync(int parallelism)
    {
        MemoryStore memory = Store.InMemory();
        await CutMidwayAsync(memory, parallelism);

        var source = new ScriptedSource<int> { RowsPerRead = 1_000 }.Add([.. Enumerable.Range(0, rows), -1]);
        source.End();
        await Build(source, Out()).ToEndAsync(memory, Runs.Quick with { Parallelism = 3 - parallelism });

        IReadOnlyList<object?[]> came = memory.ReadTable("results");
        Assert.Equal(results, came.Count);
        Assert.Equal(results, came.Select(row => (long)row[0]!).Distinct().Count());
    }

    /// <summary>Runs with a sink that never holds the operator back: an epoch is asked for in the middle, and commits before all results
    /// are out.</summary>
    public async Task IsCutThoughNothingHoldsItBackAsync(int parallelism)
    {
        long came = 0;
        WatchedStore store = Counting(Store.InMemory(), rows => came += rows);
        Job? job = null;
        var source = new ScriptedSource<int> { RowsPerRead = 1_000 }.Add([.. Enumerable.Range(0, rows)]);
        var sink = new WatchedSink<int>(Out(), results / 10, () => AskForEpoch(job!, store.Epoch + 1));
        await using (job = await Job.StartAsync(Build(source, sink), store, Asked(parallelism)))
        {
            await CommitRowsAsync(job, source, store);
            long epoch = store.Epoch + 1;
            source.Add(-1);
            await store.EpochAsync(epoch).WaitAsync(Limits.Test);
            Assert.InRange(came, 1, results - 1);
        }
    }

    /// <summary>Epochs are asked for: none begins by itself.</summary>
    private static JobOptions Asked(int parallelism) =>
        Runs.Quick with { Parallelism = parallelism, EpochInterval = TimeSpan.FromDays(1), Clock = new ManualClock() };

    private static WatchedStore Counting(MemoryStore memory, Action<int> onRows) => new(memory)
    {
        OnCommit = commit =>
        {
            onRows(commit.Tables.Sum(table => table.Count));
            return Task.CompletedTask;
        },
    };

    private async Task CommitRowsAsync(Job job, ScriptedSource<int> source, WatchedStore store)
    {
        while (!source.CommittedAsync(rows).IsCompleted)
        {
            Task next = store.MoreEpochsAsync(1);
            job.Run.RequestEpoch();
            await next;
        }
    }

    /// <summary>Called by the sink, on the turn of whoever puts results out: comes back when the barrier is what would be taken
    /// next.</summary>
    private static void AskForEpoch(Job job, long epoch)
    {
        job.Run.RequestEpoch();
        bool isAlone = job.Run.Actors.Count == 1;
        SpinWait.SpinUntil(() => job.Run.Actors.All(actor =>
            actor.Source is null || (isAlone ? actor.Context.Inbox.IsUrgent : actor.BarrierDone == epoch)));
    }

    private async Task CutMidwayAsync(MemoryStore memory, int parallelism)
    {
        long came = 0;
        WatchedStore store = Counting(memory, rows => came += rows);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var source = new ScriptedSource<int> { RowsPerRead = 1_000 }.Add([.. Enumerable.Range(0, rows)]);
        var sink = new BlockingSink<int>(Out(), blockAfter: results / 10, release.Task);
        await using Job job = await Job.StartAsync(Build(source, sink), store, Asked(parallelism));
        await CommitRowsAsync(job, source, store);
        source.Add(-1);
        await sink.Blocked.WaitAsync(Limits.Test);
        long epoch = store.Epoch + 1;
        job.Run.RequestEpoch();
        await BarrierIsOnItsWayAsync(job, epoch);
        release.SetResult();
        await store.EpochAsync(epoch);
        Assert.InRange(came, 1, results - 1);
        await job.CrashAsync();
    }

    /// <summary>Completes when whoever puts results out is held back, and finds the barrier before anything else: its sources have sent it,
    /// or stand in the same actor.</summary>
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

    private static Sink<int> Out() => Sinks.Table<int>("results", t => t.Column("n", n => n));

    private Pipeline Build(Source<int> source, Sink<int> sink)
    {
        var pipeline = Pipeline.Create("storm");
        operators(pipeline.Read("numbers", source).WithEventTime(n => n < 0 ? 1_000_000L : 5L, Watermarks.Monotonic())).Write("out", sink);
        return pipeline;
    }
}
