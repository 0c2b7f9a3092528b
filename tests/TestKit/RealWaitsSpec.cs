using ActorStreams.Authoring;

namespace ActorStreams.TestKit.Tests;

/// <summary>Pipelines whose code really waits: what a test does about it is said where the test starts.</summary>
/// <remarks>The outside is played by a thread of its own, which answers when the test has come to wait for it: no test here takes time by
/// itself.</remarks>
[Trait("Issue", "B7")]
public sealed class RealWaitsSpec
{
    private static readonly JobOptions s_options = new() { Parallelism = 1, MaxEventTimeAhead = null };

    private readonly TestSource<int> _numbers = new();
    private readonly TestSink<int> _out = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_call_that_comes_back_from_another_thread_is_waited_for(bool comesBackToTheTest)
    {
        await using StreamTest test = await StartAsync(async number =>
        {
            await Answer(number).ConfigureAwait(comesBackToTheTest);
            return number * 10;
        });

        _numbers.Element(1, at: "12:00").Element(2, at: "12:00");
        _out.ShouldEmit("""
            10
            20
            """);
    }

    [Fact]
    public async Task A_delay_by_the_clock_of_the_machine_is_waited_for_and_takes_no_time_of_the_job()
    {
        await using StreamTest test = await StartAsync(async number =>
        {
            await Task.Delay(1);
            return number;
        });

        _numbers.Element(7, at: "12:00");
        Assert.Equal([7], _out.Rows);
        Assert.Equal(TimeSpan.Zero, test.Clock.Elapsed);
    }

    [Fact]
    public async Task Time_of_the_job_does_not_pass_while_a_call_is_under_way()
    {
        await using StreamTest test = await StartAsync(Answer, new MapAsyncOptions { Timeout = TimeSpan.FromSeconds(1) });

        _numbers.Element(7, at: "12:00");
        test.AdvanceTime(TimeSpan.FromHours(1));
        _out.ShouldEmit("7");
    }

    [Fact]
    public async Task An_epoch_with_calls_is_committed_and_a_crash_in_between_repeats_them()
    {
        await using StreamTest test = await StartAsync(Answer);

        _numbers.Element(1, at: "12:00");
        test.Commit();
        _numbers.Element(2, at: "12:00");
        test.CrashAndRestore();
        test.Commit();
        Assert.Equal([1, 2], _out.Committed);
    }

    [Fact]
    public async Task A_call_out_is_waited_for_once_its_epoch_is_committed()
    {
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("numbers", _numbers).KeyBy(number => number)
                .CallOut("calls", async (effect, _) => await Answer(effect.Row)).Map(outcome => outcome.Answer).Write("out", _out),
            s_options with { EpochInterval = TimeSpan.FromDays(1) }, waits: RealWaits.Allowed());

