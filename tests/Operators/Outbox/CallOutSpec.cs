using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Outbox;

/// <summary>Calls are stored before they are made, made until acknowledged, and known by an id that never changes.</summary>
public sealed class CallOutSpec
{
    private static readonly JobOptions s_one = new() { Parallelism = 1, EpochInterval = TimeSpan.FromDays(40), MaxEventTimeAhead = null };

    [Fact]
    public async Task A_call_is_made_once_its_epoch_is_committed_and_never_again_once_its_acknowledgement_is()
    {
        var (source, sink, service) = (new TestSource<string>(), Outcomes(), new Service());
        await using StreamTest test = await StartAsync(source, sink, service);
        source.Element("a", "12:00").Element("b", "12:00");
        test.RunUntilIdle();
        Assert.Empty(service.Calls);

        test.Commit();
        Assert.Equal(["a", "b"], service.Rows);
        sink.ShouldEmit("""
            a: 1
            b: 1
            """);
        Assert.Empty(sink.Committed);
        test.Commit().CrashAndRestore();
        test.Commit();
        Assert.Equal(["a", "b"], service.Rows);
        Assert.Equal(2, sink.Committed.Count);
    }

    [Fact]
    public async Task A_crash_before_the_epoch_is_committed_has_called_nothing()
    {
        var (source, sink, service) = (new TestSource<string>(), Outcomes(), new Service());
        await using StreamTest test = await StartAsync(source, sink, service);
        source.Element("a", "12:00");
        test.RunUntilIdle().CrashAndRestore().RunUntilIdle();
        Assert.Empty(service.Calls);
        test.Commit().Commit();
        Assert.Equal(["a"], service.Rows);
    }

    [Fact]
    public async Task An_acknowledgement_that_is_lost_with_a_crash_brings_the_same_call_with_the_same_id()
    {
        var (source, sink, service) = (new TestSource<string>(), Outcomes(), new Service());
        await using StreamTest test = await StartAsync(source, sink, service);
        source.Element("a", "12:00");
        test.Commit().CrashAndRestore(2);
        test.Commit();
        Assert.Equal(["a", "a"], service.Rows);
        Assert.Single(service.Calls.Select(call => call.Id).Distinct());
        Assert.Single(sink.Committed);
    }

    [Fact]
    public async Task A_call_under_way_at_a_crash_is_made_again_and_holds_no_epoch_up()
    {
        var (source, sink, service) = (new TestSource<string>(), Outcomes(), new Service { Hangs = true });
        await using StreamTest test = await StartAsync(source, sink, service);
        source.Element("a", "12:00");
        test.Commit().Commit().Commit();
        service.Hangs = false;
        test.CrashAndRestore().Commit();
        Assert.Equal(["a", "a"], service.Rows);
        Assert.Single(service.Calls.Select(call => call.Id).Distinct());
        Assert.Single(sink.Committed);
    }

    [Fact]
    public async Task Failures_are_tried_again_after_longer_and_longer_waits_and_hold_back_their_key_only()
    {
        var (source, sink, service) = (new TestSource<string>(), Outcomes(), new Service { FailuresOf = { ["a1"] = 3 } });
        await using StreamTest test = await StartAsync(source, sink, service,
            new() { FirstRetry = TimeSpan.FromSeconds(1), LastRetry = TimeSpan.FromSeconds(3) });
        source.Element("a1", "12:00").Element("a2", "12:00").Element("b1", "12:00");
        test.Commit();
        Assert.Equal(["a1", "b1"], service.Rows);
        test.AdvanceTime(TimeSpan.FromSeconds(1));
        Assert.Equal(["a1", "b1", "a1"], service.Rows);
        test.AdvanceTime(TimeSpan.FromSeconds(1.9));
        Assert.Equal(3, service.Calls.Count);
        test.AdvanceTime(TimeSpan.FromSeconds(0.1));
        Assert.Equal(4, service.Calls.Count);
        test.AdvanceTime(TimeSpan.FromSeconds(3));
        Assert.Equal(["a1", "b1", "a1", "a1", "a1", "a2"], service.Rows);
        Assert.Equal([1, 2, 3, 4], service.Calls.Where(call => call.Row == "a1").Select(call => call.Attempt));
        sink.ShouldEmit("""
            b1: 1
            a1: 4
            a2: 1
            """);
    }

