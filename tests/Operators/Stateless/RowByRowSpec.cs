using ActorStreams.Authoring;

namespace ActorStreams.Operators.Tests.Stateless;

/// <summary>Map, Filter and Peek.</summary>
public sealed class RowByRowSpec
{
    private static readonly int[] s_rows = [.. Enumerable.Range(0, 1000)];
    private static readonly JobOptions s_skip = Running.OneActor with { Errors = ErrorPolicy.Skip };

    [Fact]
    public async Task Nothing_in_nothing_out() =>
        Assert.Empty(await Running.RowsAsync(Array.Empty<int>(), stream => stream.Map(row => row + 1).Filter(_ => true).Peek(_ => { })));

    [Fact]
    public async Task Rows_are_mapped_kept_and_seen_in_order()
    {
        var seen = new List<int>();
        List<string> output = await Running.RowsAsync(s_rows,
            stream => stream.Filter(row => row % 3 == 0).Peek(seen.Add).Map(row => $"{row}"));
        Assert.Equal(s_rows.Where(row => row % 3 == 0), seen);
        Assert.Equal(seen.Select(row => $"{row}"), output);
    }

    [Theory]
    [InlineData("map")]
    [InlineData("filter")]
    [InlineData("peek")]
    public async Task An_error_names_pipeline_operator_and_row(string kind)
    {
        JobException error = await Assert.ThrowsAsync<JobException>(
            () => Running.RowsAsync(s_rows, stream => Failing(stream, kind, row => row == 300)));
        Assert.Contains("Pipeline 'test', operator 'check'", error.Message);
        Assert.Contains("FormatException: not 300", error.Message);
        Assert.Contains("Row: 300", error.Message);
    }

    [Theory]
    [InlineData("map")]
    [InlineData("filter")]
    [InlineData("peek")]
    public async Task A_skipped_row_is_a_dead_letter_and_the_others_keep_time_and_position(string kind)
    {
        Pipeline pipeline = Pipeline.Create("test");
        var letters = new List<DeadLetter>();
        var came = new List<(int, long, long)>();
        Stream<int> stream = pipeline.ReadSeconds("rows", s_rows);
        Failing(stream, kind, row => row % 100 is 0 or 1 or 99).Watch((row, time, position) => came.Add((row, time, position)))
            .Write("out", Sinks.ForEach<int>(_ => { }));
        pipeline.DeadLettersTo(Sinks.ForEach<DeadLetter>(letters.Add));
        await pipeline.ToEndAsync(s_skip);

        int[] good = [.. s_rows.Where(row => row % 100 is not (0 or 1 or 99))];
        Assert.Equal(good.Select(row => (row, row * 1_000_000L, Position.Of(0, row))), came);
        Assert.Equal(s_rows.Except(good)
            .Select(row => new DeadLetter("test", "check", $"FormatException: not {row}", $"{row}", "rows/0", row, row * 1_000_000L)),
            letters);
    }

    [Fact]
    public async Task All_rows_may_be_bad()
    {
        var letters = new List<DeadLetter>();
        Assert.Empty(
            await Running.RowsAsync(s_rows, stream => Failing(Failing(stream, "filter", _ => false, "first"), "map", _ => true), s_skip,
            letters));
        Assert.Equal(s_rows.Select(row => (long)row), letters.Select(letter => letter.Offset));
    }

    [Fact]
    public async Task A_cancellation_thrown_by_user_code_is_an_error_like_any_other()
    {
        var letters = new List<DeadLetter>();
        List<int> output = await Running.RowsAsync(
            [1, 2, 3], stream => stream.Map(row => row == 2 ? throw new TaskCanceledException("too slow") : row), s_skip, letters);
        Assert.Equal([1, 3], output);
        Assert.Equal("TaskCanceledException: too slow", Assert.Single(letters).Error);
    }

    [Fact]
    public async Task Rows_without_a_position_do_not_inherit_that_of_others()
    {
        Pipeline pipeline = Pipeline.Create("test");
        var letters = new List<DeadLetter>();
        Stream<int> read = pipeline.ReadSeconds("rows", s_rows);
        Stream<int> counts = read.KeyBy(row => row % 10).Window("tens", Window.Tumbling(TimeSpan.FromSeconds(10)))
            .Aggregate(Aggregate.Of<int>().Count())
            .Map(result => -1);
        read.Union(counts).Map(row => row < 0 ? throw new FormatException("a result") : row, "check")
            .Write("out", Sinks.ForEach<int>(_ => { }));
        pipeline.DeadLettersTo(Sinks.ForEach<DeadLetter>(letters.Add));
        await pipeline.ToEndAsync(s_skip);
        Assert.Equal(1000, letters.Count);
        Assert.All(letters, letter => Assert.Equal(("", -1L), (letter.Partition, letter.Offset)));
    }

    [Fact]
    public async Task A_job_ends_though_its_last_watermark_found_the_output_full()
    {
        Pipeline pipeline = Pipeline.Create("test");
        var lastRow = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int written = 0;
        pipeline.Read("rows", Sources.Of(Enumerable.Range(1, 40).ToArray()))
            .Peek(row =>
            {
                if (row == 40)
                    lastRow.SetResult();
            })
            .Union(pipeline.Read("none", Sources.Of(Array.Empty<int>())))
            .Write("out", Sinks.ForEachBatch<int>(
                async (rows, _) =>
                {
                    await gate.Task;
                    written += rows.Count;
                },
                batchRows: 1));
        Task end = pipeline.ToEndAsync(Running.Tight with { EpochInterval = TimeSpan.FromHours(1) });
        await lastRow.Task.WaitAsync(Running.Limit);
        gate.SetResult();
        await end;
        Assert.Equal(40, written);
    }

    private static Stream<int> Failing(Stream<int> stream, string kind, Func<int, bool> isBad, string name = "check")
    {
        int Check(int row) => isBad(row) ? throw new FormatException($"not {row}") : row;
        return kind switch
        {
            "map" => stream.Map(Check, name),
            "filter" => stream.Filter(row => Check(row) >= 0, name),
            _ => stream.Peek(row => Check(row), name),
        };
    }
}
