using ActorStreams.TestKit;
using static ActorStreams.Operators.Tests.Progress.Counting;

namespace ActorStreams.Operators.Tests.Progress;

/// <summary>Fast partitions wait for slow ones, and nobody waits for ever.</summary>
public sealed class AlignmentSpec
{
    private static readonly WatermarkStrategy s_aligned = Watermarks.Monotonic().WithAlignment(TimeSpan.FromSeconds(20));

    private static Event[] Seconds(int count) => [.. Enumerable.Range(0, count).Select(second => At(second))];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_fast_partition_is_not_read_while_it_is_too_far_ahead(int parallelism)
    {
        var source = new FedSource(2) { RowsPerRead = 5 };
        TestSink<WindowCount> sink = Sink();
        await using StreamTest test = await StartAsync(source, s_aligned, sink, Options(parallelism));
        source.Add(0, Seconds(1000)).Add(1, At(0));
        test.RunUntilIdle();
        Assert.InRange(source.Read[0], 20, 31);

        source.Add(1, At(100));
        test.RunUntilIdle();
        Assert.InRange(source.Read[0], 120, 131);

        source.End(1);
        source.End(0);
        test.RunUntilIdle();
        Assert.Equal(1000, source.Read[0]);
        Assert.True(test.Job.Completion.IsCompletedSuccessfully);
        Assert.Equal(1002, sink.Rows.Sum(result => result.Result));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_partition_that_never_speaks_holds_the_others_for_ten_seconds_only(int parallelism)
    {
        var source = new FedSource(2) { RowsPerRead = 5 };
        await using StreamTest test = await StartAsync(source, s_aligned, Sink(), Options(parallelism));
        source.Add(0, Seconds(500));
        test.AdvanceTime(TimeSpan.FromSeconds(9));
        Assert.InRange(source.Read[0], 0, 11);
        test.AdvanceTime(TimeSpan.FromSeconds(2));
        Assert.Equal(500, source.Read[0]);

        // When it speaks it counts again.
        source.Add(1, At(490));
        test.RunUntilIdle();
        source.Add(0, [.. Seconds(600).Skip(500)]);
        test.RunUntilIdle();
        Assert.InRange(source.Read[0], 510, 531);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task An_idle_partition_does_not_count_and_neither_does_one_that_is_catching_up(int parallelism)
    {
        var source = new FedSource(2) { RowsPerRead = 5 };
        await using StreamTest test = await StartAsync(source, s_aligned.WithIdleness(TimeSpan.FromSeconds(3)), Sink(),
            Options(parallelism));
        source.Add(0, Seconds(500)).Add(1, At(0));
        test.RunUntilIdle();
        Assert.InRange(source.Read[0], 20, 31);
        test.AdvanceTime(TimeSpan.FromSeconds(4));
        Assert.Equal(500, source.Read[0]);

        source.Add(1, At(7)).Add(0, [.. Seconds(1000).Skip(500)]);
        test.RunUntilIdle();
        Assert.Equal(1000, source.Read[0]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Sources_of_one_group_wait_for_each_other_and_epochs_go_on_meanwhile(int parallelism)
    {
        FedSource fast = new() { RowsPerRead = 5 }, slow = new();
        TestSink<WindowCount> sink = Sink();
        WatermarkStrategy watermarks = Watermarks.Monotonic().WithAlignment(TimeSpan.FromSeconds(20), "both");
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("fast", fast).WithEventTime(row => row.Time, watermarks)
            .Union(pipeline.Read("slow", slow).WithEventTime(row => row.Time, watermarks)).CountInto(sink), Options(parallelism));
        fast.Add(0, Seconds(300));
        slow.Add(0, At(5));
        test.Commit();
        Assert.InRange(fast.Read[0], 25, 36);
        test.CrashAndRestore().RunUntilIdle();
        slow.Add(0, At(200));
        test.Commit();
        slow.End();
        fast.End();
        test.RunUntilIdle();
        Assert.True(test.Job.Completion.IsCompletedSuccessfully);
        Assert.Equal(302, sink.Committed.Sum(result => result.Result));
    }

    [Fact]
    public async Task Many_partitions_at_any_pace_all_come_to_their_end()
    {
        for (int seed = 1; seed <= 10; seed++)
        {
            var random = new Random(seed);
            var source = new FedSource(5) { RowsPerRead = 3 };
            TestSink<WindowCount> sink = Sink();
            await using StreamTest test = await StartAsync(source, Watermarks.Monotonic()
                .WithAlignment(TimeSpan.FromSeconds(random.Next(3))), sink, Options(1 + (seed % 5)));
            int rows = 0;
            for (int turn = 0; turn < 50; turn++)
            {
                int partition = random.Next(5), count = random.Next(20), pace = random.Next(1, 30);
                rows += count;
                source.Add(partition, [.. Enumerable.Range(0, count).Select(row => At((turn * 10) + (row * pace), $"{partition}"))]);
                test.RunUntilIdle();
                if (random.Next(10) == 0)
                    test.AdvanceTime(TimeSpan.FromSeconds(12));
            }

            source.End();
            test.RunUntilIdle();
            Assert.True(test.Job.Completion.IsCompletedSuccessfully, $"Seed {seed}: stuck.");
            Assert.Equal(rows, source.Read.Sum());
        }
    }
}
