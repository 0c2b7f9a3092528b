using System.Threading.Channels;
using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;

namespace ActorStreams.Operators.Tests.Jobs;

/// <summary>What a run that goes on reads again, and what it must not skip.</summary>
public sealed class ReplaySpec
{
    private static Pipeline Copying(Source<int> source)
    {
        var pipeline = Pipeline.Create("copying");
        pipeline.Read("numbers", source).Write("out", Sinks.Table<int>("numbers", t => t.Column("n", n => n)));
        return pipeline;
    }

    private static long[] Numbers(MemoryStore store) => [.. store.ReadTable("numbers").Select(row => (long)row[0]!)];

    [Fact]
    public async Task A_crash_between_any_two_epochs_loses_and_repeats_no_row()
    {
        int[] rows = [.. Enumerable.Range(0, 5_000)];
        var memory = Store.InMemory();
        var store = new WatchedStore(memory);
        var source = new ScriptedSource<int> { RowsPerRead = 700 }.Add(rows);
        for (int crash = 1; crash <= 8; crash++)
        {
            Job job = await Job.StartAsync(Copying(source), store, Runs.Quick);
            await store.EpochAsync(job.Epoch + 1);
            await job.CrashAsync();
        }

        source.End();
        await Copying(source).ToEndAsync(store);

        Assert.Equal(rows.Select(n => (long)n), Numbers(memory));
    }

    [Fact]
    public async Task A_channel_that_a_new_run_reads_loses_none_of_its_rows_to_the_last_run()
    {
        // An epoch that ends in the middle of a read must not make the next run skip rows of another channel.
        var memory = Store.InMemory();
        for (int run = 0; run < 2; run++)
        {
            var store = new WatchedStore(memory);
            var rows = Channel.CreateUnbounded<int>();
            for (int n = 0; n < 1_000; n++)
                rows.Writer.TryWrite(n);
            var pipeline = Pipeline.Create("copying");
            var gate = new TaskCompletionSource();
            pipeline.Read("numbers", Sources.From(rows.Reader))
                .Write("out", new BlockingSink<int>(Sinks.Table<int>("numbers", t => t.Column("n", n => n)), blockAfter: 300, gate.Task));
            Job job = await Job.StartAsync(pipeline, store, Runs.Quick with { Parallelism = 1 });
            gate.SetResult();
            await store.MoreEpochsAsync(3);
            if (run == 0)
            {
                await job.StopAsync().WaitAsync(Limits.Test);
            }
            else
            {
                rows.Writer.Complete();
                await job.Completion.WaitAsync(Limits.Test);
            }

            await job.DisposeAsync();
        }

        Assert.Equal(2_000, Numbers(memory).Length);
    }

    [Fact]
    public async Task The_offsets_of_a_volatile_source_leave_nothing_to_skip()
    {
        // One row a chunk is pushed, and a barrier comes between two chunks: the offset must be that of the next row, not of the read.
        var memory = Store.InMemory();
        var ingress = new Ingress<int>();
        var pipeline = Pipeline.Create("copying");
        int seen = 0;
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        pipeline.Read("numbers", ingress).Write("out", Sinks.ForEachBatch<int>(async (batch, cancellation) =>
        {
            seen += batch.Count;
            reached.TrySetResult();
            await release.Task.WaitAsync(cancellation);
        }, batchRows: 16));
        List<Task> told = [.. Enumerable.Range(0, 600).Select(n => ingress.TellAsync(n))];
        Job job = await Job.StartAsync(pipeline, memory, Runs.Quick with { Parallelism = 1 });
        await reached.Task.WaitAsync(Limits.Test);
        Task stopped = job.StopAsync();
        release.SetResult();
        await stopped.WaitAsync(Limits.Test);
        int durable = seen;
        Assert.Equal(durable, told.Count(task => task.IsCompletedSuccessfully));
        await job.DisposeAsync();

        // Another process: the same pipeline with an ingress that knows nothing of the rows told before.
        var rows = new List<int>();
        var next = new Ingress<int>();
        var again = Pipeline.Create("copying");
        again.Read("numbers", next).Write("out", Sinks.ForEach<int>(rows.Add));
        await using Job second = await Job.StartAsync(again, memory, Runs.Quick);
        await Task.WhenAll(Enumerable.Range(0, 600).Select(n => next.TellAsync(n))).WaitAsync(Limits.Test);
        Assert.Equal(600, rows.Count);
    }

    [Fact]
    public async Task A_restart_between_any_two_epochs_fires_timers_at_the_same_rows()
    {
        // Rows 300 µs apart, a timer 100 µs after each: what a timer sees depends on where the watermark was told.
        long[] rows = [.. Enumerable.Range(0, 400).Select(n => n * 300L)];
        string calm = await RunAsync(crashes: 0);
        Assert.Equal(calm, await RunAsync(crashes: 40));

        async Task<string> RunAsync(int crashes)
        {
            var memory = Store.InMemory();
            var store = new WatchedStore(memory);
            var source = new ScriptedSource<long> { RowsPerRead = 3 };
            for (int crash = 0; crash < crashes; crash++)
            {
                source.Add(rows[(crash * 10)..((crash + 1) * 10)]);
                Job job = await Job.StartAsync(Build(source), store, Runs.Quick);
                await source.CommittedAsync((crash + 1) * 10);
                await job.CrashAsync();
            }

            source.Add(rows[(crashes * 10)..]);
            source.End();
            await Build(source).ToEndAsync(store);
            return string.Join(' ', memory.ReadTable("seen").Select(row => row[0]));
        }

        static Pipeline Build(Source<long> source)
        {
            var pipeline = Pipeline.Create("timers");
            pipeline.Read("times", source).WithEventTime(time => time, Watermarks.Monotonic()).KeyBy(_ => 1)
                .Process("count", () => new CountAtTimer()).Write("out", Sinks.Table<string>("seen", t => t.Column("text", text => text)));
            return pipeline;
        }
    }

    private sealed class CountAtTimer : ProcessFunction<int, long, string>
    {
        private readonly ValueState<long> _count;

        public CountAtTimer() => _count = Value<long>("count");

        public override void OnRow(in long row, ProcessContext<int, string> context)
        {
            _count.Value++;
            context.SetTimer(row + 100);
        }

        public override void OnTimer(TimerFiring timer, ProcessContext<int, string> context) =>
            context.Emit($"{timer.Time}:{_count.Value}");
    }
}
