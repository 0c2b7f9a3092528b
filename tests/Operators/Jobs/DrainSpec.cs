using System.Threading.Channels;
using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Progress;
using ActorStreams.TestKit;
using static ActorStreams.Operators.Tests.Progress.Counting;

namespace ActorStreams.Operators.Tests.Jobs;

/// <summary>A job that is drained: the input ends, everything comes out, and that is all; on virtual time.</summary>
[Trait("Issue", "B2")]
public sealed class DrainSpec
{
    private static readonly WatermarkStrategy s_bounded = Watermarks.BoundedOutOfOrderness(TimeSpan.FromSeconds(2));

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 2)]
    public async Task Open_windows_come_out_and_the_job_is_complete(int partitions, int parallelism)
    {
        var source = new FedSource(partitions);
        TestSink<WindowCount> sink = Sink();
        await using StreamTest test = await StartAsync(source, s_bounded, sink, Options(parallelism));
        source.Add(0, At(1), At(3), At(25, "b"));
        test.Drain();
        Assert.Equal(["a 0 2", "b 20 1"], sink.Shown());
        Assert.True(test.Job.Completion.IsCompletedSuccessfully);
        Assert.Equal(2, sink.Committed.Count);
    }

    [Fact]
    public async Task Stopping_keeps_windows_open_and_draining_after_the_next_start_closes_them()
    {
        var source = new FedSource();
        TestSink<WindowCount> sink = Sink();
        await using StreamTest test = await StartAsync(source, s_bounded, sink, Options(1));
        source.Add(0, At(1), At(3));
        test.RunUntilIdle();
        Assert.True(test.Run(async () =>
        {
            await test.Job.StopAsync();
            return true;
        }));
        Assert.Empty(sink.Shown());
        await Assert.ThrowsAsync<InvalidOperationException>(() => test.Job.DrainAsync());
        test.CrashAndRestore().Drain();
        Assert.Equal(["a 0 2"], sink.Shown());
    }

    [Fact]
    public async Task Draining_twice_is_draining_once_and_a_drained_job_has_nothing_left_to_do()
    {
        var source = new FedSource();
        TestSink<WindowCount> sink = Sink();
        await using StreamTest test = await StartAsync(source, s_bounded, sink, Options(1));
        source.Add(0, At(1));
        test.RunUntilIdle();
        Assert.True(test.Run(async () =>
        {
            await Task.WhenAll(test.Job.DrainAsync(), test.Job.DrainAsync());
            await test.Job.DrainAsync();
            return true;
        }));
        long epoch = test.Job.Epoch;
        test.CrashAndRestore();
        source.Add(0, At(2));
        test.RunUntilIdle();
        Assert.True(test.Job.Completion.IsCompletedSuccessfully);
        Assert.Equal(epoch, test.Job.Epoch);
        Assert.Equal(["a 0 1"], sink.Shown());
    }

    [Fact]
    public async Task A_crash_in_the_middle_leaves_the_job_as_its_last_epoch_did_to_be_drained_again()
    {
        for (int steps = 0; steps < 60; steps++)
        {
            var scheduler = new SimulationScheduler((ulong)steps);
            var source = new FedSource(2);
            var disk = new SimulatedDisk();
            TestSink<WindowCount> sink = Sink();
            source.Add(0, At(1), At(3)).Add(1, At(14, "b"));
            Job job = Start(scheduler, source, sink, new SimulatedStore(disk));
            scheduler.RunReady();
            _ = scheduler.Start(async () =>
            {
                await job.DrainAsync();
                return true;
            });
            for (int step = 0; step < steps; step++)
                scheduler.Step();
            scheduler.Kill();

            scheduler = scheduler.NewProcess();
            job = Start(scheduler, source, sink, new SimulatedStore(disk));
            source.Add(0, At(4));
            scheduler.RunReady();
            bool wasComplete = job.Completion.IsCompleted;
            scheduler.Run(() => job.DrainAsync());
            Assert.Equal(["a 0 " + (wasComplete ? 2 : 3), "b 10 1"],
                sink.Committed.Select(result => $"{result.Key} {result.Window.Start / Second} {result.Result}").Order());
            scheduler.Kill();
        }
    }

    [Fact]
    public async Task A_restart_by_policy_goes_on_with_draining()
    {
        var source = new TestSource<Event>();
        TestSink<WindowCount> sink = Sink();
        int failures = 0;
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("rows", source).WithEventTime(row => row.Time, s_bounded)
                .Map(row => failures++ == 0 ? throw new InvalidOperationException("once") : row).CountInto(sink),
            Options(1) with { Restart = new RestartPolicy(3, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)) });
        source.Element(At(1)).Element(At(2));
        test.Drain();
        Assert.Equal(1, test.Job.Restarts);
        Assert.True(test.Job.Completion.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Calls_that_are_tried_again_are_made_to_their_end()
    {
        var source = new FedSource();
        var sink = new TestSink<string>();
        int calls = 0;
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("rows", source).WithEventTime(row => row.Time, s_bounded).KeyBy(row => row.Key)
                .CallOut("call",
                    (effect, _) => ++calls < 4 ? throw new InvalidOperationException("not yet") : ValueTask.FromResult(effect.Row.Key))
                .Map(outcome => $"{outcome.Answer}").Write("out", sink),
            Options(1));
        source.Add(0, At(1));
        test.Commit().Drain();
        sink.ShouldEmit("a");
        Assert.Equal(4, calls);
    }

    [Fact]
    public async Task What_was_told_to_an_ingress_is_taken_and_later_rows_are_refused()
    {
        var ingress = new Ingress<Event>();
        TestSink<WindowCount> sink = Sink();
        var scheduler = new SimulationScheduler(seed: 3);
        var pipeline = Pipeline.Create("live");
        pipeline.Read("rows", ingress).WithEventTime(row => row.Time, s_bounded).CountInto(sink);
        Job job = scheduler.Run(
            () => Job.StartAsync(pipeline, new SimulatedStore(new SimulatedDisk()),
            Options(1).On(scheduler)));
        scheduler.Run(async () =>
        {
            Task told = ingress.TellAsync(At(1));
            Task drained = job.DrainAsync();
            JobException refused = await Assert.ThrowsAsync<JobException>(() => ingress.TellAsync(At(2)));
            Assert.Contains("is being drained", refused.Message, StringComparison.Ordinal);
            await told;
            await drained;
        });
        Assert.Equal(1, Assert.Single(sink.Committed).Result);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_written_to_a_channel_is_taken_and_its_writers_are_told(bool isGivenWhole)
    {
        var channel = Channel.CreateUnbounded<Event>();
        TestSink<WindowCount> sink = Sink();
        var scheduler = new SimulationScheduler(seed: 4);
        var pipeline = Pipeline.Create("live");
        pipeline.Read("rows", isGivenWhole ? Sources.From(channel) : Sources.From(channel.Reader)).WithEventTime(row => row.Time, s_bounded)
            .CountInto(sink);
        Job job = scheduler.Run(() => Job.StartAsync(pipeline, null, Options(1).On(scheduler)));
        scheduler.RunReady();
        for (int row = 0; row < 5000; row++)
            channel.Writer.TryWrite(At(1));
        scheduler.Run(() => job.DrainAsync());
        Assert.Equal(5000, Assert.Single(sink.Committed).Result);
        Assert.Equal(!isGivenWhole, channel.Writer.TryWrite(At(2)));
        if (isGivenWhole)
            await Assert.ThrowsAsync<ChannelClosedException>(() => channel.Writer.WriteAsync(At(2)).AsTask());
    }

    [Fact]
    public async Task An_epoch_from_before_is_where_a_drained_job_may_go_on()
    {
        var source = new FedSource();
        TestSink<WindowCount> sink = Sink();
        var scheduler = new SimulationScheduler(seed: 5);
        var store = Store.InMemory();
        source.Add(0, At(1));
        Job job = Start(scheduler, source, sink, store);
        scheduler.RunReady();
        scheduler.Run(() => job.StopAsync());
        long before = job.Epoch;
        job = Start(scheduler, source, sink, store);
        scheduler.Run(() => job.DrainAsync());
        job = Start(scheduler, source, sink, store, before);
        source.Add(0, At(2)).End();
        scheduler.Run(() => job.Completion);
        Assert.Equal(2, sink.Rows[^1].Result);
    }

    private static Job Start(SimulationScheduler scheduler, FedSource source, TestSink<WindowCount> sink, Store store, long? from = null)
    {
        var pipeline = Pipeline.Create("live");
        pipeline.Read("rows", source).WithEventTime(row => row.Time, s_bounded).CountInto(sink);
        return scheduler.Run(
            () => Job.StartAsync(pipeline, store,
            Options(2).On(scheduler) with { RestartFromEpoch = from }));
    }
}