    [Fact]
    public async Task Attempts_that_are_committed_count_after_a_restart()
    {
        var (source, sink, service) = (new TestSource<string>(), Outcomes(), new Service { FailuresOf = { ["a"] = 2 } });
        await using StreamTest test = await StartAsync(source, sink, service, new() { MaxAttempts = 3, GiveUp = GiveUp.Emit });
        source.Element("a", "12:00");
        test.Commit().Commit().CrashAndRestore();
        test.AdvanceTime(TimeSpan.FromMinutes(1));
        Assert.Equal([1, 2, 3], service.Calls.Select(call => call.Attempt));
        sink.ShouldEmit("a: 3");
    }

    [Fact]
    public async Task A_call_that_takes_too_long_has_failed_and_its_late_answer_is_not_heard()
    {
        var (source, sink, service) = (new TestSource<string>(), Outcomes(), new Service { Hangs = true });
        await using StreamTest test = await StartAsync(source, sink, service,
            new() { Timeout = TimeSpan.FromSeconds(5), MaxAttempts = 1, GiveUp = GiveUp.Emit });
        source.Element("a", "12:00");
        test.Commit();
        test.AdvanceTime(TimeSpan.FromSeconds(6));
        sink.ShouldEmit("a: given up, TimeoutException: The call did not return within 00:00:05.");
        service.ReturnAll();
        test.Commit();
        Assert.Single(sink.Committed);
    }

    [Fact]
    public async Task A_call_that_is_given_up_is_a_dead_letter_and_the_next_of_its_key_follows()
    {
        var (source, sink, service) = (new TestSource<string>(), Outcomes(), new Service { FailuresOf = { ["a1"] = 9 } });
        await using StreamTest test = await StartAsync(source, sink, service, new() { MaxAttempts = 2 });
        source.Element("a1", "12:00").Element("a2", "12:00");
        test.Commit();
        test.AdvanceTime(TimeSpan.FromSeconds(1)).Commit();
        object?[] letter = Assert.Single(test.ReadTable("dead_letters"));
        Assert.Equal(("calls", "a1", "input/0", 0L), (letter[1], letter[3], letter[4], letter[5]));
        Assert.Contains($"Call {service.Calls[0].Id} given up after 2 attempts: InvalidOperationException: a1 is refused",
            (string)letter[2]!, StringComparison.Ordinal);
        Assert.Equal("a2", Assert.Single(sink.Committed).Effect.Row);
    }