        _numbers.Element(3, at: "12:00");
        _out.ShouldEmit("");
        test.Commit();
        _out.ShouldEmit("3");
    }

    [Fact]
    public async Task A_sink_that_writes_to_a_service_is_waited_for_by_the_commit()
    {
        List<int> written = [];
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("numbers", _numbers).Write("service", new ServiceSink(written)), s_options,
                waits: RealWaits.Allowed());

        _numbers.Element(1, at: "12:00").Element(2, at: "12:00");
        test.Commit();
        Assert.Equal([1, 2], written);
    }

    [Fact]
    public async Task What_is_no_call_is_waited_for_until_a_condition_holds()
    {
        int answers = 0;
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("numbers", _numbers).Write("out", _out), s_options, waits: RealWaits.Allowed());

        Task<bool> work = test.Run(() => Task.FromResult(AskAsync()));
        test.RunUntil(() => answers == 1);
        Assert.True(work.IsCompletedSuccessfully);

        async Task<bool> AskAsync()
        {
            answers += await Answer(1);
            return true;
        }
    }

    [Fact]
    public async Task What_comes_when_the_clock_has_long_run_ahead_is_still_waited_for()
    {
        var answer = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using StreamTest test = await StartAsync(Task.FromResult);

        await using ITimer late = test.Clock.CreateTimer(_ =>
        {
            Thread waiting = Thread.CurrentThread;
            OnAnotherThread(() =>
            {
                SpinWait.SpinUntil(() => answer.Task.IsCompleted || waiting.ThreadState.HasFlag(ThreadState.WaitSleepJoin));
                answer.TrySetResult(true);
            });
        }, null, TimeSpan.FromDays(1), Timeout.InfiniteTimeSpan);
        Assert.True(test.Run(() => answer.Task));
    }

    [Fact]
    public async Task A_call_that_does_not_come_back_is_told_with_the_mode_and_its_place()
    {
        var never = new TaskCompletionSource<int>();
        await using StreamTest test = await StartAsync(_ => never.Task, waits: RealWaits.Allowed(TimeSpan.FromMilliseconds(1)));

        _numbers.Element(1, at: "12:00");
        string message = Assert.Throws<ExpectationException>(() => _out.ShouldEmit("1")).Message;
        Assert.Contains("Calls of '", message, StringComparison.Ordinal);
        Assert.Contains("RealWaits.Allowed(00:00:00.0010000)", message, StringComparison.Ordinal);
        Assert.Contains("RealWaits.Allowed(00:00:00.0010000)", Assert.Throws<SimulationException>(test.Commit).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_real_waits_are_refused_what_has_not_come_says_how_to_allow_them()
    {
        await using StreamTest test = await StartAsync(_ => new TaskCompletionSource<int>().Task, waits: RealWaits.Refused);

        _numbers.Element(1, at: "12:00");
        Assert.Contains("waits: RealWaits.Allowed()", Assert.Throws<ExpectationException>(() => _out.ShouldEmit("1")).Message,
            StringComparison.Ordinal);
        Assert.Contains("waits: RealWaits.Allowed()", Assert.Throws<SimulationException>(test.Commit).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_real_waits_are_refused_what_comes_from_another_thread_says_how_to_allow_them()
    {
        var answer = new TaskCompletionSource<int>();
        StreamTest test = await StartAsync(_ => answer.Task, waits: RealWaits.Refused);
        _numbers.Element(1, at: "12:00");
        test.RunUntilIdle();
        OnAnotherThread(() => answer.SetResult(1)).Join();

        Assert.Contains("waits: RealWaits.Allowed()", Assert.Throws<SimulationException>(() => test.RunUntilIdle()).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_limit_is_positive() => Assert.Throws<ArgumentOutOfRangeException>(() => RealWaits.Allowed(TimeSpan.Zero));

    private Task<StreamTest> StartAsync(Func<int, Task<int>> call, MapAsyncOptions? options = null, RealWaits? waits = null) =>
        StreamTest.StartAsync(
        pipeline => pipeline.Read("numbers", _numbers).MapAsync(async (number, _) => await call(number), options, "asked")
            .Write("out", _out),
        s_options with { EpochInterval = TimeSpan.FromDays(1) }, waits: waits ?? RealWaits.Allowed());

    /// <summary>What the outside answers: the number itself, from a thread that ends with it.</summary>
    private static Task<int> Answer(int number)
    {
        var answer = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        OnAnotherThread(() => answer.SetResult(number));
        return answer.Task;
    }

    private static Thread OnAnotherThread(ThreadStart work)
    {
        var thread = new Thread(work);
        thread.Start();
        return thread;
    }

    private sealed class ServiceSink(List<int> written) : Sink<int>
    {
        public override string Description => "service";

        public override SinkGuarantee Guarantee => SinkGuarantee.AtLeastOnce;

        public override ValueTask<SinkWriter<int>> OpenAsync(SinkContext context, CancellationToken cancellation) =>
            new(new Writer(written));

        private sealed class Writer(List<int> written) : SinkWriter<int>
        {
            private readonly List<int> _rows = [];

            public override void Write(in Chunk<int> chunk) => _rows.AddRange(chunk.Rows);

            public override async ValueTask<PreparedOutput> PrepareAsync(long epoch, CancellationToken cancellation)
            {
                foreach (int row in _rows)
                    written.Add(await Answer(row));
                _rows.Clear();
                return PreparedOutput.None;
            }
        }
    }
}