    [Fact]
    public async Task A_job_can_be_told_to_fail_instead_naming_the_call()
    {
        var (source, sink, service) = (new TestSource<string>(), Outcomes(), new Service { FailuresOf = { ["a"] = 9 } });
        await using StreamTest test = await StartAsync(source, sink, service, new() { MaxAttempts = 1, GiveUp = GiveUp.Fail });
        source.Element("a", "12:00");
        string error = Assert.ThrowsAny<ActorStreamsException>(() => test.Commit()).Message;
        Assert.All(["'test'", "'calls'", "'a'", $"{service.Calls[0].Id}", "a is refused"],
            part => Assert.Contains(part, error, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Ids_follow_from_the_row_s_place_and_tell_all_calls_apart()
    {
        Guid[] first = await IdsAsync(parallelism: 1), second = await IdsAsync(parallelism: 3);
        Assert.Equal(6, first.Distinct().Count());
        Assert.Equal(first.Order(), second.Order());

        static async Task<Guid[]> IdsAsync(int parallelism)
        {
            var (source, service) = (new TestSource<string>(), new Service());
            await using StreamTest test = await StreamTest.StartAsync(
                pipeline => pipeline.Read("input", source).FlatMap(row => new[] { row, row }).KeyBy(row => row[..1])
                    .CallOut("calls", service.CallAsync), s_one with { Parallelism = parallelism });
            source.Element("a1", "12:00").Element("b1", "12:00").Element("a2", "12:00");
            test.Commit().Commit();
            return [.. service.Calls.Select(call => call.Id)];
        }
    }

    [Fact]
    public async Task Rows_without_a_place_are_told_apart_by_their_number()
    {
        var (source, service) = (new TestSource<string>(), new Service());
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("input", source).KeyBy(row => row)
                .EventSourced<int, string>("rows", (_, row) => [row, row], (state, _) => state).KeyBy(row => row)
                .CallOut("calls", service.CallAsync), s_one);
        source.Element("a", "12:00");
        test.Commit().Commit().CrashAndRestore(2);
        source.Element("a", "12:00");
        test.Commit().Commit();
        Assert.Equal(4, service.Calls.Select(call => call.Id).Distinct().Count());
    }

    [Fact]
    public async Task No_more_calls_are_under_way_than_allowed()
    {
        var (source, sink, service) = (new TestSource<string>(), Outcomes(), new Service { Hangs = true });
        await using StreamTest test = await StartAsync(source, sink, service, new() { Capacity = 3, OrderedByKey = false });
        for (int row = 0; row < 10; row++)
            source.Element($"a{row}", "12:00");
        test.Commit();
        Assert.Equal(3, service.Calls.Count);
        service.ReturnAll();
        test.RunUntilIdle();
        Assert.Equal(6, service.Calls.Count);
    }

    [Fact]
    public async Task Too_many_open_calls_hold_the_input_back_until_some_are_over()
    {
        var (source, sink, service) = (new TestSource<string>(), Outcomes(), new Service { Hangs = true });
        await using StreamTest test = await StartAsync(source, sink, service, new() { MaxOpen = 2, OrderedByKey = false },
            s_one with { BatchRows = 16, LaneBatches = 1 });
        for (int row = 0; row < 500; row++)
            source.Element($"a{row}", "12:00");
        test.Commit();
        service.Hangs = false;
        service.ReturnAll();
        test.Commit().Commit().Commit();
        Assert.Equal(500, service.Rows.Distinct().Count());
        Assert.Equal(500, sink.Rows.Count);
    }

    [Fact]
    public async Task The_job_is_complete_when_every_call_is_over()
    {
        var (source, sink, service) = (new TestSource<string>(), Outcomes(), new Service { FailuresOf = { ["b"] = 2 } });
        await using StreamTest test = await StartAsync(source, sink, service);
        source.Element("a", "12:00").Element("b", "12:00").Complete();
        test.RunUntilIdle();
        Assert.False(test.Job.Completion.IsCompleted);
        test.AdvanceTime(TimeSpan.FromSeconds(3));
        Assert.True(test.Job.Completion.IsCompletedSuccessfully);
        Assert.Equal(2, sink.Committed.Count);
        Assert.Equal((4, 2, 2, 0), (Count("calls"), Count("acknowledged"), Count("failed"), Count("open")));

        long Count(string counter) => test.Job.Metrics.Operators["calls"][counter];
    }

    [Fact]
    public void Outcomes_are_the_same_however_epochs_and_crashes_fall()
    {
        new OperatorContract<string, string>(rows => rows.KeyBy(row => row[..1])
                .CallOut("first", async (effect, _) =>
                {
                    await Task.Yield();
                    return effect.Row.ToUpperInvariant();
                })
                .KeyBy(outcome => outcome.Effect.Key)
                .CallOut("second", (outcome, _) => ValueTask.CompletedTask)
                .Map(effect => $"{effect.Row.Answer}"))
            .Element("a1", "12:00")
            .Element("a2", "12:00")
            .Watermark("12:10")
            .Element("b1", "12:20")
            .Element("a1", "12:05")
            .Holds("""
                A1
                A1
                A2
                B1
                """);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Whatever_happens_every_call_is_acknowledged_once_and_not_made_after_that_is_committed(int seed)
    {
        var random = new Random(seed);
        var (source, sink) = (new TestSource<string>(partitions: 2), Outcomes());
        var service = new Service { Random = random };
        var options = new CallOutOptions
        {
            Capacity = 1 + random.Next(4),
            OrderedByKey = seed % 2 == 0,
            MaxOpen = 1 + random.Next(20),
            Timeout = TimeSpan.FromSeconds(2),
            LastRetry = TimeSpan.FromSeconds(2)
        };
        await using StreamTest test = await StartAsync(source, sink, service, options,
            s_one with { Parallelism = 2, Shards = 8, BatchRows = 16, EpochInterval = TimeSpan.FromSeconds(1) });
        var acknowledged = new Dictionary<Guid, int>();
        int rows = 0;
        for (int step = 0; step < 60; step++)
        {
            for (int more = random.Next(6); more > 0; more--)
                source.Element($"k{random.Next(5)}-{rows++}", "12:00", random.Next(2));
            test.AdvanceTime(TimeSpan.FromMilliseconds(random.Next(1500)));
            foreach (Outcome<string, string, int> outcome in sink.Committed)
                acknowledged.TryAdd(outcome.Effect.Id, service.Calls.Count(call => call.Id == outcome.Effect.Id));
            if (random.Next(8) == 0)
                test.CrashAndRestore(1 + random.Next(3));
        }

        service.Random = null;
        source.Complete();
        test.AdvanceTime(TimeSpan.FromMinutes(5));
        Assert.True(test.Job.Completion.IsCompletedSuccessfully, $"Seed {seed}: the job did not complete.");
        Assert.Equal(rows, sink.Committed.Select(outcome => outcome.Effect.Row).Distinct().Count());
        Assert.Equal(rows, sink.Committed.Count);
        Assert.Equal(rows, service.Calls.Select(call => call.Id).Distinct().Count());
        Assert.Equal(rows, service.Calls.Select(call => (call.Id, call.Row)).Distinct().Count());
        Assert.All(acknowledged, known => Assert.Equal(known.Value, service.Calls.Count(call => call.Id == known.Key)));
    }

    [Theory]
    [InlineData(0, 1, 1, nameof(CallOutOptions.Capacity))]
    [InlineData(1, 0, 1, nameof(CallOutOptions.MaxAttempts))]
    [InlineData(1, 1, 0, nameof(CallOutOptions.MaxOpen))]
    public async Task Options_out_of_range_are_refused(int capacity, int attempts, int open, string option)
    {
        PipelineException error = await Assert.ThrowsAsync<PipelineException>(
            () => StartAsync(new TestSource<string>(), Outcomes(), new Service(),
                new() { Capacity = capacity, MaxAttempts = attempts, MaxOpen = open }));
        Assert.All(["'test'", "'calls'", option], part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    private static TestSink<Outcome<string, string, int>> Outcomes() =>
        new(outcome => outcome.IsAcknowledged ? $"{outcome.Effect.Row}: {outcome.Answer}"
            : $"{outcome.Effect.Row}: given up, {outcome.Error}");

    private static Task<StreamTest> StartAsync(
        TestSource<string> source, TestSink<Outcome<string, string, int>> sink, Service service, CallOutOptions? options = null,
            JobOptions? job = null) =>
        StreamTest.StartAsync(
            pipeline => pipeline.Read("input", source).KeyBy(row => row.Contains('-') ? row.Split('-')[0] : row[..1])
            .CallOut("calls", service.CallAsync, options).Write("out", sink), job ?? s_one);

    /// <summary>The outside: it remembers every call, and answers, refuses or says nothing.</summary>
    private sealed class Service
    {
        private readonly List<TaskCompletionSource> _hanging = [];

        public List<(Guid Id, string Row, int Attempt)> Calls { get; } = [];

        public IEnumerable<string> Rows => Calls.Select(call => call.Row);

        public Dictionary<string, int> FailuresOf { get; } = new(StringComparer.Ordinal);

        public bool Hangs { get; set; }

        public Random? Random { get; set; }

        public async ValueTask<int> CallAsync(Effect<string, string> effect, CancellationToken cancellation)
        {
            Calls.Add((effect.Id, effect.Row, effect.Attempt));
            if (Random?.Next(3) == 0)
                throw new TimeoutException("not now");
            if (Hangs || Random?.Next(6) == 0)
            {
                var hanging = new TaskCompletionSource();
                _hanging.Add(hanging);
                await hanging.Task;
            }

            if (FailuresOf.TryGetValue(effect.Row, out int left) && left > 0)
            {
                FailuresOf[effect.Row] = left - 1;
                throw new InvalidOperationException($"{effect.Row} is refused");
            }

            return effect.Attempt;
        }

        public void ReturnAll()
        {
            TaskCompletionSource[] all = [.. _hanging];
            _hanging.Clear();
            foreach (TaskCompletionSource hanging in all)
                hanging.SetResult();
        }
    }
}
